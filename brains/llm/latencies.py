"""How long each endpoint took of late."""

from bisect import bisect_left, insort
from collections import deque

_KEPT = 256
"""Enough for the 99th percentile, few enough to follow an endpoint that becomes slower."""


class Latencies:
    """The last 256 latencies by name, in seconds. While a name has fewer than `minimum_samples`, nothing is said."""

    def __init__(self, *, minimum_samples: int) -> None:
        self._minimum_samples = minimum_samples
        self._kept = max(_KEPT, minimum_samples)
        self._samples: dict[str, _Samples] = {}

    def add(self, name: str, seconds: float) -> None:
        """One more; the oldest goes when there are too many."""
        self._samples.setdefault(name, _Samples()).add(seconds, kept=self._kept)

    def percentile(self, name: str, share: float) -> float | None:
        """The time within which that share of them ended (`0.95`); None while there are too few."""
        samples = self._samples.get(name)
        if samples is None or len(samples.by_size) < self._minimum_samples:
            return None
        return samples.by_size[min(int(len(samples.by_size) * share), len(samples.by_size) - 1)]

    def median(self, name: str) -> float | None:
        """The middle one; None while there are too few."""
        return self.percentile(name, 0.5)


class _Samples:
    """The same numbers twice, by age and by size, so that a percentile is a look and not a sorting."""

    def __init__(self) -> None:
        self.by_age: deque[float] = deque()
        self.by_size: list[float] = []

    def add(self, seconds: float, *, kept: int) -> None:
        self.by_age.append(seconds)
        insort(self.by_size, seconds)
        if len(self.by_age) > kept:
            del self.by_size[bisect_left(self.by_size, self.by_age.popleft())]
