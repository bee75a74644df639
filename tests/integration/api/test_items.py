"""Items through the API, on a real board."""

import httpx2
import pytest

from daemon.blackboard.states import State
from tests.fakes.desk import StillDesk
from tests.fakes.staged_board import Staged
from tests.fakes.troubled_board import ASKED, SYSTEM, make_trouble


async def test_a_new_item_is_accepted_and_the_same_again_is_the_same(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    body = {"text": "A text of a person, long enough to say something.", "url": "https://example.org/a?utm_source=x"}
    first = await api.post("/api/items", json=body)
    again = await api.post("/api/items", json=body)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == {"id": first.json()["id"], "new": True, "state": "QUEUED"}
    assert again.json() == {"id": first.json()["id"], "new": False, "state": "QUEUED"}
    assert desk.reader.counts()["QUEUED"] == 1
    assert desk.wakes == 2


async def test_the_same_text_without_url_is_the_same_item(api: httpx2.AsyncClient) -> None:
    first = await api.post("/api/items", json={"text": "Just a short note."})
    again = await api.post("/api/items", json={"text": "Just a  short note.\n"})
    assert again.json()["id"] == first.json()["id"]


async def test_a_posted_text_is_cleaned_and_gets_a_title(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    answer = await api.post("/api/items", json={"text": "<p>The first sentence.</p><script>x()</script><p>More.</p>"})
    item = desk.reader.item(answer.json()["id"])["item"]
    assert item["text"] == "The first sentence.\n\nMore."
    assert item["title"] == "The first sentence."


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "needs text or url"),
        ({"text": "  "}, "needs text or url"),
        ({"text": "x", "colour": "red"}, "colour"),
        ({"text": "x", "url": "javascript:alert(1)"}, "not a web address"),
    ],
)
async def test_an_item_that_makes_no_sense_is_refused(
    desk: StillDesk, api: httpx2.AsyncClient, body: dict[str, str], detail: str
) -> None:
    answer = await api.post("/api/items", json=body)
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]
    assert sum(desk.reader.counts().values()) == 0


async def test_a_page_on_a_private_address_is_not_fetched(api: httpx2.AsyncClient) -> None:
    answer = await api.post("/api/items", json={"url": "http://127.0.0.1:9/secret"})
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"


async def test_items_are_listed_by_state_and_page(api: httpx2.AsyncClient, staged: Staged) -> None:
    held = (await api.get("/api/items", params={"state": "HELD"})).json()
    assert [one["id"] for one in held] == [staged.held]
    newest = (await api.get("/api/items", params={"limit": 1})).json()
    older = (await api.get("/api/items", params={"before": newest[0]["id"]})).json()
    assert len(older) == 4
    assert newest[0]["id"] not in {one["id"] for one in older}


