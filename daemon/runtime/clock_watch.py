"""Sees when the machine's clock is set, and lets nothing wait longer, or for its article shorter, because of that."""

import asyncio
from typing import Final

from daemon.blackboard.engine import Engine
from daemon.core.clock import Clock

LOOK_SECONDS = 5.0
NOTABLE_SECONDS = 5.0
SETTLED_SECONDS: Final = 60.0
"""After a start, before what a clock ahead of this one has planned is planned anew: a machine that has no clock of its
own begins in the past, and asks for the time once it has a network."""


class ClockWatch:
    """What waits on the board waits for a time of day. Set back by an hour, the clock would hold all of it for an hour.

    Set forward, or after a sleep of the machine, what has become due is done; but an article that waits for its turn
    has had none in that time, so it keeps what it had left, and no more than `article_seconds`. By how much the clock
    was moved is seen by the monotonic one, which stands still while a machine sleeps.
    """

    def __init__(self, *, engine: Engine, clock: Clock, article_seconds: float) -> None:
        self._engine = engine
        self._clock = clock
        self._article_seconds = article_seconds
        self._known = self._offset()
        self._looking = asyncio.Lock()

    async def run(self) -> None:
        """Look until cancelled; once, a while after the start, at what was planned before it."""
        begun, is_settled = self._clock.monotonic(), False
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            await self.look()
            if not is_settled and self._clock.monotonic() - begun >= SETTLED_SECONDS:
                await self._engine.restart_waits()
                is_settled = True

    async def look(self) -> None:
        """Shift what waits, if the clock was set. Who is about to take what is due calls it before."""
        async with self._looking:
            offset = self._offset()
            moved = offset - self._known
            if moved < -NOTABLE_SECONDS:
                await self._engine.bring_forward(-moved)
            elif moved > NOTABLE_SECONDS:
                await self._engine.await_longer(seconds=moved, within=self._article_seconds)
            else:
                return
            self._known = offset

    def _offset(self) -> float:
        return self._clock.now() - self._clock.monotonic()
