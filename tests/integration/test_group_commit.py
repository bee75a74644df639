"""Many verbs, one transaction, one crossing."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest

from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.states import State
from daemon.core.errors import BlackboardError, LostClaimError
from tests.fakes.boards import Board, artifact, open_for_test


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home")
    yield opened
    await opened.engine.close()


def _write(transaction: Transaction, key: str) -> None:
    transaction.execute("INSERT INTO controls VALUES (?, '1', 't', 0)", (key,))


def _write_then_fail(transaction: Transaction, key: str) -> None:
    _write(transaction, key)
    transaction.emit("never_told")
    raise ValueError(key)


async def _keys(board: Board) -> set[str]:
    return {row[0] for row in await board.rows("SELECT key FROM controls")}


async def test_verbs_that_arrive_together_commit_together(board: Board) -> None:
    """A hundred writers, a handful of transactions."""
    before = board.engine.commits
    await asyncio.gather(*(board.engine.record_event("e", data={"n": n}) for n in range(100)))
    assert board.engine.commits - before <= 3


async def test_a_lone_verb_is_committed_at_once(board: Board) -> None:
    """Nobody waits for others to come: no sleep of the clock is asked for."""
    await board.engine.record_event("e", data={})
    assert board.clock.slept == []


async def test_an_operation_that_fails_takes_back_only_its_own_changes(board: Board) -> None:
    """Those before and after it in the batch stand; its event is not told."""
    run = board.engine._writer.run
    outcomes = await asyncio.gather(
        run(_write, "a"), run(_write_then_fail, "b"), run(_write, "c"), return_exceptions=True
    )
    assert isinstance(outcomes[1], ValueError)
    assert await _keys(board) == {"a", "c"}
    assert board.told == []
    assert await board.rows("SELECT count(*) FROM events") == [(0,)]


async def test_a_lost_claim_in_a_batch_hurts_nobody(board: Board) -> None:
    """The others advance in the same transaction."""
    await board.post("x", "y", "z")
    claims = await board.claim()
    board.clock.set(board.clock.now() + 61)
    await board.engine.heartbeat(claims[:2], lease_seconds=60)
    await board.engine.rescue(max_rescues=5)
    before = board.engine.commits
    outcomes = await asyncio.gather(*(board.engine.advance(claim) for claim in claims), return_exceptions=True)
    assert outcomes[:2] == [State.DRAFTING, State.DRAFTING]
    assert isinstance(outcomes[2], LostClaimError)
    assert board.engine.commits - before == 1


async def test_a_row_the_schema_refuses_hurts_only_its_own_verb(board: Board) -> None:
    """Rows of a batch go in together, and are told apart when one is wrong."""
    await board.post("x", "y")
    good, bad = await board.claim()
    outcomes = await asyncio.gather(
        board.engine.advance(good, artifacts=[artifact()]),
        board.engine.advance(bad, artifacts=[artifact("no such kind")]),
        return_exceptions=True,
    )
    assert outcomes[0] is State.DRAFTING
    assert isinstance(outcomes[1], BlackboardError)
    assert await board.item(bad.item.id, "state, claimed_by") == ("INGESTING", "w1")
    assert await board.rows("SELECT count(*) FROM artifacts") == [(1,)]


@pytest.mark.parametrize("value", [object(), {1, 2}, "half a character: \ud83d"])
async def test_an_event_that_cannot_be_written_hurts_only_its_own_verb(board: Board, value: object) -> None:
    """Its neighbours are committed with events that follow each other, and no transaction is left open."""
    record = board.engine.record_event
    outcomes = await asyncio.gather(
        record("e", data={"n": 1}), record("bad", data={"n": value}), record("e", data={"n": 2}), return_exceptions=True
    )
    assert (outcomes[0], outcomes[2]) == (1, 2)
    assert isinstance(outcomes[1], TypeError | ValueError)
    assert await record("e", data={"n": 3}) == 3
    assert [(event.id, event.data["n"]) for event in board.told] == [(1, 1), (2, 2), (3, 3)]


async def test_when_the_commit_fails_all_of_the_batch_fail_and_nothing_is_changed(board: Board) -> None:
    """The next batch works again."""

    def spoil(transaction: Transaction) -> None:
        # A deferred foreign key is only looked at by COMMIT itself.
        transaction.execute("PRAGMA defer_foreign_keys = ON")
        transaction.execute("INSERT INTO artifacts VALUES (1, 'no item', 'draft', 0, NULL, '{}', 0)")

    run = board.engine._writer.run
    outcomes = await asyncio.gather(run(_write, "a"), run(spoil), run(_write, "b"), return_exceptions=True)
    assert all(isinstance(outcome, BlackboardError) for outcome in outcomes)
    assert await _keys(board) == set()
    await run(_write, "c")
    assert await _keys(board) == {"c"}


async def test_cancelling_a_caller_breaks_neither_its_write_nor_its_batch(board: Board) -> None:
    """What was asked for is done, and the others get their answers."""
    run = board.engine._writer.run
    tasks = [asyncio.create_task(run(_write, key)) for key in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes] == [False, True, False]
    assert await _keys(board) == {"a", "b", "c"}


async def test_a_board_whose_event_loop_is_being_torn_down_can_still_be_closed(board: Board) -> None:
    """`asyncio.run` cancels every task; then verbs say that the board is closed, and closing frees the lock."""
    board.engine._writer._task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await board.engine.record_event("e", data={})
    with pytest.raises(BlackboardError, match="closed"):
        await board.engine.record_event("e", data={})
    await board.engine.close()
    await (await open_for_test(board.home)).engine.close()


async def test_closing_writes_what_waits(board: Board) -> None:
    """No verb that was accepted is dropped."""
    waiting = [asyncio.create_task(board.engine.record_event("e", data={})) for _ in range(20)]
    await asyncio.sleep(0)
    await board.engine.close()
    assert await asyncio.gather(*waiting) == list(range(1, 21))


async def test_a_listener_that_raises_does_not_stop_the_writer(board: Board) -> None:
    """The fault is reported to the event loop."""
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    board.engine._writer._emitter.listen(lambda _: 1 / 0)
    await board.engine.record_event("e", data={})
    await board.engine.record_event("e", data={})
    assert reported == ["a listener failed on e"] * 2


async def test_listeners_hear_of_an_event_only_after_its_commit(board: Board) -> None:
    """What is told is on the board."""
    heard: list[int] = []
    board.engine._writer._emitter.listen(lambda _: heard.append(board.engine.commits))
    before = board.engine.commits
    await board.engine.record_event("e", data={})
    assert heard == [before + 1]


async def test_aiosqlite_still_has_what_one_crossing_needs(board: Board) -> None:
    """Its private `_execute` and `_conn`: when they vanish, `cross` and its callers must be rewritten."""
    parameters = list(inspect.signature(aiosqlite.Connection._execute).parameters)
    assert parameters[:2] == ["self", "fn"]
    assert isinstance(inspect.getattr_static(aiosqlite.Connection, "_conn"), property)
    assert await board.engine._file.connection._execute(lambda: 7) == 7
