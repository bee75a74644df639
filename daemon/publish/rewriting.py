"""A file that every post changes (a feed, an index), rewritten at most once a second."""

import asyncio
from collections.abc import Awaitable, Callable

from daemon.core.clock import Clock
from daemon.core.errors import PublishError

_RETRY_SECONDS = 30.0


class Rewriting:
    """Puts off the rewriting of one file. What is put off is written by a timer, by `flush`, or by `close`."""

    def __init__(self, write: Callable[[], Awaitable[None]], *, clock: Clock, every_seconds: float = 1.0) -> None:
        self._write = write
        self._clock = clock
        self._every_seconds = every_seconds
        self._lock = asyncio.Lock()
        self._is_dirty = False
        self._due_at = clock.monotonic()
        self._timer: asyncio.Task[None] | None = None

    def touch(self) -> None:
        """The file may not be what it should be: the next `flush` writes it."""
        self._is_dirty = True

    async def changed(self) -> None:
        """The file's content is another now. Writes at once when the last writing is long enough ago."""
        self.touch()
        if self._clock.monotonic() >= self._due_at:
            await self.flush()
        elif self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._write_when_due())

    async def flush(self) -> None:
        """Write what was put off. Raises `PublishError`; then it is still put off."""
        async with self._lock:
            if not self._is_dirty:
                return
            self._is_dirty = False
            try:
                await self._write()
            except BaseException:
                self._is_dirty = True
                raise
            self._due_at = self._clock.monotonic() + self._every_seconds

    async def close(self) -> None:
        """End the timer and flush."""
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.wait({self._timer})
        await self.flush()

    async def _write_when_due(self) -> None:
        await self._clock.sleep(self._due_at - self._clock.monotonic())
        while self._is_dirty:
            try:
                await self.flush()
            except PublishError:
                # It may be long until the next post; who sends that, or closes, is told if it still cannot be written.
                await self._clock.sleep(_RETRY_SECONDS)
