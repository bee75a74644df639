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