async def test_an_unknown_state_is_a_problem_that_names_it(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/api/items", params={"state": "DONE"})
    assert answer.status_code == 422
    assert "query.state" in answer.json()["errors"][0]


async def test_one_item_is_shown_whole(api: httpx2.AsyncClient, staged: Staged) -> None:
    document = (await api.get(f"/api/items/{staged.published}")).json()
    assert list(document) == ["item", "artifacts", "calls", "events"]


async def test_a_dead_letter_is_revived_once(desk: StillDesk, api: httpx2.AsyncClient, staged: Staged) -> None:
    first = await api.post(f"/api/items/{staged.dead}/retry")
    again = await api.post(f"/api/items/{staged.dead}/retry")
    assert (first.json(), again.json()) == ({"revived": 1}, {"revived": 0})
    assert desk.reader.states_of([staged.dead]) == {staged.dead: State.INGESTING}


@pytest.mark.parametrize("body", [{"all": True}, {"group": "BadKeyError|openai.py|api.example"}])
async def test_dead_letters_are_revived_together_and_only_once(
    api: httpx2.AsyncClient, staged: Staged, body: dict[str, object]
) -> None:
    first = await api.post("/api/dead-letters/retry", json=body)
    again = await api.post("/api/dead-letters/retry", json=body)
    assert (first.json(), again.json()) == ({"revived": 1}, {"revived": 0})


@pytest.mark.parametrize("body", [{}, {"all": True, "group": "g"}, {"ids": []}])
async def test_a_retry_must_say_exactly_what(api: httpx2.AsyncClient, body: dict[str, object]) -> None:
    assert (await api.post("/api/dead-letters/retry", json=body)).status_code == 422


async def test_dead_letters_are_shown_in_groups(api: httpx2.AsyncClient, staged: Staged) -> None:
    (group,) = (await api.get("/api/dead-letters")).json()
    assert (group["count"], group["sample"]["id"]) == (1, staged.dead)


async def test_a_held_item_is_approved_once(desk: StillDesk, api: httpx2.AsyncClient, staged: Staged) -> None:
    first = await api.post(f"/api/items/{staged.held}/approve")
    again = await api.post(f"/api/items/{staged.held}/approve")
    assert (first.json(), again.json()) == ({"approved": 1}, {"approved": 0})
    assert desk.reader.states_of([staged.held]) == {staged.held: State.PUBLISHING}


async def test_a_held_item_goes_back_with_the_reason(desk: StillDesk, api: httpx2.AsyncClient, staged: Staged) -> None:
    answer = await api.post(f"/api/items/{staged.held}/reject", json={"reason": "the date is wrong"})
    assert answer.json() == {"rejected": 1}
    item = desk.reader.item(staged.held)
    assert (item["item"]["state"], item["item"]["round"]) == ("DRAFTING", 1)
    assert "the date is wrong" in str(item["events"][-1]["data"])


@pytest.mark.parametrize("which", ["held", "dead"])
async def test_what_waits_for_a_person_can_be_dropped(
    desk: StillDesk, api: httpx2.AsyncClient, staged: Staged, which: str
) -> None:
    item_id = getattr(staged, which)
    answer = await api.post(f"/api/items/{item_id}/discard", json={"reason": "not our topic"})
    again = await api.post(f"/api/items/{item_id}/discard")
    assert (answer.json(), again.json()) == ({"discarded": 1}, {"discarded": 0})
    assert desk.reader.item(item_id)["item"]["reason"] == "not our topic"


@pytest.mark.parametrize("verb", ["approve", "discard"])
async def test_a_verb_that_makes_no_sense_is_a_conflict_that_says_why(
    api: httpx2.AsyncClient, staged: Staged, verb: str
) -> None:
    answer = await api.post(f"/api/items/{staged.queued}/{verb}")
    assert answer.status_code == 409
    assert f"item {staged.queued} is QUEUED" in answer.json()["detail"]


@pytest.mark.parametrize("verb", ["retry", "approve", "discard"])
async def test_an_unknown_item_is_not_found(api: httpx2.AsyncClient, verb: str) -> None:
    answer = await api.post(f"/api/items/nope/{verb}")
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "urn:davidagent:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no item nope",
        "instance": f"/api/items/nope/{verb}",
    }


async def test_one_call_comes_with_what_was_asked_and_answered(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """The call as the item's page lists it, and more; one of another item is not told."""
    trouble = await make_trouble(desk.engine)
    listed = (await api.get(f"/api/items/{trouble.slow[2]}")).json()["calls"][0]
    call = (await api.get(f"/api/items/{trouble.slow[2]}/calls/{listed['id']}")).json()
    assert {key: call[key] for key in listed} == listed
    assert (call["system"], call["prompt"], call["answer"]) == (SYSTEM, f"{ASKED} A short one", None)
    other = await api.get(f"/api/items/{trouble.broken}/calls/{listed['id']}")
    assert (other.status_code, other.headers["content-type"]) == (404, "application/problem+json")
    assert (await api.get(f"/api/items/{trouble.broken}/calls/0")).status_code == 422
