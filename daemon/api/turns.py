"""One at a time of those who ask for the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Lets those with the same key come one after the other. Nothing is kept of a key nobody waits with."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Wait for the turn, and have it."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield
