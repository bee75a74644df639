"""How long something took lately: the spans of the last minute, and what is bad among them."""

import math
from collections import deque

WINDOW_SECONDS = 60.0


class RecentTimes:
    """Spans in seconds, each kept for a minute. `at` is monotonic."""

    def __init__(self, *, window_seconds: float = WINDOW_SECONDS) -> None:
        self._window = window_seconds
        self._times: deque[tuple[float, float]] = deque()

    def add(self, seconds: float, *, at: float) -> None:
        """Keep one; those that are too old go."""
        self._times.append((at, seconds))
        while self._times[0][0] < at - self._window:
            self._times.popleft()

    @property
    def last(self) -> float:
        """The newest; 0 when there is none."""
        return self._times[-1][1] if self._times else 0.0

    def percentile(self, share: float) -> float:
        """The smallest of which that share of all is no longer; 0 when there is none. Of few, it is the longest."""
        spans = sorted(seconds for _, seconds in self._times)
        return spans[max(0, math.ceil(share * len(spans)) - 1)] if spans else 0.0
