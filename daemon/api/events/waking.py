"""One wake-up for all who listen, in slices, so that the rest of the program has its turn in between."""

import asyncio

SLICE = 100
"""How many are woken in one turn of the event loop: at some 15 microseconds each, the others wait about 1.5 ms."""
REST = 0.25
"""After everybody was told, nobody is for a quarter of the time it took: what comes meanwhile is told in one piece."""
_SHORTEST_REST_SECONDS = 0.002

Waiter = asyncio.Future[None]


class WakeUp:
    """Wakes who waits for something new. Of things that happen in one turn of the loop, everybody is woken once."""

    def __init__(self) -> None:
        self._waiting: dict[Waiter, None] = {}
        self._being_woken: list[Waiter] = []
        self._is_due = False
        self._is_busy = False
        self._began = 0.0

    def waiter(self) -> Waiter:
        """Done at the next wake-up. One who stops waiting says so with `forget`."""
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = None
        return waiter

    def forget(self, waiter: Waiter) -> None:
        """Nobody waits for it any more."""
        self._waiting.pop(waiter, None)

    def stir(self) -> None:
        """Something is new: wake everybody soon."""
        self._is_due = True
        if not self._is_busy:
            self._is_busy = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        self._is_due = False
        self._began = asyncio.get_running_loop().time()
        # The last ones first off the list; who began to wait first is woken first.
        self._being_woken = list(self._waiting)[::-1]
        self._waiting.clear()
        self._wake_some()

    def _wake_some(self) -> None:
        loop, waiting = asyncio.get_running_loop(), self._being_woken
        for _ in range(min(SLICE, len(waiting))):
            waiter = waiting.pop()
            if not waiter.done():
                waiter.set_result(None)
        loop.call_soon(self._wake_some if waiting else self._rest)

    def _rest(self) -> None:
        loop = asyncio.get_running_loop()
        seconds = (loop.time() - self._began) * REST
        if seconds < _SHORTEST_REST_SECONDS:
            self._end()
        else:
            loop.call_later(seconds, self._end)

    def _end(self) -> None:
        self._is_busy = False
        if self._is_due:
            self.stir()
