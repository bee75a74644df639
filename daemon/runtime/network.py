"""Whether this machine reaches anybody: a cable that is out must be told once, not as the failure of every source."""

import json
from typing import Any, Final

from daemon.blackboard.engine import Engine
from daemon.blackboard.records import Source
from daemon.core.clock import Clock, iso
from daemon.core.events import Event, Listener
from daemon.runtime.polling_turns import host_of
from sensors.base import Sighting
from sensors.remedies import ailment_of

NETWORK: Final = "network"
"""The vital sign that says it on the board, and what sources wait for that nobody answered for."""
LEAST_HOSTS: Final = 3
PROBE_SECONDS: Final = 60.0
UNREACHED: Final = frozenset({"name", "unreachable", "slow"})
"""The ailments of a source whose host gave no answer; any answer, an error too, shows that there is a network."""


class Network:
    """Offline from when three different hosts, each new or well before, gave no answer, and none did in between.

    Online again with the first answer of any host; what was not reached meanwhile is then read at once.
    """

    def __init__(self, *, engine: Engine, emit: Listener, clock: Clock) -> None:
        self._engine = engine
        self._tell = emit
        self._clock = clock
        self._silent: dict[str, int] = {}
        """A source of each host that gave no answer since the last answer of any; the next to be tried is the first."""
        self._since: float | None = None
        self._is_offline = False
        self._probed_at = -PROBE_SECONDS

    @property
    def is_offline(self) -> bool:
        """Nobody is reached."""
        return self._is_offline

    async def restore(self) -> None:
        """Go on where the former process was; what it did not reach is tried now."""
        if self._is_offline or (kept := offline(await self._engine.get_control(NETWORK))) is None:
            return
        self._is_offline, self._since = True, kept["since"]
        await self._engine.wake(waits_for=NETWORK)

    async def heard(self, source: Source, sighting: Sighting) -> None:
        """Take in what came of a poll. What is no feed of the web says nothing."""
        host = host_of(source)
        if host is None:
            return
        if not is_unreached(sighting):
            await self._answered()
        elif self._is_offline or source.fetch.errors_in_row == 0:
            self._since = self._clock.now() if self._since is None else self._since
            self._silent.setdefault(host, source.id)
            if not self._is_offline and len(self._silent) >= LEAST_HOSTS:
                await self._lost()

    async def candidate(self) -> Source | None:
        """The source to try whether the network is back, once a minute; None: not now."""
        now = self._clock.monotonic()
        if not self._is_offline or not self._silent or now - self._probed_at < PROBE_SECONDS:
            return None
        self._probed_at = now
        host, source_id = next(iter(self._silent.items()))
        del self._silent[host]
        enabled = {one.id: one for one in await self._engine.due_sources(limit=1_000_000, is_all=True)}
        if source_id in enabled:
            self._silent[host] = source_id
        return enabled.get(source_id)

    async def _lost(self) -> None:
        self._is_offline, self._probed_at = True, self._clock.monotonic()
        sign = {"since": self._since, "hosts": sorted(self._silent)[:LEAST_HOSTS]}
        await self._engine.write_vital(NETWORK, json.dumps(sign))
        self._tell(Event(type="network_lost", at=self._clock.now(), data={**sign, "since": iso(self._since)}))

    async def _answered(self) -> None:
        since = self._since
        self._silent.clear()
        self._since = None
        if self._is_offline:
            self._is_offline = False
            await self._engine.write_vital(NETWORK, json.dumps(None))
            await self._engine.wake(waits_for=NETWORK)
            self._tell(Event(type="network_back", at=self._clock.now(), data={"since": iso(since)}))


def is_unreached(sighting: Sighting) -> bool:
    """The poll failed before any answer came."""
    return sighting.outcome == "failed" and ailment_of(sighting.error or "").name in UNREACHED


def in_words(sign: dict[str, Any]) -> str:
    """What the vital sign says, for a person."""
    hosts = ", ".join(sign["hosts"])
    return f"this machine reaches no host since {iso(sign['since'])} (not {hosts}, nor any other): is it offline?"


def offline(control: str | None) -> dict[str, Any] | None:
    """`{"since", "hosts"}` (epoch seconds, three of those that did not answer) of the vital sign; None: online."""
    try:
        found = json.loads(control or "null")
        return found and {"since": float(found["since"]), "hosts": [str(one) for one in found["hosts"]]}
    except (KeyError, TypeError, ValueError):
        return None
