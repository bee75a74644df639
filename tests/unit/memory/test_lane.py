import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from brains.memory.lane import BlockingLane
from daemon.core.errors import CallTimeoutError


class Blocked:
    """Work that blocks until it is told to go on."""

    def __init__(self) -> None:
        self.has_started = threading.Event()
        self.may_end = threading.Event()

    def __call__(self) -> str:
        self.has_started.set()
        return "late" if self.may_end.wait(10) else "never"


async def test_work_is_done_in_one_thread_of_its_own() -> None:
    """Never on the event loop, and always in the same one."""
    lane = BlockingLane("memory")
    idents = {await lane.run(threading.get_ident, timeout=5) for _ in range(5)}
    assert len(idents) == 1
    assert threading.get_ident() not in idents
    lane.close()


async def test_an_error_reaches_the_caller() -> None:
    """And the thread goes on."""
    lane = BlockingLane("memory")
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 // 0, timeout=5)
    assert await lane.run(lambda: 2, timeout=5) == 2
    lane.close()


async def test_a_stuck_thread_is_left_behind_and_replaced() -> None:
    """The caller hears of it in time, the next one is served by another thread."""
    lane, work = BlockingLane("memory"), Blocked()
    before = await lane.run(threading.get_ident, timeout=5)
    with pytest.raises(CallTimeoutError):
        await lane.run(work, timeout=0.1)
    assert lane.stuck == 1
    assert await lane.run(threading.get_ident, timeout=5) != before
    work.may_end.set()
    lane.close()


async def test_what_waits_behind_a_stuck_thread_fails_with_it() -> None:
    """It wants the same thing that is stuck; what comes later is served."""
    lane, work, done = BlockingLane("memory"), Blocked(), []
    stuck = asyncio.create_task(lane.run(work, timeout=0.1))
    await asyncio.to_thread(work.has_started.wait, 5)
    with pytest.raises(CallTimeoutError):
        await lane.run(lambda: done.append(1), timeout=30)
    with pytest.raises(CallTimeoutError):
        await stuck
    assert lane.stuck == 1
    assert await lane.run(lambda: "served", timeout=5) == "served"
    assert done == []
    work.may_end.set()
    lane.close()


async def test_work_that_expired_in_the_queue_is_never_done() -> None:
    """Its caller has gone on without it."""
    lane, work, done = BlockingLane("memory"), Blocked(), []
    first = asyncio.create_task(lane.run(work, timeout=5))
    await asyncio.to_thread(work.has_started.wait, 5)
    with pytest.raises(CallTimeoutError):
        await lane.run(lambda: done.append(1), timeout=0.1)
    work.may_end.set()
    assert await first == "late"
    assert await lane.run(lambda: "next", timeout=5) == "next"
    assert done == []
    lane.close()


async def test_only_so_many_threads_are_left_behind() -> None:
    """Then work is refused at once, until one of them comes back."""
    lane, work = BlockingLane("memory"), Blocked()
    for _ in range(4):
        with pytest.raises(CallTimeoutError):
            await lane.run(work, timeout=0.05)
    with pytest.raises(CallTimeoutError, match="4 threads are stuck"):
        await lane.run(lambda: 1, timeout=5)
    work.may_end.set()
    await asyncio.to_thread(_wait_for, lambda: lane.stuck == 0)
    assert await lane.run(lambda: 1, timeout=5) == 1
    lane.close()


async def test_a_stuck_thread_is_replaced_also_when_its_caller_was_cancelled() -> None:
    """The limit counts for the work, not for the one who waits."""
    lane, work = BlockingLane("memory"), Blocked()
    task = asyncio.create_task(lane.run(work, timeout=0.2))
    await asyncio.to_thread(work.has_started.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(CallTimeoutError):
        await lane.run(lambda: "behind", timeout=5)
    assert await lane.run(lambda: "served", timeout=5) == "served"
    work.may_end.set()
    lane.close()


def _wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)
