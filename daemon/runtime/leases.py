"""Heartbeats for the claims in hand, and rescue of the claims nobody renews."""

from collections.abc import Awaitable, Callable, Mapping

from daemon.blackboard.engine import Engine
from daemon.blackboard.records import Claim
from daemon.core.clock import Clock

HEARTBEATS_PER_LEASE = 3


class LeaseKeeper:
    """Renews the leases of what is in hand, every third of a lease."""

    def __init__(
        self,
        *,
        engine: Engine,
        in_hand: Callable[[], Mapping[str, Claim]],
        on_lost: Callable[[str], None],
        lease_seconds: float,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._in_hand = in_hand
        self._on_lost = on_lost
        self._lease_seconds = lease_seconds
        self._clock = clock

    async def run(self) -> None:
        """Renew until cancelled."""
        while True:
            await self.renew()
            await self._clock.sleep(self._lease_seconds / HEARTBEATS_PER_LEASE)

    async def renew(self) -> None:
        """Renew everything in hand now."""
        renewed = dict(self._in_hand())
        if not renewed:
            return
        for item_id in await self._engine.heartbeat(list(renewed.values()), lease_seconds=self._lease_seconds):
            # Meanwhile the step may have ended and the item been claimed for the next: that claim is not lost.
            if self._in_hand().get(item_id) is renewed[item_id]:
                self._on_lost(item_id)


async def _nothing_in_hand() -> None:
    """There is nothing to renew."""


class Rescuer:
    """Frees claims whose lease is over, twice a lease; those of a former process at once, on start.

    `renew` renews what is in hand first. A lease may be over although its holder lives: the clock was set forward, the
    machine slept, the board was locked for longer than a lease. Then the first to wake must not be the one that takes.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        worker_id: str,
        lease_seconds: float,
        max_rescues: int,
        clock: Clock,
        renew: Callable[[], Awaitable[None]] = _nothing_in_hand,
    ) -> None:
        self._engine = engine
        self._renew = renew
        self._worker_id = worker_id
        self._lease_seconds = lease_seconds
        self._max_rescues = max_rescues
        self._clock = clock

    async def rescue_former(self) -> list[str]:
        """Free what a former process left; it cannot be alive, because we hold the writer's lock."""
        return await self._engine.rescue(worker_id=self._worker_id, max_rescues=self._max_rescues)

    async def run(self) -> None:
        """Rescue until cancelled."""
        while True:
            await self._clock.sleep(self._lease_seconds / 2)
            await self._renew()
            await self._engine.rescue(max_rescues=self._max_rescues)
