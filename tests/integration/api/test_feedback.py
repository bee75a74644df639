"""What people say of posts, over HTTP."""

from typing import Any

import httpx2
import pytest

from daemon.api.server import ApiServer
from daemon.core.errors import NotFoundError, UsageError
from daemon.runtime.remote import RemoteActions
from tests.fakes.desk import TOKEN, StillDesk
from tests.fakes.staged_board import Staged

Document = dict[str, Any]


async def give(api: httpx2.AsyncClient, item_id: str, **body: str) -> httpx2.Response:
    return await api.post(f"/api/items/{item_id}/feedback", json={"verdict": "down", **body})


async def test_a_verdict_is_answered_as_it_stands_and_listed(api: httpx2.AsyncClient, staged: Staged) -> None:
    """Given twice it is the same one."""
    said = await give(api, staged.published, about="sentence", passage="Words.", reason="dull", corrected="Facts.")
    assert said.status_code == 200
    document = said.json()
    assert {key: document[key] for key in ("item_id", "about", "passage", "verdict", "corrected", "by")} == {
        "item_id": staged.published,
        "about": "sentence",
        "passage": "Words.",
        "verdict": "down",
        "corrected": "Facts.",
        "by": "api",
    }
    again = await give(api, staged.published, about="sentence", passage="Words.", reason="dull", corrected="Facts.")
    assert again.json() == document
    listed = (await api.get("/api/feedback", params={"item": staged.published})).json()
    assert listed["feedback"] == [document]
    assert (listed["next"], listed["previous"]) == (None, None)
    assert listed["counts"]["by_source"] == [
        {"source_id": staged.source_id, "source": "Example", "up": 0, "down": 1, "corrected": 1}
    ]
    (trust,) = listed["trust"]
    assert trust["trust"] == round(1 / 3, 4)
    assert (trust["published"], trust["held"], trust["discarded"]) == (1, 1, 1)


async def test_a_verdict_is_withdrawn_once(api: httpx2.AsyncClient, staged: Staged) -> None:
    """The second time there is nothing to do."""
    number = (await give(api, staged.held)).json()["id"]
    assert (await api.delete(f"/api/feedback/{number}")).json() == {"withdrawn": 1}
    assert (await api.delete(f"/api/feedback/{number}")).json() == {"withdrawn": 0}
    assert (await api.get("/api/feedback")).json()["feedback"] == []


@pytest.mark.parametrize(
    ("which", "body", "status"),
    [
        ("nope", {}, 404),
        ("queued", {}, 409),
        ("held", {"about": "sentence", "passage": "No such words."}, 422),
        ("held", {"about": "page"}, 422),
        ("held", {"reason": "x" * 2001}, 422),
        ("held", {"colour": "red"}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(
    api: httpx2.AsyncClient, staged: Staged, which: str, body: Document, status: int
) -> None:
    """By a problem document, and nothing is kept."""
    said = await give(api, getattr(staged, which, which), **body)
    assert (said.status_code, said.headers["content-type"]) == (status, "application/problem+json")
    assert (await api.get("/api/feedback")).json()["feedback"] == []


async def test_pages_lead_on_and_back(api: httpx2.AsyncClient, staged: Staged) -> None:
    """Filters hold on each of them; a place that is none is refused."""
    for body in ({}, {"about": "sentence", "passage": "Words."}, {"about": "sentence", "passage": "A draft"}):
        await give(api, staged.held, **body)
    first = (await api.get("/api/feedback", params={"limit": 2})).json()
    second = (await api.get("/api/feedback", params={"limit": 2, "at": first["next"]})).json()
    assert [one["passage"] for one in (*first["feedback"], *second["feedback"])] == ["A draft", "Words.", ""]
    assert (second["next"], first["previous"]) == (None, None)
    assert (await api.get("/api/feedback", params={"limit": 2, "at": second["previous"]})).json() == first | {
        "previous": None
    }
    only = (await api.get("/api/feedback", params={"about": "sentence", "verdict": "down"})).json()
    assert len(only["feedback"]) == 2
    assert (await api.get("/api/feedback", params={"verdict": "up"})).json()["feedback"] == []
    assert (await api.get("/api/feedback", params={"at": "elsewhere"})).status_code == 422


async def test_the_command_lines_side_does_the_same(desk: StillDesk, staged: Staged) -> None:
    """Through the real listener, with its errors."""
    server = ApiServer(desk, host="127.0.0.1", port=0)
    async with RemoteActions(await server.start(), token=TOKEN) as remote:
        given = await remote.give_feedback(staged.published, verdict="up", reason="clear")
        assert (given["verdict"], given["about"], given["by"]) == ("up", "post", "cli")
        assert await remote.withdraw_feedback(given["id"]) == {"withdrawn": 1}
        with pytest.raises(NotFoundError, match="no item nope"):
            await remote.give_feedback("nope", verdict="up")
        with pytest.raises(UsageError, match="does not stand in"):
            await remote.give_feedback(staged.held, verdict="up", about="sentence", passage="Elsewhere.")
    await server.stop()
