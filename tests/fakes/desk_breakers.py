"""Breakers of a desk without a gateway."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from daemon.blackboard import SqliteEngine
from daemon.core.errors import NotFoundError, TransientError
from daemon.resilience.breaker import Breaker, BreakerState
from tests.fakes.clock import ManualClock


class DeskBreakers:
    """Real breakers; a reset tells the board as the daemon's does."""

    def __init__(self, engine: SqliteEngine, *, clock: ManualClock) -> None:
        self._engine = engine
        self._clock = clock
        self._all: dict[str, Breaker] = {}

    def open(self, name: str, *, is_open: bool = True) -> None:
        """Add one, by default one that has just opened."""
        breaker = Breaker(name, clock=self._clock, rng=random.Random(1), failure_threshold=3, recovery_time=3600)
        self._all[name] = breaker
        for _ in range(3 * is_open):
            breaker.failed(TransientError("away"), permit=breaker.check())

    def snapshots(self) -> Sequence[Mapping[str, Any]]:
        return [one.snapshot() for one in self._all.values()]

    async def reset(self, name: str, *, by: str) -> Mapping[str, Any]:
        if name not in self._all:
            raise NotFoundError(f"there is no breaker {name}; there are: {', '.join(self._all) or 'none'}")
        one, before = self._all[name], self._all[name].state
        is_reset = before is not BreakerState.CLOSED
        if is_reset:
            one.reset()
            await self._engine.record_event("breaker_reset", data={"name": name, "by": by, "before": before.value})
        return {**one.snapshot(), "reset": is_reset}
