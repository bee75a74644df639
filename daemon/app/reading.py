"""How far a bounded run has come with reading its sources."""

from collections.abc import Mapping

from daemon.core.events import Event
from daemon.runtime.progress import Progress


class ReadingProgress:
    """A listener that tells a `Progress` how many of `total` sources have been read, and what they brought.

    `counts` are the items by state before the reading.
    """

    def __init__(self, progress: Progress, *, counts: Mapping[str, int], total: int) -> None:
        self._progress = progress
        self._counts = dict(counts)
        self._total = total
        self._read: set[object] = set()
        self._failed = 0
        self._show()

    def __call__(self, event: Event) -> None:
        """Count the event; once all sources are read, others tell what goes on."""
        if len(self._read) >= self._total:
            return
        for state, change in ((event.from_state, -1), (event.to_state, 1)):
            if state is not None and event.from_state != event.to_state:
                self._counts[state] = self._counts.get(state, 0) + change
        if event.type == "source_polled":
            self._read.add(event.data.get("source_id"))
            self._failed += event.data.get("outcome") in {"failed", "gone"}
            self._show()

    def _show(self) -> None:
        failed = f", {self._failed:,} failed" if self._failed else ""
        self._progress.update(self._counts, f"reading the sources: {len(self._read):,} of {self._total:,}{failed}")
