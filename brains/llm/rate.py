"""A limit of requests a minute, kept by waiting."""

from collections import deque

from daemon.core.clock import Clock

_MINUTE = 60.0


class RateLimit:
    """At most `per_minute` passes within any sixty seconds. Who came first goes first."""

    def __init__(self, per_minute: int, *, clock: Clock) -> None:
        self._clock = clock
        self._passes: deque[float] = deque(maxlen=per_minute)

    async def wait(self) -> None:
        """Wait for a turn. A cancelled turn is not given to another."""
        now = self._clock.monotonic()
        is_full = len(self._passes) == self._passes.maxlen
        turn = max(now, self._passes[0] + _MINUTE) if is_full else now
        self._passes.append(turn)
        if turn > now:
            await self._clock.sleep(turn - now)
