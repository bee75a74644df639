"""What a bounded run came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OnceReport:
    """What `once` came to. Counts are of this run; `cost_usd` is what its calls cost, as far as it is known."""

    published: int
    discarded: int
    held: int
    dead: int
    waiting: int
    """Items that were left where they are, because what they wait for did not come in time."""
    waits_for: Mapping[str, int]
    """For what they wait, and how many."""
    cost_usd: float
    seconds: float
    places: Sequence[tuple[str, Path]] = ()
    posts: Sequence[tuple[str, Path]] = ()
    failed_sources: Mapping[str, str] = field(default_factory=dict)
    """Sources that could not be read, and why."""
    network: str | None = None
    """That this machine reaches nobody, in words; None when it reaches somebody."""


@dataclass(frozen=True, slots=True)
class DemoReport(OnceReport):
    """What the demo came to; `home` is its folder."""

    home: Path = Path()
