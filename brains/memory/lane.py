"""One thread for work that blocks. When it gets stuck it is left behind, and another takes its place."""

import asyncio
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from daemon.core.errors import CallTimeoutError

Result = TypeVar("Result")

_MOST_STUCK = 4


class BlockingLane:
    """Runs pieces of work one after the other, each with a time limit that counts from its submission.

    A thread cannot be killed: one whose work outlives its limit finishes in the background, its result is dropped, what
    waits behind it fails too, and a new thread does what comes later. At most `_MOST_STUCK` are left behind at a time;
    until one of them ends, work is refused. The threads are daemonic, so none keeps the process from ending. Use it
    from one event loop.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._has_thread = False
        self._stuck = 0

    @property
    def stuck(self) -> int:
        """How many threads are left behind now."""
        return self._stuck

    async def run(self, work: Callable[[], Result], *, timeout: float) -> Result:
        """Do it in the thread. Raises what it raises, or `CallTimeoutError` after `timeout` seconds.

        Cancelling gives up waiting, not the work: that ends, or is left behind at its limit.
        """
        self._ensure_thread()
        loop = asyncio.get_running_loop()
        job = _Job(work, loop=loop)
        timer = loop.call_later(timeout, self._expire, job)
        job.done.add_done_callback(lambda _: timer.cancel() if not job.done.cancelled() else None)
        self._jobs.put(job)
        return await job.done

    def close(self) -> None:
        """Let the thread end after what is in the queue."""
        with self._lock:
            if self._has_thread:
                self._jobs.put(None)
                self._has_thread = False

    def _ensure_thread(self) -> None:
        with self._lock:
            if self._has_thread:
                return
            if self._stuck >= _MOST_STUCK:
                raise CallTimeoutError(f"{self._name}: {self._stuck} threads are stuck", endpoint=self._name)
            self._has_thread = True
        threading.Thread(target=self._work_off, name=self._name, daemon=True).start()

    def _expire(self, job: "_Job[Any]") -> None:
        behind: list[_Job[Any]] = []
        with self._lock:
            if job.is_finished:
                return
            job.is_abandoned = True
            if job.is_started:
                self._stuck += 1
                self._has_thread = False
                behind = self._abandon_queue()
        for late in (job, *behind):
            late.fail(CallTimeoutError(f"the {self._name} did not answer in time", endpoint=self._name))

    def _abandon_queue(self) -> "list[_Job[Any]]":
        """What waits behind a stuck job wants the same thing: it fails now, and gets no more threads stuck."""
        behind = []
        while not self._jobs.empty():
            if (job := self._jobs.get()) is not None:
                job.is_abandoned = True
                behind.append(job)
        return behind

    def _work_off(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not self._begin(job):
                continue
            outcome = job.work_it()
            if self._end(job):
                return
            job.tell(outcome)

    def _begin(self, job: "_Job[Any]") -> bool:
        with self._lock:
            job.is_started = not job.is_abandoned
            return job.is_started

    def _end(self, job: "_Job[Any]") -> bool:
        """Whether this thread was left behind meanwhile."""
        with self._lock:
            job.is_finished = True
            self._stuck -= job.is_abandoned
            return job.is_abandoned


class _Job(Generic[Result]):
    """One piece of work. The three flags change under the lane's lock."""

    def __init__(self, work: Callable[[], Result], *, loop: asyncio.AbstractEventLoop) -> None:
        self._work = work
        self._loop = loop
        self.done: asyncio.Future[Result] = loop.create_future()
        self.is_started = self.is_finished = self.is_abandoned = False

    def work_it(self) -> Callable[[], None]:
        """Do the work; answers how to tell its outcome, on the event loop."""
        try:
            result = self._work()
        except Exception as error:  # noqa: BLE001 - handed to the one who waits for it
            return partial(self.fail, error)
        return partial(self._succeed, result)

    def tell(self, outcome: Callable[[], None]) -> None:
        """Say the outcome on the event loop; when that is closed, nobody waits any more."""
        try:
            self._loop.call_soon_threadsafe(outcome)
        except RuntimeError:
            return

    def fail(self, error: Exception) -> None:
        """End with an error."""
        if not self.done.done():
            self.done.set_exception(error)

    def _succeed(self, result: Result) -> None:
        if not self.done.done():
            self.done.set_result(result)
