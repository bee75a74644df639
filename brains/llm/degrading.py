"""What a level of degradation asks of the way to the models."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from brains.llm.bounds import cost_of
from brains.llm.groups import Endpoint
from brains.llm.routing import Stop
from daemon.blackboard.records import Usage
from daemon.core.settings.level_models import LevelSettings
from daemon.core.settings.models import StreamSettings
from daemon.resilience.levels import Level

_USUAL = Usage(input_tokens=3000, output_tokens=1000)
"""About what a step takes; models are compared by what that costs."""


def _normal() -> Level:
    return Level.L0


@dataclass(frozen=True, slots=True)
class Degrading:
    """Asked at every call, so that a change holds from the next one on. Without anything given it is always L0."""

    settings: LevelSettings = field(default_factory=LevelSettings)
    level: Callable[[], Level] = _normal

    @property
    def patience(self) -> float:
        """How many times as long as usual a request may take."""
        return self.settings.longer_timeouts if self.level() >= Level.L1 else 1.0

    @property
    def may_hedge(self) -> bool:
        """Whether a slow request may get a second one beside it: not while the providers have trouble."""
        return self.level() < Level.L1

    @property
    def reuse_seconds(self) -> float:
        """How old the answer to another item's same request may be; 0: none is reused."""
        return self.settings.reuse_answers if self.level() >= Level.L1 else 0.0

    def stream(self, stream: StreamSettings | None) -> StreamSettings | None:
        """The limits of a stream: its first token may come later."""
        if stream is None or (patience := self.patience) == 1.0:
            return stream
        return stream.model_copy(update={"first_token": stream.first_token * patience})

    def stops(self, stops: Sequence[Stop], *, is_closed: Callable[[Stop], bool], at: float) -> Sequence[Stop]:
        """Where a request goes: in L2 the cheap stops and what is local, in L0 and L1 all.

        A way of which nothing would be left that may be asked stays as it is. `is_closed` tells that no breaker keeps
        a stop from being asked; `at` (epoch seconds) is for prices that change with the hour.
        """
        if self.level() < Level.L2:
            return stops
        local = [stop for stop in stops if stop.is_local]
        cheap = self._named(stops) or _cheapest(stops, at=at)
        is_of_use = bool(cheap) and (bool(local) or any(map(is_closed, cheap)))
        # What a person put first stays first.
        return ([*local, *cheap] if stops[0].is_local else [*cheap, *local]) if is_of_use else stops

    def _named(self, stops: Sequence[Stop]) -> list[Stop]:
        """Those a person calls cheap, in that order; a pool by its own name or when all its models are."""
        order = {name: place for place, name in enumerate(self.settings.cheap_models)}
        places = {
            stop.name: order.get(stop.name, max(order.get(e.name, len(order)) for e in stop.endpoints))
            for stop in stops
            if not stop.is_local
        }
        named = [stop for stop in stops if places.get(stop.name, len(order)) < len(order)]
        return sorted(named, key=lambda stop: places[stop.name])


def _cheapest(stops: Sequence[Stop], *, at: float) -> list[Stop]:
    """The one with a network that costs least, a pool as much as its dearest model; none when no price is known."""
    costs = {stop.name: _cost(stop.endpoints, at=at) for stop in stops if not stop.is_local}
    known = {name: cost for name, cost in costs.items() if cost is not None}
    least = min(known, key=lambda name: known[name], default=None)
    return [stop for stop in stops if stop.name == least]


def _cost(endpoints: Sequence[Endpoint], *, at: float) -> int | None:
    costs = [cost_of(endpoint, _USUAL, at=at) for endpoint in endpoints]
    return None if None in costs else max(cost.micro for cost in costs if cost)
