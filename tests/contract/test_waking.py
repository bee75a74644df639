"""What waits, what for, and what ends the wait."""

import pytest

from daemon.blackboard.records import NewSource
from daemon.blackboard.states import State
from tests.fakes.boards import Board, failure

LATER = 5000.0


async def _snoozed(board: Board, name: str, *, waits_for: str, state: State = State.INGESTING) -> str:
    claim = await board.claim_in(state)
    until = board.clock.now() + LATER
    await board.engine.snooze(claim, until=until, reason=f"{name} waits", waits_for=waits_for)
    return claim.item.id


async def test_a_snooze_says_what_it_waits_for_until_the_next_claim(board: Board) -> None:
    """The claim brings it, and ends it."""
    item = await _snoozed(board, "x", waits_for="budget")
    assert await board.item(item, "waits_for") == ("budget",)
    board.clock.set(board.clock.now() + LATER)
    assert (await board.claim_one()).item.waits_for == "budget"
    assert await board.item(item, "waits_for") == (None,)


async def test_a_snooze_waits_for_its_turn_unless_told(board: Board) -> None:
    """The word by itself."""
    await board.post("x")
    claim = await board.claim_one()
    await board.engine.snooze(claim, until=board.clock.now() + LATER, reason="r")
    assert await board.item(claim.item.id, "waits_for") == ("turn",)


async def test_waking_ends_the_wait_of_those_that_wait_for_it(board: Board) -> None:
    """In every state, and of nobody else; told with their number, and not told when there are none."""
    woken = [
        await _snoozed(board, "a", waits_for="budget"),
        await _snoozed(board, "b", waits_for="budget", state=State.REVIEWING),
    ]
    other = await _snoozed(board, "c", waits_for="burn")
    assert await board.engine.wake(waits_for="budget") == 2
    assert await board.engine.wake(waits_for="budget") == 0
    assert {claim.item.id for claim in await board.claim()} == set(woken)
    assert await board.item(other, "waits_for") == ("burn",)
    told = [event.data for event in board.told if event.type == "items_woken"]
    assert told == [{"waits_for": "budget", "items": 2}]


async def test_waking_some_leaves_the_others(board: Board) -> None:
    """Ids of items that wait for something else, do not wait, or are not there, are passed over."""
    meant = await _snoozed(board, "a", waits_for="breaker")
    left = await _snoozed(board, "b", waits_for="breaker")
    other = await _snoozed(board, "c", waits_for="budget")
    dead = await board.bury_one()
    assert await board.engine.wake(waits_for="breaker", ids=[meant, other, dead, "nope"]) == 1
    assert [claim.item.id for claim in await board.claim()] == [meant]
    assert await board.item(left, "waits_for") == ("breaker",)
    assert await board.engine.wake(waits_for="breaker", ids=[]) == 0


async def test_waking_touches_no_claim(board: Board) -> None:
    """An item in work that had waited before goes on, also when its retry is set for later."""
    await _snoozed(board, "x", waits_for="budget")
    board.clock.set(board.clock.now() + LATER)
    claim = await board.claim_one()
    await board.engine.record_attempt(claim, failure=failure(), attempt=1, retry_at=board.clock.now() + 8)
    assert await board.engine.wake(waits_for="budget") == 0
    await board.engine.advance(claim)


@pytest.mark.parametrize(
    ("settings", "is_vip", "urgency"),
    [
        ({}, False, "normal"),
        ({"vip": True}, True, "normal"),
        ({"urgency": "low", "vip": False}, False, "low"),
        ({"urgency": "someday", "vip": "yes"}, False, "normal"),
    ],
)
async def test_a_claim_knows_how_its_source_is_marked(
    board: Board, settings: dict[str, object], *, is_vip: bool, urgency: str
) -> None:
    """What is not understood is as if it were not said."""
    await board.engine.sync_sources([NewSource("rss", "https://a.example", settings=settings)])
    ((source_id,),) = await board.rows("SELECT id FROM sources")
    await board.post("x", source_id=source_id)
    item = (await board.claim_one()).item
    assert (item.is_vip, item.urgency) == (is_vip, urgency)


async def test_a_changed_mark_holds_for_what_the_source_told_before(board: Board) -> None:
    """The configuration is synchronised at the start; the next claim knows."""
    await board.engine.sync_sources([NewSource("rss", "https://a.example")])
    await board.post("x", source_id=1)
    await board.engine.sync_sources([NewSource("rss", "https://a.example", settings={"vip": True, "urgency": "low"})])
    item = (await board.claim_one()).item
    assert (item.is_vip, item.urgency) == (True, "low")


async def test_what_a_person_posted_is_neither_marked_nor_in_no_hurry(board: Board) -> None:
    """It has no source."""
    await board.post("x")
    item = (await board.claim_one()).item
    assert (item.is_vip, item.urgency, item.waits_for) == (False, "normal", None)
