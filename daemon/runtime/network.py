"""Whether this machine reaches anybody: a cable that is out must be told once, not as the failure of every source."""

import asyncio
import json
from ipaddress import ip_address
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
LEAST_SITES: Final = 3
PROBE_SECONDS: Final = 60.0
UNREACHED: Final = frozenset({"name", "unreachable", "slow"})
"""The ailments of a source whose host gave no answer; any answer, an error too, shows that there is a network."""
_UNASKED: Final = frozenset({"address", "no_sensor", "other", "package", "private", "secret"})
"""Ailments that are found on this machine, or in what a hotel's network says in the place of all others."""
_NATION, _SECTORS = 2, frozenset({"ac", "co", "com", "edu", "go", "gov", "gouv", "ne", "net", "or", "org"})
"""Names such as `example.com.cn` and `example.co.uk` are one longer."""
_AT_HOME: Final = frozenset({"localhost", "local", "lan", "internal"})


class Network:
    """Offline from when three different sites, each well before, gave no answer, and none did in between.

    A new source counts as well before only until anybody has answered: then it is more likely that it is dead, as many
    are in an old list of feeds. Online again with the first answer; what was not reached is then read at once.
    """

    def __init__(self, *, engine: Engine, emit: Listener, clock: Clock) -> None:
        self._engine = engine
        self._tell = emit
        self._clock = clock
        self._silent: dict[str, Source] = {}
        """A source of each site that gave no answer since the last answer of any; the next to be tried is the first."""
        self._since: float | None = None
        self._is_offline = False
        self._has_heard = False
        self._probed_at = -PROBE_SECONDS
        self._changing = asyncio.Lock()

    @property
    def is_offline(self) -> bool:
        """Nobody is reached."""
        return self._is_offline

    async def restore(self) -> None:
        """Go on where the former process was; what it did not reach is tried now."""
        if self._is_offline or (kept := offline(await self._engine.get_control(NETWORK))) is None:
            return
        self._is_offline, self._since, self._probed_at = True, kept["since"], self._clock.monotonic()
        await self._engine.wake(waits_for=NETWORK)

    async def heard(self, source: Source, sighting: Sighting) -> None:
        """Take in what came of a poll. What is no feed of the web, or was not asked, says nothing."""
        site = site_of(source)
        if site is None:
            return
        if is_unreached(sighting):
            if self._is_offline or self._was_well(source):
                self._since = self._clock.now() if self._since is None else self._since
                self._silent.setdefault(site, source)
                await self._lost()
        elif is_answered(sighting):
            self._has_heard = True
            await self._answered()

    async def candidate(self) -> Source | None:
        """The source to try whether the network is back, once a minute; None: not now."""
        now = self._clock.monotonic()
        if not self._is_offline or now - self._probed_at < PROBE_SECONDS:
            return None
        self._probed_at = now
        found = await self._engine.due_sources(limit=1_000_000, is_all=True)
        enabled = {one.id: one for one in found if site_of(one) is not None}
        for site, silent in list(self._silent.items()):
            del self._silent[site]
            if silent.id in enabled:
                self._silent[site] = silent
                return enabled[silent.id]
        if not enabled:
            # Nobody is asked any more, so nothing can be said.
            await self._answered()
        return next(iter(enabled.values()), None)

    def _was_well(self, source: Source) -> bool:
        return source.fetch.errors_in_row == 0 and not (self._has_heard and source.fetch.last_success_at is None)

    async def _lost(self) -> None:
        async with self._changing:
            if self._is_offline or len(self._silent) < LEAST_SITES:
                return
            since, hosts = self._since, sorted(filter(None, map(host_of, self._silent.values())))[:LEAST_SITES]
            await self._engine.write_vital(NETWORK, json.dumps({"since": since, "hosts": hosts}))
            if not self._silent:
                # Somebody answered in the same moment.
                await self._engine.write_vital(NETWORK, json.dumps(None))
                return
            self._is_offline, self._probed_at = True, self._clock.monotonic()
            data = {"since": iso(since), "hosts": hosts}
            self._tell(Event(type="network_lost", at=self._clock.now(), data=data))

    async def _answered(self) -> None:
        self._silent.clear()
        if not self._is_offline:
            self._since = None
            return
        async with self._changing:
            if not self.is_offline:
                return
            # First what must not be forgotten: if the board cannot take it, the next answer tries again.
            await self._engine.wake(waits_for=NETWORK)
            await self._engine.write_vital(NETWORK, json.dumps(None))
            since, self._since, self._is_offline = self._since, None, False
            self._silent.clear()
            self._tell(Event(type="network_back", at=self._clock.now(), data={"since": iso(since)}))


def site_of(source: Source) -> str | None:
    """What goes down together: all hosts under one name (`a.example.org`, `b.example.org`).

    None for what says nothing of the network: what is not on the web, and what is at home.
    """
    host = (host_of(source) or "").rstrip(".")
    try:
        return host if ip_address(host).is_global else None
    except ValueError:
        labels = host.split(".")
    is_at_home = len(labels) == 1 or labels[-1] in _AT_HOME or host.endswith(".home.arpa")
    is_national = len(labels[-1]) == _NATION and labels[-2:-1] and labels[-2] in _SECTORS
    return None if is_at_home else ".".join(labels[-3 if is_national else -2 :])


def is_answered(sighting: Sighting) -> bool:
    """Somebody else's machine has answered, be it with an error."""
    if sighting.outcome == "failed":
        return ailment_of(sighting.error or "").name not in UNREACHED | _UNASKED
    return sighting.outcome != "waiting"


def is_unreached(sighting: Sighting) -> bool:
    """The poll failed before any answer came."""
    return sighting.outcome == "failed" and ailment_of(sighting.error or "").name in UNREACHED


def in_words(sign: dict[str, Any]) -> str:
    """What the vital sign says, for a person."""
    hosts = ", ".join(sign["hosts"])
    since = f"{str(iso(sign['since']))[:16].replace('T', ' ')} UTC"
    return f"this machine reaches no host since {since} (not {hosts}, nor any other): is it offline?"


def offline(control: str | None) -> dict[str, Any] | None:
    """`{"since", "hosts"}` (epoch seconds, three of those that did not answer) of the vital sign; None: online."""
    try:
        found = json.loads(control or "null")
        return found and {"since": float(found["since"]), "hosts": [str(one) for one in found["hosts"]]}
    except (KeyError, TypeError, ValueError):
        return None
