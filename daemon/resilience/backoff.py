"""How long to wait before the next try."""

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds before each retry, each with up to `jitter` (a share) more, so that many do not come back at once.

    What the other side asked for (`Retry-After`) wins when it is longer, up to `retry_after_cap` seconds.
    """

    delays: tuple[float, ...] = (2.0, 4.0, 8.0)
    jitter: float = 0.1
    retry_after_cap: float = 120.0

    def __post_init__(self) -> None:
        if not all(0 <= delay < math.inf for delay in self.delays):
            raise ValueError(f"delays are seconds, 0 or more, not {self.delays}")
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter is a share between 0 and 1, not {self.jitter}")

    def delay(self, retry_number: int, *, retry_after: float | None, rng: random.Random) -> float | None:
        """Seconds before retry 1, 2, 3, …; None when there are no more."""
        if retry_number < 1:
            raise ValueError(f"retries are counted from 1, not {retry_number}")
        if retry_number > len(self.delays):
            return None
        own = self.delays[retry_number - 1] * (1 + self.jitter * rng.random())
        return max(own, self._asked_for(retry_after))

    def _asked_for(self, retry_after: float | None) -> float:
        if retry_after is None or math.isnan(retry_after):
            return 0.0
        return min(retry_after, self.retry_after_cap)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The backoff of one kind of call, and how many attempts it has in all.

    `max_attempts` counts the first try too; None: one more than there are delays. Where it asks for more retries than
    there are delays, the last delay is repeated.
    """

    delays: tuple[float, ...] = (2.0, 4.0, 8.0)
    jitter: float = 0.1
    retry_after_cap: float = 120.0
    max_attempts: int | None = None

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"a call needs at least one attempt, not {self.attempts}")
        if self.attempts > 1 and not self.delays:
            raise ValueError(f"{self.attempts} attempts need at least one delay between them")
        self.backoff()

    @property
    def attempts(self) -> int:
        """How many requests may be sent in all."""
        return len(self.delays) + 1 if self.max_attempts is None else self.max_attempts

    def backoff(self) -> Backoff:
        """The waits between the attempts, one for each retry there is."""
        retries = self.attempts - 1
        repeated = self.delays[-1:] * max(0, retries - len(self.delays))
        return Backoff((*self.delays[:retries], *repeated), self.jitter, self.retry_after_cap)
