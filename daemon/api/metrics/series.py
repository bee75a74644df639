"""The series of one metric, at hand: to find one by its words costs a tenth of what the library takes."""

from typing import Generic, TypeVar

from prometheus_client import Counter, Histogram

M = TypeVar("M", Counter, Histogram)


class Series(Generic[M]):
    """The series of a metric that has labels. Its words must be bounded before: each combination is kept."""

    def __init__(self, metric: M) -> None:
        self._metric: M = metric
        self._known: dict[tuple[str, ...], M] = {}

    def __call__(self, *words: str) -> M:
        """The series with these words."""
        known = self._known.get(words)
        if known is None:
            known = self._known[words] = self._metric.labels(*words)
        return known
