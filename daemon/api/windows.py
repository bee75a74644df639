"""How often a client did something in the last minute."""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable

MINUTE_SECONDS = 60.0


class MovingWindow:
    """At most `most` things of one client in any span of `seconds`.

    A client enters before the thing is tried and leaves after it; only then it is known whether it counts. So what
    failed uses nothing up, and many at once still get no more than the limit. Nothing is kept of a client that did
    nothing in the last span, and a call costs the same however many clients there are.
    """

    def __init__(self, most: int, *, now: Callable[[], float], seconds: float = MINUTE_SECONDS) -> None:
        """`now` tells seconds that never jump back."""
        self._most = most
        self._now = now
        self._seconds = seconds
        self._under_way: Counter[str] = Counter()
        # Who was counted last stands last, so those to be forgotten stand first.
        self._counted: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """Clients of which something is kept."""
        return len(self._under_way.keys() | self._counted.keys())

    def enter(self, client: str) -> float:
        """0 when the client may; else nothing has changed, and it is worth another try after so many seconds."""
        now = self._now()
        self._forget(now)
        counted = self._counted.get(client, deque())
        while counted and counted[0] <= now - self._seconds:
            counted.popleft()
        if len(counted) + self._under_way[client] < self._most:
            self._under_way[client] += 1
            return 0.0
        return counted[0] + self._seconds - now if counted else self._seconds

    def leave(self, client: str, *, counts: bool) -> None:
        """What was entered for is over; `counts` when it was done."""
        self._under_way[client] -= 1
        if not self._under_way[client]:
            del self._under_way[client]
        if counts:
            self._counted.setdefault(client, deque()).append(self._now())
            self._counted.move_to_end(client)

    def _forget(self, now: float) -> None:
        while self._counted:
            client, times = next(iter(self._counted.items()))
            if times[-1] > now - self._seconds:
                return
            del self._counted[client]
