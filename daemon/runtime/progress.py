"""How a long command tells a person where it is."""

from collections.abc import Mapping
from typing import Protocol


class Progress(Protocol):
    """Receives the counts by state as they change, and a short note on what is going on."""

    def update(self, counts: Mapping[str, int], note: str) -> None:
        """Show them. Called often; must be quick."""
        ...


class SilentProgress:
    """A `Progress` that shows nothing."""

    def update(self, counts: Mapping[str, int], note: str) -> None:
        """Show nothing."""
