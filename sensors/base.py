"""The contract of a sensor: it looks at one source and answers what it saw. It never writes to the board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from daemon.blackboard.records import FetchState, Observation, Source


@dataclass(frozen=True, slots=True)
class Sighting:
    """One poll of one source: what was seen and what to keep for the next poll.

    A failed poll is a `Sighting` too (no observations, `fetch.errors_in_row` grown, `error` set): a source fails, the
    sensor does not raise. `moved_to` is the address to use from now on, when the source has moved for good.
    """

    fetch: FetchState
    observations: Sequence[Observation] = ()
    outcome: str = "read"
    """`read`, `unchanged` (304 or the same body), `failed`, `gone`."""
    entries: int = 0
    """How many entries the document had."""
    error: str | None = None
    moved_to: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


class Sensor(Protocol):
    """Reads sources of one kind."""

    kind: str

    async def poll(self, source: Source) -> Sighting:
        """Look once. Cancellation passes; anything else becomes a failed sighting."""
        ...

    async def close(self) -> None:
        """Close connections and child processes."""
        ...
