"""Reading X: accounts and searches against a server with X's own wire format, on a real board."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import ManualClock
from tests.fakes.x_desk import XDesk, open_desk
from tests.fakes.x_server import XServer

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def server(clock: ManualClock) -> AsyncIterator[XServer]:
    async with XServer(now=clock.now) as running:
        yield running


@pytest.fixture
async def desk_of(server: XServer, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Opens desks, which close with the test."""
    async with AsyncExitStack() as open_ones:

        async def opened(**x: Any) -> XDesk:
            desk = await open_desk(tmp_path, server, clock=clock, **x)
            open_ones.push_async_callback(desk.board.engine.close)
            open_ones.push_async_callback(desk.close)
            return desk

        yield opened


@pytest.fixture
async def desk(desk_of: Callable[..., Any]) -> XDesk:
    found = await desk_of(daily_reads=1000, daily_usd=100.0)
    assert isinstance(found, XDesk)
    await found.add("@alice")
    return found


async def test_the_posts_of_an_account_come_to_the_board_once(desk: XDesk) -> None:
    """The first look reads what is there, the next one what is new."""
    desk.server.account("alice", "Alice Liddell")
    ids = [desk.server.post("alice", f"The tide was {n} metres high.", at=desk.clock.now() - 100 + n) for n in (3, 5)]
    first = await desk.poll("@alice")
    assert (first.outcome, first.entries, first.new) == ("read", 2, 2)
    assert [one.url for one in desk.seen] == [f"https://x.com/alice/status/{one}" for one in ids]
    assert {one.author for one in desk.seen} == {"Alice Liddell (@alice)"}
    desk.clock.set(desk.clock.now() + HOUR)
    again = await desk.poll("@alice")
    assert (again.outcome, again.entries, again.new) == ("unchanged", 0, 0)
    desk.server.post("alice", "The tide was 7 metres high.")
    assert (await desk.poll("@alice")).new == 1
    assert [one.path for one in desk.server.asked if "by/username" in one.path] == ["/2/users/by/username/alice"]
