"""A sliding window of outcomes."""

from collections import deque


class Window:
    """How many calls ended within the last `seconds`, and how many of them failed. Times only grow.

    Only the last `most` of them count: after busy good times, as many failures need not come before they are half.
    """

    def __init__(self, seconds: float, *, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._failures = 0

    def add(self, *, at: float, is_failure: bool) -> None:
        """One more outcome."""
        self._outcomes.append((at, is_failure))
        self._failures += is_failure
        self._forget(at)

    def counts(self, *, at: float) -> tuple[int, int]:
        """How many outcomes there are, and how many failures among them."""
        self._forget(at)
        return len(self._outcomes), self._failures

    def clear(self) -> None:
        """Forget everything."""
        self._outcomes.clear()
        self._failures = 0

    def _forget(self, at: float) -> None:
        while self._outcomes and (len(self._outcomes) > self._most or self._outcomes[0][0] <= at - self._seconds):
            self._failures -= self._outcomes.popleft()[1]
