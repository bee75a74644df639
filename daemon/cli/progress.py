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
    from rich.live import Live

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

    with Live(console=Console(stderr=True), refresh_per_second=8, transient=True) as live:
        yield LiveProgress(live, title=title)


def ended_of(counts: Mapping[str, int]) -> tuple[int, int]:
    """How many items are done with, for now or for good, and how many there are."""
    return sum(counts.get(state, 0) for state in _ENDED), sum(counts.values())


def sentence_of(counts: Mapping[str, int]) -> str:
    """The states that have items, in the order of their way: `3 QUEUED, 1 DRAFTING, 8 PUBLISHED`."""
    return ", ".join(f"{counts[state]} {state}" for state in State if counts.get(state))


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
        is_over = bool(counts) and ended_of(counts)[0] == ended_of(counts)[1]
        if line == self._last or (now - self._last_at < _LINE_EVERY_SECONDS and not is_over):
            return
        self._last, self._last_at = line, now
        self._stream.write("  ".join(part for part in line if part) + "\n")
        self._stream.flush()


class LiveProgress:
    """A `Progress` that redraws a bar, the counts by state, and what is going on."""

    def __init__(self, live: "Live", *, title: str) -> None:
        self._live = live
        self._title = title

    def update(self, counts: Mapping[str, int], note: str) -> None:
        """Draw it anew."""
        self._live.update(_drawn(self._title, counts, note=note))


def _drawn(title: str, counts: Mapping[str, int], *, note: str) -> "RenderableType":
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    ended, total = ended_of(counts)
    head = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=max(1, total), completed=ended, width=_BAR_WIDTH)
    head.add_row(Text(title, style="bold"), bar, f"{ended} of {total}")
    states = Text()
    for state in State:
        if counts.get(state):
            states.append(f"{state} {counts[state]}   ", style=STATE_STYLES.get(state, "cyan"))
    return Group(head, states, Text(clean(note), style="dim", overflow="ellipsis", no_wrap=True))
