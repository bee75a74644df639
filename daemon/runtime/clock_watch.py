"""Sees when the machine's clock is set back, and lets nothing wait longer for it."""

from daemon.blackboard.engine import Engine
from daemon.core.clock import Clock

LOOK_SECONDS = 5.0
NOTABLE_SECONDS = 5.0


class ClockWatch:
    """What waits on the board waits for a time of day. Set back by an hour, the clock would hold all of it for an hour.

    A clock set forward, and a machine that slept, need nothing: what has become due is done.
    """

    def __init__(self, *, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def run(self) -> None:
        """Look until cancelled."""
        offset = self._offset()
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            before, offset = offset, self._offset()
            if before - offset > NOTABLE_SECONDS:
                await self._engine.bring_forward(before - offset)

    def _offset(self) -> float:
        return self._clock.now() - self._clock.monotonic()
