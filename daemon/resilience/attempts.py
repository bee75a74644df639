"""Counting attempts: in memory for sensors and sinks, on the board for the steps of an item."""

from typing import Protocol


class AttemptLog(Protocol):
    """Counts the requests that were sent and failed, for one piece of work."""

    @property
    def used(self) -> int:
        """How many attempts are used up, also those before a crash."""
        ...

    async def failed(self, error: Exception, *, retry_in: float | None) -> None:
        """One more request was sent and failed; `retry_in` seconds until the next, None when there is none."""
        ...


class LocalAttempts:
    """An `AttemptLog` that lives as long as the call."""

    def __init__(self) -> None:
        self._used = 0

    @property
    def used(self) -> int:
        """How many attempts are used up."""
        return self._used

    async def failed(self, error: Exception, *, retry_in: float | None) -> None:  # noqa: ARG002
        """Count one more."""
        self._used += 1


class AttemptBudget:
    """How many requests a step may still send, over everything that shares them: retries, echelons, pools, hedges.

    `total` is for the whole step. The log counts durably what was sent and failed and may be tried again; `spend`
    counts, for this run alone, a request that failed for good, after which another endpoint is asked.
    """

    def __init__(self, attempts: AttemptLog, *, total: int) -> None:
        if total < 1:
            raise ValueError(f"a step needs at least one attempt, not {total}")
        self.attempts = attempts
        self._total = total
        self._spent = 0

    def left(self, *, in_flight: int = 0) -> int:
        """How many more may be sent, beside `in_flight` that are under way."""
        return max(0, self._total - self.attempts.used - self._spent - in_flight)

    def spend(self) -> None:
        """A request failed for good."""
        self._spent += 1
