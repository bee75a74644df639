"""What is under way when its caller is cancelled: it ends, or is taken back, and the cancellation still passes."""

import asyncio
from collections.abc import Awaitable

import pytest

from daemon.core.errors import BlackboardError
from daemon.resilience.unbroken import begun_or_taken_back, to_the_end


class _Work:
    """Work that waits for leave to end, and says when it has begun and ended."""

    def __init__(self, *, error: Exception | None = None) -> None:
        self.has_begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.has_ended = False
        self._error = error

    async def run(self) -> str:
        self.has_begun.set()
        await self.may_end.wait()
        self.has_ended = True
        if self._error is not None:
            raise self._error
        return "done"


async def _cancelled(task: "asyncio.Task[str]", *, work: _Work) -> None:
    """Cancel it while its work is under way, then let the work end."""
    await work.has_begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    work.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_work_that_nobody_cancels_answers() -> None:
    """Its answer comes through."""
    work = _Work()
    work.may_end.set()
    assert await to_the_end(work.run()) == "done"


async def test_work_ends_before_the_cancellation_passes() -> None:
    """Whoever cancels waits for it."""
    work = _Work()
    await _cancelled(asyncio.create_task(to_the_end(work.run())), work=work)
    assert work.has_ended


async def test_a_fault_of_cancelled_work_gives_way_to_the_cancellation() -> None:
    """The caller is cancelled, whatever the work comes to; and nobody is told of an unseen exception."""
    work = _Work(error=BlackboardError("full"))
    await _cancelled(asyncio.create_task(to_the_end(work.run())), work=work)
    assert work.has_ended


async def test_what_was_begun_for_a_cancelled_caller_is_taken_back() -> None:
    """It is begun to its end first, so that there is something to take back."""
    work, taken = _Work(), list[str]()

    async def take_back(beginning: Awaitable[str]) -> None:
        taken.append(await beginning)

    await _cancelled(asyncio.create_task(begun_or_taken_back(work.run(), take_back=take_back)), work=work)
    assert taken == ["done"]


async def test_what_is_begun_in_peace_is_not_taken_back() -> None:
    """Its answer comes through, and nothing else happens."""
    work, taken = _Work(), list[str]()
    work.may_end.set()

    async def take_back(beginning: Awaitable[str]) -> None:
        taken.append(await beginning)

    assert await begun_or_taken_back(work.run(), take_back=take_back) == "done"
    assert taken == []
