"""In which order the endpoints of a task are asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from brains.llm.groups import Echelon, Endpoint, Group


@dataclass(frozen=True, slots=True)
class Stop:
    """One place on the way of a request: an endpoint, or a pool with its instances."""

    echelon: Echelon
    endpoints: tuple[Endpoint, ...]
    pool: str | None = None

    @property
    def name(self) -> str:
        """The endpoint's, or the pool's."""
        return self.pool or self.endpoints[0].name

    @property
    def is_local(self) -> bool:
        """Free, in this process, no network."""
        return self.endpoints[0].provider.is_local

    @property
    def servers(self) -> frozenset[str]:
        """The providers that stand behind it."""
        return frozenset(endpoint.server for endpoint in self.endpoints)


def stops_of(group: Group) -> tuple[Stop, ...]:
    """Where a request of this group goes, one after the other.

    What is local answers everything, so it stands behind all that has a network, unless a person put it first.
    """
    once = dict[str, Stop]()
    for stop in (stop for echelon in group.echelons for stop in _of_echelon(echelon)):
        once.setdefault(stop.name, stop)
    stops = list(once.values())
    if group.strategy == "provider_failover":
        stops = _others_first(stops)
    if stops and stops[0].is_local:
        return tuple(stops)
    return tuple(sorted(stops, key=lambda stop: stop.is_local))


def is_last_networked(stops: Sequence[Stop], position: int) -> bool:
    """Whether no other stop with a network follows."""
    return all(stop.is_local for stop in stops[position + 1 :])


def echelons_after(stops: Sequence[Stop], position: int) -> int:
    """How many other echelons with a network follow."""
    here = stops[position].echelon.name
    return len({stop.echelon.name for stop in stops[position + 1 :] if not stop.is_local} - {here})


def pools_in(stops: Iterable[Stop]) -> list[str]:
    """The names of the pools among them."""
    return list(dict.fromkeys(stop.pool for stop in stops if stop.pool))


def _of_echelon(echelon: Echelon) -> list[Stop]:
    """Its endpoints one by one, and the instances of a pool together; what is local comes last."""
    ordered = sorted(echelon.endpoints, key=lambda endpoint: endpoint.provider.is_local)
    stops = list[Stop]()
    # A local endpoint takes part in no rotation: it is no instance like the others.
    for pool, members in groupby(ordered, key=lambda e: None if e.provider.is_local else e.pool):
        endpoints = tuple(members)
        stops += [Stop(echelon, endpoints, pool)] if pool else [Stop(echelon, (e,)) for e in endpoints]
    return stops


def _others_first(stops: Sequence[Stop]) -> list[Stop]:
    """Behind the first stop, those of other providers before those of the same."""
    first = next((stop for stop in stops if not stop.is_local), None)
    if first is None:
        return list(stops)
    rest = [stop for stop in stops if stop is not first]
    return [first, *sorted(rest, key=lambda stop: bool(stop.servers & first.servers))]
