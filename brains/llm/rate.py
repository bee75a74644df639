"""A limit of requests a minute, kept by waiting."""

from collections import deque

from daemon.core.clock import Clock
from daemon.core.errors import RequestLimitError

LONGEST_WAIT_SECONDS = 60.0
_MINUTE = 60.0


class RateLimit:
    """At most `per_minute` passes within any sixty seconds. Who came first goes first."""

    def __init__(self, per_minute: int, *, clock: Clock) -> None:
        self._clock = clock
        self._passes: deque[float] = deque(maxlen=per_minute)

    async def wait(self) -> None:
        """Wait for a turn. A cancelled turn is not given to another.

        Raises `RequestLimitError` when the turn would come in more than a minute; `until` is when it is nearer. Who
        waits in place holds a slot, and the time of a step runs, which a long queue would use up.
        """
        now = self._clock.monotonic()
        is_full = len(self._passes) == self._passes.maxlen
        turn = max(now, self._passes[0] + _MINUTE) if is_full else now
        if turn - now > LONGEST_WAIT_SECONDS:
            until = self._clock.now() + turn - now - LONGEST_WAIT_SECONDS
            raise RequestLimitError(f"the next turn is {turn - now:.0f} s away (rpm_limit)", until=until)
        self._passes.append(turn)
        if turn > now:
            await self._clock.sleep(turn - now)
