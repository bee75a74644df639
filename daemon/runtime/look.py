"""Everything that is known of the running program at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass

from daemon.blackboard.reading.monitoring import BoardFigures
from daemon.runtime.condition import Condition, Limiting, Listening
from daemon.runtime.machine import MachineFigures


@dataclass(frozen=True, slots=True)
class Times:
    """When something last happened in this process, in epoch seconds; None: not yet."""

    started_at: float
    beat_at: float | None = None
    claim_at: float | None = None
    end_at: float | None = None
    """A step was ended: the item moved on, was sent back, held, discarded or buried."""
    publish_at: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that is known at one moment (`at`, epoch seconds). Spans are in seconds."""

    at: float
    condition: Condition
    times: Times
    lag_p99: float
    lag_worst: float
    write_last: float
    write_p99: float
    beat_age: float
    board: BoardFigures | None
    """None: the board cannot be read; then `board_error` says why."""
    board_error: str | None
    machine: MachineFigures
    counts: Mapping[str, int]
    """Items by state; empty while the board cannot be read."""
    listening: Listening | None = None
    limiting: Limiting | None = None
