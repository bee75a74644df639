"""Watched folders on a real board: polled once, they are read to their end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.blackboard.records import NewSource
from daemon.core.events import Emitter
from daemon.runtime.sensing import Sensing
from tests.fakes.boards import Board, open_for_test
from tests.fakes.folders import Watched, watched


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched(tmp_path / "inbox") as made:
        yield made


@pytest.fixture
async def board(inbox: Watched, tmp_path: Path) -> AsyncIterator[Board]:
    (tmp_path / "home").mkdir()
    opened = await open_for_test(tmp_path / "home", clock=inbox.clock)
    await opened.engine.add_source(NewSource(kind="folder", address=str(inbox.folder)), by="test")
    yield opened
    await opened.engine.close()


def sensing(inbox: Watched, board: Board) -> Sensing:
    return Sensing(
        engine=board.engine,
        sensors={"folder": inbox.sensor},
        emitter=Emitter(),
        emit=Emitter().emit,
        clock=inbox.clock,
        concurrency=4,
    )


async def titles(board: Board) -> list[str]:
    return [title for (title,) in await board.rows("SELECT title FROM items ORDER BY title")]


async def test_polled_once_a_folder_is_read_whole(inbox: Watched, board: Board) -> None:
    """More files than a look takes are one result, and each is one item."""
    for number in range(70):
        inbox.put(f"{number:02}.txt", f"Words of number {number:02}")
    (result,) = await sensing(inbox, board).poll_all()
    assert (result.outcome, result.entries, result.new, result.known) == ("read", 70, 70, 0)
    assert await titles(board) == [f"Words of number {number:02}" for number in range(70)]
    (again,) = await sensing(inbox, board).poll_all()
    assert (again.outcome, again.new) == ("unchanged", 0)


async def test_polled_once_a_file_just_written_is_waited_for(inbox: Watched, board: Board) -> None:
    """Who drops a file and says `once` gets it."""
    inbox.put("new.txt", "Words just written", age=0.1)
    polling = asyncio.create_task(sensing(inbox, board).poll_all())
    async with asyncio.timeout(20):
        while not inbox.clock.slept:  # noqa: ASYNC110 - the wait of another task sets no event of ours
            await asyncio.sleep(0.01)
        await inbox.clock.advance(2)
        (result,) = await polling
    assert result.new == 1
    assert await titles(board) == ["Words just written"]


async def test_a_file_that_is_always_written_to_is_not_waited_for_without_end(inbox: Watched, board: Board) -> None:
    """A log that grows holds nobody up."""
    inbox.put("log.txt", age=0.0)
    polling = asyncio.create_task(sensing(inbox, board).poll_all())
    waits = 0
    async with asyncio.timeout(20):
        while not polling.done():
            if len(inbox.clock.slept) > waits:
                waits = len(inbox.clock.slept)
                inbox.touch("log.txt", age=-2.0)
                await inbox.clock.advance(2)
            await asyncio.sleep(0.01)
    (result,) = await polling
    assert (result.new, waits) == (0, 3)
