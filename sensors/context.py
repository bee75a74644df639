"""What all sensors share: one fetcher, so that limits per host hold over all of them, one pool of parsers."""

import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.core.clock import Clock
from daemon.core.settings.models import SensorSettings
from sensors.parsers.pool import ParsePool
from sensors.readings import NoReadings, Readings
from sensors.web.fetching import Fetcher

if TYPE_CHECKING:
    from sensors.web.guarded_transport import Resolver


@dataclass(frozen=True, slots=True)
class SensorContext:
    """What a sensor is built with; whoever opened it closes it after its sensors.

    `reveal` answers the address to ask for to the one on the board, which has no login in it (`SecretAddresses`).
    """

    settings: SensorSettings
    clock: Clock
    rng: random.Random
    fetcher: Fetcher
    parsers: ParsePool
    delivery_parsers: ParsePool
    """For what others send: they wait for the answer, and must not wait behind what we fetched ourselves."""
    readings: Readings
    reveal: Callable[[str], str] = str

    async def close(self) -> None:
        """Close connections and child processes. A second call does nothing."""
        await self.fetcher.close()
        await self.parsers.close()
        await self.delivery_parsers.close()


def open_context(
    settings: SensorSettings,
    *,
    clock: Clock,
    rng: random.Random,
    readings: Readings | None = None,
    reveal: Callable[[str], str] = str,
    resolver: "Resolver | None" = None,
    ssl_context: ssl.SSLContext | None = None,
) -> SensorContext:
    """A context of its own. `resolver` and `ssl_context` replace the system's, for closed networks."""
    return SensorContext(
        settings=settings,
        clock=clock,
        rng=rng,
        fetcher=Fetcher(settings, now=clock.now, resolver=resolver, ssl_context=ssl_context),
        parsers=ParsePool(timeout_seconds=settings.parse_timeout),
        delivery_parsers=ParsePool(timeout_seconds=settings.parse_timeout, size=1),
        readings=readings or NoReadings(),
        reveal=reveal,
    )
