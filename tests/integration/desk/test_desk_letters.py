"""What dead letters did before, what a retry may cost, and one item by its rounds."""

import asyncio

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_item import item_events, item_now, item_rounds
from daemon.blackboard.reading.desk_letters import SAMPLED, Meant, group_history, retry_estimate
from daemon.blackboard.records import CallStatus
from daemon.blackboard.states import State
from daemon.core.errors import NotFoundError
from tests.fakes.boards import Board, artifact, failure
from tests.fakes.ledgers import Spender
from tests.integration.desk.conftest import NOON


async def test_a_group_remembers_its_revivals_and_flags_what_came_since(board: Board) -> None:
    """Of this group alone; without a revival nothing is new."""
    path = board.engine.path
    first = await board.bury_one(group="g")
    await board.bury_one(group="other")
    assert group_history(path, "g") == {"revived": 0, "last_revived_at": None, "new_since": None}
    await board.clock.advance(60)
    await board.engine.revive(ids=[first], by="p")
    await board.engine.revive(group="other", by="p")
    assert group_history(path, "g")["new_since"] == 0
    await board.clock.advance(60)
    claim = next(claim for claim in await board.claim() if claim.item.id == first)
    await board.engine.bury(claim, failure=failure(group="g"))
    assert group_history(path, "g") == {
        "revived": 1,
        "last_revived_at": "2026-09-21T12:01:00.000Z",
        "new_since": 1,
    }


async def test_a_retry_likely_costs_the_steps_that_are_left(board: Board) -> None:
    """By the item's own calls where it has such, else by what a call of the step usually costs."""
    spend = Spender(board).spend
    early = await board.bury_one(group="g")
    late = await board.bury_one(group="g", state=State.REVIEWING)
    (other,) = await board.post("another")
    await spend(early, cost=100, task="extract")
    await spend(early, cost=300, task="extract")
    await spend(other, cost=1000, task="draft", brain="right")
    await spend(other, cost=50, task="review")
    await spend(late, cost=70, task="review", status=CallStatus.MALFORMED)
    ask = {"now": NOON, "per_item_usd": 0.25}
    assert retry_estimate(board.engine.path, Meant(ids=[early]), **ask) == {
        "items": 1,
        "likely_usd": 0.00126,
        "at_most_usd": 0.25,
        "unknown_items": 0,
        "looked_at": 1,
    }
    assert retry_estimate(board.engine.path, Meant(ids=[late, other]), **ask)["likely_usd"] == 0.00007
    both = retry_estimate(board.engine.path, Meant(group="g"), **ask)
    assert (both["items"], both["likely_usd"], both["at_most_usd"]) == (2, 0.00133, 0.5)
    assert retry_estimate(board.engine.path, Meant(), now=NOON, per_item_usd=None) == both | {"at_most_usd": None}


async def test_without_any_price_the_cost_is_unknown(board: Board) -> None:
    """And said so; a dead letter that only has to be published costs nothing."""
    await board.bury_one(group="g")
    unknown = retry_estimate(board.engine.path, Meant(), now=NOON, per_item_usd=0.25)
    assert (unknown["likely_usd"], unknown["unknown_items"]) == (None, 1)
    nearly = await board.bury_one(state=State.PUBLISHING)
    free = retry_estimate(board.engine.path, Meant(ids=[nearly]), now=NOON, per_item_usd=0.25)
    assert (free["likely_usd"], free["unknown_items"]) == (0.0, 0)
    nothing = retry_estimate(board.engine.path, Meant(ids=["nope"]), now=NOON, per_item_usd=0.25)
    assert (nothing["items"], nothing["likely_usd"], nothing["at_most_usd"]) == (0, 0.0, 0.0)


async def test_of_very_many_the_newest_stand_for_all(board: Board) -> None:
    """And it is said how many were looked at."""
    items = await board.post(*(f"n{number}" for number in range(SAMPLED + 100)))
    claims = await board.claim(limit=1000)
    await Spender(board).spend(items[0], cost=10, task="extract")
    for task in ("draft", "review"):
        await Spender(board).spend(items[0], cost=10, task=task)
    await asyncio.gather(*(board.engine.bury(claim, failure=failure()) for claim in claims))
    found = retry_estimate(board.engine.path, Meant(), now=NOON, per_item_usd=None)
    assert (found["items"], found["looked_at"], found["likely_usd"]) == (SAMPLED + 100, SAMPLED, 0.009)


async def test_a_round_holds_what_was_made_and_called_in_it(board: Board) -> None:
    claim = await board.claim_in(State.DRAFTING)
    await Spender(board).spend(claim.item.id, cost=40, task="draft")
    await board.engine.advance(claim, artifacts=[artifact("draft", title="T", summary="", body="Nine left.")])
    claim = await board.claim_one()
    await board.engine.reject(claim, reasons=["eight did"], artifacts=[artifact("review", passed=False)])
    claim = await board.claim_one()
    await board.engine.advance(claim, artifacts=[artifact("draft", title="T", summary="", body="Eight left.")])
    first, second = item_rounds(board.engine.path, claim.item.id)
    told = BoardReader(board.engine.path).item(claim.item.id)
    assert [*first["artifacts"], *second["artifacts"]] == told["artifacts"]
    assert [one["round"] for one in second["artifacts"]] == [second["round"]] == [1]
    (call,) = told["calls"]
    assert first["steps"]["draft"]["prompt_tokens"] == first["prompt_tokens"] == call["prompt_tokens"]
    assert (first["cost_usd"], first["calls"], second["calls"]) == (0.00004, 1, 0)
    assert item_rounds(board.engine.path, "nope") == []


async def test_an_item_now_is_what_show_tells_of_it(board: Board) -> None:
    """With the id of its newest event, so that what happens afterwards is seen."""
    claim = await board.claim_in(State.DRAFTING)
    await Spender(board).spend(claim.item.id, cost=40, task="draft")
    found, told = item_now(board.engine.path, claim.item.id), BoardReader(board.engine.path).item(claim.item.id)
    assert {key: found[key] for key in ("item", "calls")} == {key: told[key] for key in ("item", "calls")}
    assert found["last_event_id"] == told["events"][-1]["id"]
    with pytest.raises(NotFoundError):
        item_now(board.engine.path, "nope")


async def test_a_long_history_comes_by_pages_newest_first(board: Board) -> None:
    """Each event once, in order within a page; the count is of all."""
    await board.post("x")
    for _ in range(6):
        claim = await board.claim_one()
        await board.engine.release(claim)
    item, found, before = claim.item.id, [], None
    while True:
        page = item_events(board.engine.path, item, before=before, limit=4)
        found = [event["type"] for event in page["events"]] + found
        assert (page["count"], page["is_more"]) == (13, False)
        before = page["before"]
        if before is None:
            break
    assert found == await board.events(item)
    short = item_events(board.engine.path, item, limit=4, without=["item_claimed"])
    assert [event["type"] for event in short["events"]] == [one for one in found if one != "item_claimed"][-4:]
    assert short["count"] == 7
