"""How late the event loop is: by so much everything in this process is late."""

from daemon.core.clock import Clock
from daemon.runtime.recent import RecentTimes

SAMPLE_SECONDS = 0.5


class LoopWatch:
    """Asks to be woken twice a second, and keeps how much later it is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.lags = RecentTimes()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            asked = self._clock.monotonic() + SAMPLE_SECONDS
            await self._clock.sleep(SAMPLE_SECONDS)
            now = self._clock.monotonic()
            self.lags.add(max(0.0, now - asked), at=now)
