"""A clock a test owns."""

import asyncio
import heapq
import itertools


class ManualClock:
    """Time stands still until `advance`. `sleep` waits for that; `slept` lists every wait that was asked for."""

    def __init__(self, at: float = 1_790_000_000.0) -> None:
        self._now = at
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self._now + seconds, next(self._order), done))
        await done

    async def advance(self, seconds: float) -> None:
        """Let time pass, waking sleepers in order, and let them run."""
        end = self._now + seconds
        await _settle()
        while self._waiting and self._waiting[0][0] <= end:
            at, _, done = heapq.heappop(self._waiting)
            self._now = max(self._now, at)
            if not done.done():
                done.set_result(None)
            await _settle()
        self._now = end
        await _settle()

    def set(self, at: float) -> None:
        """Jump, without waking anyone."""
        self._now = at


class SplitClock(ManualClock):
    """A clock whose time of day can be set (`set_by`, seconds), while its steady time only grows."""

    def __init__(self, at: float = 1_790_000_000.0) -> None:
        super().__init__(at)
        self.set_by = 0.0

    def now(self) -> float:
        return super().now() + self.set_by


class InstantClock(ManualClock):
    """Every sleep returns at once, having moved the time on by as much."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += seconds
        await asyncio.sleep(0)


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
