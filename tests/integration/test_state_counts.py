"""Counts that follow the events are those of the board, whatever happens between."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.states import State
from daemon.core.events import Event
from daemon.runtime.state_counts import StateCounts
from tests.fakes.boards import Board, open_for_test


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    board = await open_for_test(tmp_path)
    yield board
    await board.engine.close()


def following(board: Board) -> StateCounts:
    counts = StateCounts(board.engine.path)
    board.engine._writer._emitter.listen(counts.on_event)  # type: ignore[union-attr]
    return counts


async def test_they_follow_every_verb(board: Board) -> None:
    await board.post("before")
    counts = following(board)
    assert (await counts.read())["QUEUED"] == 1
    await board.bury_one()
    await board.hold_one(state=State.REVIEWING)
    claim = await board.claim_in(State.DRAFTING)
    await board.engine.release(claim)
    assert await counts.read() == BoardReader(board.engine.path).counts()


async def test_changes_while_the_board_is_counted_are_counted_once(board: Board) -> None:
    """Forty posts in the middle of the count: some are in the snapshot, some come after it, none twice."""
    counts = following(board)
    posting = asyncio.gather(*(board.post(f"item {number}") for number in range(40)))
    read = await counts.read()
    await posting
    assert read["QUEUED"] <= 40
    assert (await counts.read())["QUEUED"] == 40


async def test_a_gap_in_the_events_makes_it_count_anew(board: Board) -> None:
    counts = StateCounts(board.engine.path)
    await board.post("one")
    assert (await counts.read())["QUEUED"] == 1
    await board.post("two", "three")
    counts.on_event(Event("item_posted", 0.0, id=99, to_state="QUEUED"))
    assert (await counts.read())["QUEUED"] == 3


async def test_events_that_the_board_did_not_keep_change_nothing(board: Board) -> None:
    counts = StateCounts(board.engine.path)
    before = dict(await counts.read())
    counts.on_event(Event("item_posted", 0.0, id=None, to_state="QUEUED"))
    assert dict(await counts.read()) == before
