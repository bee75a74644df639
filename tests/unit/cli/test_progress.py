"""Progress in plain lines, and as a live display."""

import io

from rich.console import Console
from rich.live import Live

from daemon.cli.progress import LineProgress, LiveProgress, elapsed, ended_of, sentence_of


class Ticks:
    """A monotonic clock a test owns."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_line_says_the_states_in_the_order_of_their_way() -> None:
    assert sentence_of({"PUBLISHED": 2, "QUEUED": 1, "HELD": 0}) == "1 QUEUED, 2 PUBLISHED"


def test_what_waits_for_a_person_has_ended_for_now() -> None:
    assert ended_of({"QUEUED": 1, "PUBLISHED": 2, "HELD": 1, "DEAD_LETTER": 1, "DISCARDED": 1}) == (5, 6)


def test_lines_are_written_when_something_changed_and_not_too_often() -> None:
    stream, clock = io.StringIO(), Ticks()
    progress = LineProgress(stream, monotonic=clock)
    progress.update({"QUEUED": 2}, "reading")
    progress.update({"QUEUED": 1, "PUBLISHED": 1}, "too soon")
    clock.at = 3.0
    progress.update({"QUEUED": 1, "PUBLISHED": 1}, "working\x1b[2J")
    clock.at = 6.0
    progress.update({"QUEUED": 1, "PUBLISHED": 1}, "working\x1b[2J")
    assert stream.getvalue().splitlines() == ["2 QUEUED  reading", "1 QUEUED, 1 PUBLISHED  working[2J"]


def test_the_last_line_is_never_left_out() -> None:
    stream = io.StringIO()
    progress = LineProgress(stream, monotonic=Ticks())
    progress.update({"QUEUED": 1}, "")
    progress.update({"PUBLISHED": 1}, "")
    assert stream.getvalue().splitlines() == ["1 QUEUED", "1 PUBLISHED"]


def test_the_display_shows_bar_counts_and_note() -> None:
    stream = io.StringIO()
    screen = Console(file=stream, force_terminal=True, width=80, color_system=None)
    clock = Ticks()
    progress = LiveProgress("demo", monotonic=clock)
    with Live(console=screen, auto_refresh=False, get_renderable=progress.drawn) as live:
        progress.update({"QUEUED": 1, "PUBLISHED": 3}, "drafting [x]")
        clock.at = 67.0
        live.refresh()
    drawn = stream.getvalue()
    for words in ("demo", "3 of 4", "1:07", "QUEUED 1", "PUBLISHED 3", "drafting [x]"):
        assert words in drawn


def test_time_is_shown_in_minutes_and_then_in_hours() -> None:
    assert [elapsed(seconds) for seconds in (0.4, 59.9, 61, 3723)] == ["0:00", "0:59", "1:01", "1:02:03"]
