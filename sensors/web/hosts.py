"""At most so many requests to one host at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class HostSlots:
    """A semaphore per host that exists only while somebody uses or awaits it."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._semaphores: dict[str, asyncio.Semaphore] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Hold one of the host's slots; waits until one is free. Cancellation passes and leaves no slot taken."""
        self._users[host] = self._users.get(host, 0) + 1
        semaphore = self._semaphores.setdefault(host, asyncio.Semaphore(self._per_host))
        try:
            async with semaphore:
                yield
        finally:
            self._leave(host)

    def _leave(self, host: str) -> None:
        self._users[host] -= 1
        if not self._users[host]:
            del self._users[host], self._semaphores[host]
