"""Whose turn it is in a polling pool."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol


class Rotation(Protocol):
    """Chooses one name after the other. `among` is never empty, and holds the names whose turn it may be now."""

    def choose(self, among: Collection[str]) -> str:
        """The next one."""
        ...


class RoundRobin:
    """In the order of the configuration, round and round; who is away misses the turn."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._next = 0

    def choose(self, among: Collection[str]) -> str:
        """The next one."""
        turns = [(self._next + step) % len(self._names) for step in range(len(self._names))]
        turn = next(turn for turn in turns if self._names[turn] in among)
        self._next = turn + 1
        return self._names[turn]


class LeastRecentlyUsed:
    """Who was chosen longest ago; those never chosen first, in the order of the configuration."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)

    def choose(self, among: Collection[str]) -> str:
        """The next one."""
        chosen = next(name for name in self._names if name in among)
        self._names.remove(chosen)
        self._names.append(chosen)
        return chosen


class SmoothWeighted:
    """By weight, spread evenly: with weights 5, 1, 1 the turns are a a b a c a a, as nginx does it."""

    def __init__(self, names: Sequence[str], *, weights: Mapping[str, float]) -> None:
        self._weights = {name: max(0.0, weights.get(name, 1.0)) for name in names}
        self._credit = dict.fromkeys(names, 0.0)

    def choose(self, among: Collection[str]) -> str:
        """The next one. Who is away neither gains nor loses credit."""
        here = [name for name in self._weights if name in among]
        for name in here:
            self._credit[name] += self._weights[name]
        chosen = max(here, key=lambda name: (self._credit[name], self._weights[name]))
        self._credit[chosen] -= sum(self._weights[name] for name in here)
        return chosen


def rotation_of(strategy: str, *, names: Sequence[str], weights: Mapping[str, float]) -> Rotation:
    """The rotation of that name: `round_robin`, `least_recently_used` or `weighted`."""
    if strategy == "weighted":
        return SmoothWeighted(names, weights=weights)
    return LeastRecentlyUsed(names) if strategy == "least_recently_used" else RoundRobin(names)
