"""How `once` and `demo` show where they are: a live display on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from daemon.blackboard.states import FINAL, WAITS_FOR_PERSON, State
from daemon.cli.output import STATE_STYLES, clean

if TYPE_CHECKING:
    from rich.console import RenderableType

    from daemon.runtime.progress import Progress

_ENDED = FINAL | WAITS_FOR_PERSON
_LINE_EVERY_SECONDS = 2.0
_BAR_WIDTH = 40


@contextmanager
def shown_progress(title: str) -> Iterator["Progress"]:
    """Progress on standard error, so that standard output stays free for the result."""
    if not sys.stderr.isatty():
        yield LineProgress(sys.stderr)
        return
    from rich.console import Console
    from rich.live import Live

    progress = LiveProgress(title)
    with Live(console=Console(stderr=True), get_renderable=progress.drawn, refresh_per_second=8, transient=True):
        yield progress


def ended_of(counts: Mapping[str, int]) -> tuple[int, int]:
    """How many items are done with, for now or for good, and how many there are."""
    return sum(counts.get(state, 0) for state in _ENDED), sum(counts.values())


def sentence_of(counts: Mapping[str, int]) -> str:
    """The states that have items, in the order of their way: `3 QUEUED, 1 DRAFTING, 8 PUBLISHED`."""
    return ", ".join(f"{counts[state]:,} {state}" for state in State if counts.get(state))


def elapsed(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class LineProgress:
    """A `Progress` of plain lines: one when something has changed, at most one in two seconds."""

    def __init__(self, stream: TextIO, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._monotonic = monotonic
        self._last: tuple[str, str] = ("", "")
        self._last_at = float("-inf")

    def update(self, counts: Mapping[str, int], note: str) -> None:
        """Write a line when it says something new."""
        line = (sentence_of(counts), clean(note))
        now = self._monotonic()
        ended, total = ended_of(counts)
        is_over = ended == total and line[0] != self._last[0]
        if line == self._last or (now - self._last_at < _LINE_EVERY_SECONDS and not is_over):
            return
        self._last, self._last_at = line, now
        self._stream.write("  ".join(part for part in line if part) + "\n")
        self._stream.flush()


class LiveProgress:
    """A `Progress` for a display that draws it again and again: a bar, the time, the counts, and what is going on."""

    def __init__(self, title: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._title = title
        self._monotonic = monotonic
        self._started_at = monotonic()
        self._shown: tuple[Mapping[str, int], str] = ({}, "starting")

    def update(self, counts: Mapping[str, int], note: str) -> None:
        """Show this from the next drawing on."""
        self._shown = (dict(counts), note)

    def drawn(self) -> "RenderableType":
        """How it looks now."""
        from rich.columns import Columns
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        counts, note = self._shown
        head = Table.grid(padding=(0, 2, 0, 0))
        time_taken = Text(elapsed(self._monotonic() - self._started_at), style="dim")
        head.add_row(Text(self._title, style="bold"), _bar(counts), _ratio(counts), time_taken)
        states = [
            Text(f"{state} {counts[state]:,}", style=STATE_STYLES.get(state, "cyan"))
            for state in State
            if counts.get(state)
        ]
        return Group(
            head,
            Columns(states, padding=(0, 2, 0, 0)),
            Text(clean(note), style="dim", overflow="ellipsis", no_wrap=True),
        )


def _bar(counts: Mapping[str, int]) -> "RenderableType":
    """How much is done; one that moves by itself while nobody knows how much there is."""
    from rich.progress_bar import ProgressBar

    ended, total = ended_of(counts)
    return ProgressBar(total=total or None, completed=ended, width=_BAR_WIDTH, pulse=not total)


def _ratio(counts: Mapping[str, int]) -> str:
    ended, total = ended_of(counts)
    return f"{ended:,} of {total:,}" if total else ""
