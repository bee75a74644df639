"""What was planned by a clock that was put right meanwhile: nothing waits longer than it was meant to."""

import json

import pytest

from daemon.blackboard.records import FetchState, NewSource
from tests.fakes.boards import Board, seen

DAYS = 3 * 86_400.0
HOUR = 3_600.0


async def planned_ahead(board: Board) -> tuple[int, str, str]:
    """A source, a snoozed item and one that waits for its article, all written three days from now; then it is now."""
    right = board.clock.now()
    board.clock.set(right + DAYS)
    source = await board.engine.add_source(NewSource("rss", "https://a.example/feed"), by="p")
    at = board.clock.now()
    fetch = FetchState(next_fetch_at=at + HOUR, last_fetch_at=at, last_success_at=at, last_item_at=at - 60)
    await board.engine.record_fetch(source.id, fetch=fetch, observations=[], event={})
    await board.post("snoozed")
    claim = await board.claim_one()
    await board.engine.snooze(claim, until=at + 30, reason="the breaker is open", waits_for="breaker")
    (awaits,) = await board.engine.post(
        [seen("awaits", url="https://a.example/1", article_within=600.0)], source_id=source.id, by="t"
    )
    board.clock.set(right)
    return source.id, claim.item.id, awaits.item_id


async def test_what_a_clock_ahead_has_planned_waits_from_now(board: Board) -> None:
    """Each for as long as it was meant to; what was read is not read in days to come."""
    source, snoozed, awaits = await planned_ahead(board)
    now = board.clock.now()
    again = await board.crash()
    assert await again.engine.restart_waits() == 3
    assert await again.engine.next_fetch_at() == now + HOUR
    assert await again.item(snoozed, "available_at, waits_for") == (now + 30, "breaker")
    assert await again.item(awaits, "available_at, waits_for") == (now + 600, "article")
    read = await again.rows("SELECT last_fetch_at, last_success_at, last_item_at FROM sources WHERE id = ?", source)
    assert read == [(now, now, now)]
    assert again.told[-1].type == "clock_was_ahead"
    assert again.told[-1].data == {"items": 2, "sources": 1, "switches": 0}
    await again.engine.close()


async def test_a_second_look_finds_nothing(board: Board) -> None:
    """So that no later start asks anybody again."""
    await planned_ahead(board)
    await board.engine.restart_waits()
    at = board.clock.now()
    board.clock.set(at + 20)
    assert await board.engine.restart_waits() == 0
    assert await board.engine.next_fetch_at() == at + HOUR
    assert [event.type for event in board.told].count("clock_was_ahead") == 1


async def test_what_this_clock_has_planned_stays(board: Board) -> None:
    """Also a plan for the next week, and a wait that has been gone on with meanwhile."""
    source = await board.engine.add_source(NewSource("rss", "https://a.example/feed"), by="p")
    at = board.clock.now()
    fetch = FetchState(next_fetch_at=at + 7 * 86_400, last_fetch_at=at)
    await board.engine.record_fetch(source.id, fetch=fetch, observations=[], event={})
    await board.post("snoozed")
    await board.engine.snooze(await board.claim_one(), until=at + 30, reason="busy")
    assert await board.engine.restart_waits() == 0
    assert await board.engine.next_fetch_at() == at + 7 * 86_400


async def test_what_is_due_stays_due(board: Board) -> None:
    """A source that was never read, and an item that waits for nothing, are taken at once."""
    right = board.clock.now()
    board.clock.set(right + DAYS)
    await board.engine.add_source(NewSource("rss", "https://a.example/feed"), by="p")
    (item,) = await board.post("due")
    board.clock.set(right)
    await board.engine.restart_waits()
    assert [source.address for source in await board.engine.due_sources(limit=5)] == ["https://a.example/feed"]
    assert (await board.claim_one()).item.id == item


@pytest.mark.parametrize("is_running", [True, False])
async def test_a_switch_ends_after_the_time_it_was_set_for(board: Board, *, is_running: bool) -> None:
    """A level for an hour, set by a clock ahead, holds an hour: while the process runs, and over a start."""
    right = board.clock.now()
    board.clock.set(right + DAYS)
    switch = {"level": "L3", "until": board.clock.now() + HOUR, "by": "cli", "why": ""}
    await board.engine.set_control("level_set", json.dumps(switch), by="cli")
    await board.engine.set_control("paused", "yes", by="cli")
    board.clock.set(right)
    if is_running:
        await board.engine.bring_forward(DAYS)
    else:
        await board.engine.restart_waits()
    kept = json.loads(await board.engine.get_control("level_set") or "")
    assert kept == {**switch, "until": right + HOUR}
    assert [event.data["by"] for event in board.told if event.type == "control_set"][-1] == "cli"


async def test_a_wait_for_an_article_keeps_what_it_had_left(board: Board) -> None:
    """When the clock was set forward half an hour: those over before stay over, none waits longer than allowed."""
    (over,) = await board.engine.post(
        [seen("over", url="https://a.example/1", article_within=10.0)], source_id=None, by="t"
    )
    await board.clock.advance(60)
    (left,) = await board.engine.post(
        [seen("left", url="https://a.example/2", article_within=600.0)], source_id=None, by="t"
    )
    board.clock.set(board.clock.now() + 1_800)
    (after,) = await board.engine.post(
        [seen("after", url="https://a.example/3", article_within=500.0)], source_id=None, by="t"
    )
    now = board.clock.now()
    assert await board.engine.await_longer(seconds=1_800, within=600.0) == 2
    assert await board.item(left.item_id, "available_at") == (now + 600,)
    assert await board.item(after.item_id, "available_at") == (now + 600,)
    assert [claim.item.id for claim in await board.claim()] == [over.item_id]
