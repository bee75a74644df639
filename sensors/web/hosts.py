"""At most so many requests to one host at a time; what a person waits for goes first."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from daemon.core.errors import CallTimeoutError


@dataclass(slots=True)
class _Host:
    """A host that somebody asks, and who waits to: a slot that becomes free is handed to the first of them."""

    busy: int = 0
    first: deque[asyncio.Future[None]] = field(default_factory=deque)
    others: deque[asyncio.Future[None]] = field(default_factory=deque)


class HostSlots:
    """Slots of hosts. Nothing is kept of a host that nobody asks."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def slot(self, host: str, *, patience_seconds: float | None = None) -> AsyncIterator[None]:
        """Hold one of the host's slots; waits until one is free. Cancellation passes and leaves no slot taken.

        With a patience, before all who have none, and no longer than that: then `CallTimeoutError` is raised.
        """
        state = self._hosts.setdefault(host, _Host())
        if state.busy < self._per_host:
            state.busy += 1
        else:
            await self._turn(host, patience_seconds)
        try:
            yield
        finally:
            self._leave(host)

    async def _turn(self, host: str, patience_seconds: float | None) -> None:
        """Wait until a slot is handed over."""
        state, turn = self._hosts[host], asyncio.get_running_loop().create_future()
        (state.others if patience_seconds is None else state.first).append(turn)
        try:
            async with asyncio.timeout(patience_seconds):
                await turn
        except (asyncio.CancelledError, TimeoutError) as error:
            if not turn.cancelled():
                # It was handed over in the same moment.
                self._leave(host)
            if isinstance(error, TimeoutError):
                words = f"{host} is still busy with other requests of ours after {patience_seconds:g} s"
                raise CallTimeoutError(f"{words} (sensors.per_host is {self._per_host})", endpoint=host) from error
            raise

    def _leave(self, host: str) -> None:
        state = self._hosts[host]
        for waiting in (state.first, state.others):
            while waiting:
                turn = waiting.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        state.busy -= 1
        if not state.busy:
            del self._hosts[host]
