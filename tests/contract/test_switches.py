"""Switches, events, and the life of the board itself."""

import pytest

from daemon.core.errors import BlackboardError
from tests.fakes.boards import Board, open_for_test


async def test_a_switch_is_set_read_and_cleared(board: Board) -> None:
    """Each change is told once."""
    assert await board.engine.get_control("paused") is None
    await board.engine.set_control("paused", "yes", by="p")
    await board.engine.set_control("paused", "yes", by="q")
    assert await board.engine.get_control("paused") == "yes"
    await board.engine.set_control("paused", None, by="p")
    assert await board.engine.get_control("paused") is None
    assert [event.data for event in board.told] == [
        {"key": "paused", "value": "yes", "by": "p"},
        {"key": "paused", "value": None, "by": "p"},
    ]


async def test_a_vital_sign_is_no_event(board: Board) -> None:
    """It changes every few seconds."""
    await board.engine.write_vital("heartbeat_at", "5")
    assert await board.engine.get_control("heartbeat_at") == "5"
    assert board.told == []


async def test_events_have_growing_ids_and_are_told_in_order(board: Board) -> None:
    """As they stand on the board."""
    ids = [await board.engine.record_event("breaker_changed", data={"n": n}) for n in range(3)]
    assert ids == [1, 2, 3]
    assert [(event.id, event.data) for event in board.told] == [(n + 1, {"n": n}) for n in range(3)]
    assert await board.rows("SELECT id, at, type, data FROM events") == [
        (n + 1, board.clock.now(), "breaker_changed", f'{{"n":{n}}}') for n in range(3)
    ]


async def test_event_ids_go_on_after_a_restart(board: Board) -> None:
    """A listener that resumes after an id misses nothing."""
    await board.engine.record_event("a", data={})
    after = await board.crash()
    try:
        assert await after.engine.record_event("b", data={}) == 2
    finally:
        await after.engine.close()


async def test_a_closed_board_says_so(board: Board) -> None:
    """Closing twice is fine, working after it is not."""
    await board.engine.close()
    await board.engine.close()
    with pytest.raises(BlackboardError, match="closed"):
        await board.post("x")


async def test_what_was_committed_is_there_after_closing(board: Board) -> None:
    """Another process goes on where this one stopped."""
    (item,) = await board.post("x")
    await board.engine.close()
    after = await open_for_test(board.home, boot_id="b2")
    try:
        assert (await after.claim_one()).item.id == item
    finally:
        await after.engine.close()
