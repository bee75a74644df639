"""Dead letters over HTTP: a dry run, another model, other words."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from daemon.api.server import ApiServer
from daemon.blackboard.reading.desk_letters import Meant
from daemon.blackboard.states import State, Step
from daemon.core.settings.models import LlmSettings, Settings
from daemon.runtime.remote import RemoteActions
from daemon.runtime.reviving import retry_plan
from tests.fakes.boards import open_for_test
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk
from tests.fakes.ledgers import Spender
from tests.fakes.staged_board import FAILURE, Staged, stage

QUICK = {"provider": "openai", "model": "home", "base_url": "http://127.0.0.1:9/v1", "api_key": "a-secret-key"}
MODELS = {
    "offline": {"provider": "offline"},
    "quick": QUICK | {"price": {"input_mtok": 2.0, "output_mtok": 8.0}},
    "dark": QUICK,
}
LLM = LlmSettings.model_validate({"models": MODELS})


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[StillDesk]:
    """With three models, of which one has no known price."""
    async with open_still_desk(tmp_path, llm=LLM) as desk:
        yield desk


async def test_a_dry_run_says_what_a_retry_would_be_and_changes_nothing(
    desk: StillDesk, staged: Staged, api: httpx2.AsyncClient
) -> None:
    """All, a group, ids, or the one; the same answer each time."""
    before = desk.reader.last_event_id()
    told = {
        "would_revive": 1,
        "groups": 1,
        "charged_usd": 0.0,
        "likely_usd": None,
        "at_most_usd": 0.25,
        "model": None,
        "price": None,
    }
    for which in ({"all": True}, {"group": FAILURE.group}, {"ids": [staged.dead, staged.dead]}):
        answer = await api.post("/api/dead-letters/retry", json={**which, "dry_run": True})
        assert (answer.status_code, answer.json()) == (200, told)
    assert (await api.post(f"/api/items/{staged.dead}/retry", json={"dry_run": True})).json() == told
    none = (await api.post("/api/dead-letters/retry", json={"ids": [staged.held], "dry_run": True})).json()
    assert none == told | {"would_revive": 0, "groups": 0, "likely_usd": 0.0, "at_most_usd": 0.0}
    assert desk.reader.last_event_id() == before
    assert desk.wakes == 0


async def test_a_dry_run_with_a_model_has_its_price(desk: StillDesk, staged: Staged, api: httpx2.AsyncClient) -> None:
    """What is free costs nothing; what has no price is held by no budget, so there is no bound to tell."""
    plans = {}
    for model in ("quick", "offline", "dark"):
        body = {"all": True, "model": model, "dry_run": True}
        plans[model] = (await api.post("/api/dead-letters/retry", json=body)).json()
    assert {name: plan["model"] for name, plan in plans.items()} == {name: name for name in plans}
    quick = plans["quick"]["price"]
    assert (quick["input_mtok"], quick["output_mtok"]) == (2.0, 8.0)
    assert (plans["offline"]["likely_usd"], plans["offline"]["at_most_usd"]) == (0.0, 0.0)
    assert (plans["dark"]["price"], plans["dark"]["likely_usd"], plans["dark"]["at_most_usd"]) == (None, None, None)
    assert "a-secret-key" not in str(plans)


async def test_a_retry_with_a_model_is_kept_with_the_item(
    desk: StillDesk, staged: Staged, api: httpx2.AsyncClient
) -> None:
    """A plain one forgets it; each tells who and with what."""
    assert (await api.post(f"/api/items/{staged.dead}/retry", json={"model": "quick"})).json() == {"revived": 1}
    assert desk.reader.item(staged.dead)["item"]["model"] == "quick"
    assert desk.wakes == 1
    (claim,) = await desk.engine.claim(worker_id="w", steps={Step.EXTRACT}, limit=1, lease_seconds=60)
    await desk.engine.bury(claim, failure=FAILURE)
    await api.post("/api/dead-letters/retry", json={"all": True})
    assert desk.reader.item(staged.dead)["item"]["model"] is None
    told = [event["data"] for event in desk.reader.events(after=0) if event["type"] == "item_revived"]
    assert [one.get("model") for one in told] == ["quick", None]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/items/{dead}/retry", {"model": "quikc"}),
        ("/api/dead-letters/retry", {"all": True, "model": "quikc"}),
        ("/api/dead-letters/retry", {"all": True, "model": "quikc", "dry_run": True}),
        ("/api/items/{dead}/edit", {"title": "x", "model": "quikc"}),
    ],
)
async def test_an_unknown_model_is_refused_with_those_there_are(
    desk: StillDesk, staged: Staged, api: httpx2.AsyncClient, path: str, body: dict[str, object]
) -> None:
    """And nothing is changed."""
    answer = await api.post(path.replace("{dead}", staged.dead), json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "there is no model quikc in llm.models; there are offline, quick, dark"
    assert desk.reader.counts()["DEAD_LETTER"] == 1


async def test_an_edited_dead_letter_shows_what_it_said_before(
    desk: StillDesk, staged: Staged, api: httpx2.AsyncClient
) -> None:
    """Its new text is cleaned as what is posted is; the second click changes nothing."""
    body = {"title": " A  better name ", "text": "<p>It says this.</p><script>x()</script>", "model": "quick"}
    first, second = [await api.post(f"/api/items/{staged.dead}/edit", json=body) for _ in range(2)]
    assert (first.json(), second.json()) == ({"edited": 1}, {"edited": 0})
    item = (await api.get(f"/api/items/{staged.dead}")).json()["item"]
    assert (item["state"], item["title"], item["text"], item["model"]) == (
        State.QUEUED,
        "A better name",
        "It says this.",
        "quick",
    )
    (before,) = item["edits"]
    assert (before["title"], before["text"]) == ("Title of dead", "The text of dead. It has 7 words.")
    assert before["by"] == "api"
    assert desk.wakes == 1


async def test_only_a_dead_letter_can_be_edited(staged: Staged, api: httpx2.AsyncClient) -> None:
    """Others are refused, with what they are; what is not there is not found."""
    answer = await api.post(f"/api/items/{staged.published}/edit", json={"title": "Another"})
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        f"item {staged.published} is PUBLISHED; edit needs DEAD_LETTER",
    )
    assert (await api.post("/api/items/nope/edit", json={"title": "Another"})).status_code == 404


@pytest.mark.parametrize("body", [{}, {"title": "  "}, {"text": "<script>x()</script>"}, {"title": ""}])
async def test_an_edit_that_leaves_nothing_is_refused(
    desk: StillDesk, staged: Staged, api: httpx2.AsyncClient, body: dict[str, str]
) -> None:
    """The dead letter stays what it is."""
    assert (await api.post(f"/api/items/{staged.dead}/edit", json=body)).status_code == 422
    assert desk.reader.item(staged.dead)["item"]["edits"] == []


async def test_the_likely_cost_with_a_model_is_of_tokens_that_were_taken(tmp_path: Path) -> None:
    """By hand: of 1,000 tokens in and 100 out a call, at 2 and 8 dollars a million."""
    board = await open_for_test(tmp_path / "b")
    try:
        await board.bury_one(state=State.REVIEWING, group="g")
        await board.bury_one(state=State.REVIEWING, group="h")
        (item,) = await board.post("other")
        for tokens in ((900, 80), (1100, 120)):
            await Spender(board).spend(item, task="review", tokens=tokens)
        settings, now = Settings(home=tmp_path / "b", llm=LLM), board.clock.now()
        plan = retry_plan(board.engine.path, Meant(), settings=settings, model="quick", now=now)
        unknown = retry_plan(
            board.engine.path, Meant(ids=[await board.bury_one()]), settings=settings, model="quick", now=now
        )
    finally:
        await board.engine.close()
    assert (plan["would_revive"], plan["groups"]) == (2, 2)
    assert plan["likely_usd"] == pytest.approx(2 * (1000 * 2 + 100 * 8) / 1e6)
    assert unknown["likely_usd"] is None, "nobody has extracted or drafted yet"


async def test_there_is_no_bound_where_a_configured_model_has_no_price(tmp_path: Path) -> None:
    """It may be the one that is asked; a model of known price, chosen for the retry, has the bound again."""
    groups = {
        "left": {"echelons": {"echelon1": {"models": ["quick"]}, "echelon2": {"models": ["dark"]}}},
        "right": {"echelons": {"echelon1": {"models": ["quick"]}}},
    }
    llm = LlmSettings.model_validate({"models": MODELS, "groups": groups})
    board = await open_for_test(tmp_path / "b")
    try:
        await board.bury_one(state=State.REVIEWING)
        settings, now = Settings(home=tmp_path / "b", llm=llm), board.clock.now()
        plans = [
            retry_plan(board.engine.path, Meant(), settings=settings, model=model, now=now)
            for model in (None, "dark", "quick", "offline")
        ]
    finally:
        await board.engine.close()
    assert [plan["at_most_usd"] for plan in plans] == [None, None, 0.25, 0.0]


async def test_the_same_through_the_command_lines_way(desk: StillDesk) -> None:
    """`RemoteActions` over a real listener."""
    staged = await stage(desk.engine)
    server = ApiServer(desk, host="127.0.0.1", port=0)
    async with RemoteActions(await server.start(), token=TOKEN) as remote:
        plan = await remote.retry(ids=[staged.dead], model="offline", dry_run=True)
        edited = await remote.edit(staged.dead, text="Other words, enough of them.")
    await server.stop()
    assert (plan["would_revive"], edited) == (1, {"edited": 1})
