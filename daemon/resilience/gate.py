"""The gate: how many requests may be under way at any moment."""

import asyncio
from collections import deque
from types import TracebackType


class Gate:
    """A counting semaphore, used as `async with gate:`. Who came first goes first.

    A slot that becomes free is handed to the longest waiter directly, so nobody can overtake. A waiter that is
    cancelled leaves the queue; one that is cancelled in the moment it got its slot passes the slot on.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError(f"a gate lets at least one through, not {limit}")
        self.limit = limit
        self._in_flight = 0
        self._max_seen = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def in_flight(self) -> int:
        """How many are inside now."""
        return self._in_flight

    @property
    def waiting(self) -> int:
        """How many stand in the queue now."""
        return sum(not place.done() for place in self._queue)

    @property
    def max_seen(self) -> int:
        """The most that were ever inside at the same moment."""
        return self._max_seen

    async def __aenter__(self) -> None:
        """Go in, or wait for a slot. Cancellation passes and costs no slot."""
        if self._in_flight < self.limit:
            self._in_flight += 1
            self._max_seen = max(self._max_seen, self._in_flight)
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            await place
        except asyncio.CancelledError:
            self._give_up(place)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Go out; the longest waiter goes in."""
        self._free_slot()

    def _give_up(self, place: asyncio.Future[None]) -> None:
        if not place.cancelled():
            self._free_slot()
        elif place in self._queue:
            self._queue.remove(place)

    def _free_slot(self) -> None:
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._in_flight -= 1
