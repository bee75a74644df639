"""A bounded number of places, and a queue before them."""

import asyncio
from collections import OrderedDict
from enum import StrEnum


class Outcome(StrEnum):
    """How asking for a place ended."""

    PLACE = "place"
    """There is one; it must be given back."""
    QUEUE_FULL = "queue_full"
    """Too many wait already."""
    TIME_UP = "time_up"
    """It waited as long as it may."""
    GONE = "gone"
    """Who asked has left."""


class Wait:
    """One who asks for a place. Whatever ends the waiting first, ends it for good."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def end(self, outcome: Outcome) -> bool:
        """End the waiting; False when something else has ended it before."""
        if self.ended.done():
            return False
        self.ended.set_result(outcome)
        return True

    @property
    def has_place(self) -> bool:
        """It was given a place."""
        return self.ended.done() and not self.ended.cancelled() and self.ended.result() is Outcome.PLACE


class Places:
    """`size` places; who finds none waits, first come, first served. There is no lock that anybody could wait in.

    A place that is given back goes straight to who has waited longest, so nobody can slip in between.
    """

    def __init__(self, size: int, *, max_waiting: int) -> None:
        self._size = size
        self._max_waiting = max_waiting
        self._taken = 0
        self._queue: OrderedDict[Wait, None] = OrderedDict()

    @property
    def taken(self) -> int:
        """Places that are taken."""
        return self._taken

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    def try_take(self) -> bool:
        """Take a place if one is free; then it must be given back."""
        if self._taken >= self._size:
            return False
        self._taken += 1
        return True

    async def take(self, wait: Wait, *, within: float) -> Outcome:
        """Take a place, and wait for one `within` so many seconds. Only after `PLACE` it must be given back.

        Cancelled, it leaves the queue, and gives back what it was given in that moment.
        """
        if self.try_take():
            return Outcome.PLACE
        if len(self._queue) >= self._max_waiting:
            return Outcome.QUEUE_FULL
        self._queue[wait] = None
        timer = asyncio.get_running_loop().call_later(within, wait.end, Outcome.TIME_UP)
        try:
            return await wait.ended
        except asyncio.CancelledError:
            if wait.has_place:
                self.give_back()
            raise
        finally:
            timer.cancel()
            self._queue.pop(wait, None)

    def give_back(self) -> None:
        """Give a taken place back."""
        while self._queue:
            wait, _ = self._queue.popitem(last=False)
            if wait.end(Outcome.PLACE):
                return
        self._taken -= 1
