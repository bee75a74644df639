"""The contract of a sensor: it looks at one source and answers what it saw. It never writes to the board.

Another package adds a kind of source with an entry point of the group `davidagent.sensors`, whose name is the kind and
whose object is a `SensorFactory`:

    [project.entry-points."davidagent.sensors"]
    hackernews = "my_package:HackerNews"

Its sources stand in the configuration as `{kind: hackernews, address: front, options: {…}}`; on the board the address
is `hackernews:front`, and `source.settings["options"]` holds the options. `sensors/README.md` has a whole example.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from daemon.blackboard.records import FetchState, Observation, Source
from sensors.context import SensorContext

ENTRY_POINTS: Final = "davidagent.sensors"
"""The group under which packages add sensors."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One poll of one source: what was seen and what to keep for the next poll.

    A failed poll is a `Sighting` too (no observations, `fetch.errors_in_row` grown, `error` set): a source fails, the
    sensor does not raise. What had waited since an earlier poll may come with it all the same. `moved_to` is the
    address to use from now on, when the source has moved for good.
    """

    fetch: FetchState
    observations: Sequence[Observation] = ()
    outcome: str = "read"
    """`read`, `unchanged` (304 or the same body), `waiting` (nothing was asked: no budget), `failed`, `gone`."""
    entries: int = 0
    """How many entries the document had."""
    error: str | None = None
    moved_to: str | None = None
    more_at: float | None = None
    """When what this look left can be had (epoch seconds), so that `once` looks again; None: it left nothing."""
    detail: Mapping[str, Any] = field(default_factory=dict)


class Sensor(Protocol):
    """Reads sources of one kind."""

    kind: str

    async def poll(self, source: Source) -> Sighting:
        """Look once. Cancellation passes; anything else becomes a failed sighting."""
        ...

    async def close(self) -> None:
        """Close what it has opened itself; what is in the context is closed with the context."""
        ...


class Sensors(Protocol):
    """The sensors there are."""

    def get(self, kind: str, /) -> Sensor | None:
        """The sensor for this kind of source, or None."""
        ...


SensorFactory = Callable[[SensorContext], Sensor]
"""Builds the sensor of a kind; called once, when the first source of that kind is there."""
