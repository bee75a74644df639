"""The figures of the full board as a page, beside what was asked for."""

import itertools
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]


def table(figures: Figures, machine: Figures) -> str:
    """The whole page."""
    few, full = figures["claims"]
    lines = [
        "# A full board",
        "",
        ", ".join(f"{key} {value}" for key, value in machine.items()),
        "",
        f"The real program on boards of few and of {full:,} queued items, offline brain, no network.",
        "",
        "## What was asked for",
        "",
        f"| figure at {full:,} queued | goal | measured | met |",
        "|---|---|---|---|",
        *(_goal_row(*goal) for goal in _goals(figures, few=few, full=full)),
        "",
        "## Claims",
        "",
        "Milliseconds with the commit (`synchronous = full`), one after the other. The commits of one row were made",
        "between the claims of 1: they show what disk and machine take for themselves.",
        "",
        "| queued | what | median | p99 | max |",
        "|---|---|---|---|---|",
        *_claim_rows(figures["claims"]),
        "",
        "## At work",
        "",
        "The offline brain drains the board. Rates and memory of the first and the last third show whether anything",
        "grows with time; until its page cache is full (16 MB), the writer's connection grows.",
        "",
        "| command | queued | items/s, thirds | resident MB, thirds' ends | log MB, most | ready after SIGKILL |",
        "|---|---|---|---|---|---|",
        *(_work_row("run", count, found) for count, found in figures["at_work"].items()),
        *(_work_row("once", count, found) for count, found in figures["once"].items()),
        "",
        "## Boards",
        "",
        "| queued | MB on disk | bytes an item | made in |",
        "|---|---|---|---|",
        *_board_rows(figures["boards"]),
    ]
    return "\n".join(lines) + "\n"


def _goals(figures: Figures, *, few: int, full: int) -> Sequence[tuple[str, str, float, float, str]]:
    rest, work, claims = figures["at_rest"], figures["at_work"], figures["claims"][full]["claim of 1"]
    at_rest = statistics.median(rest[full]["resident_mb"]) - statistics.median(rest[0]["resident_mb"])
    at_work = _resident(work[full]) - _resident(work[few])
    return (
        ("resident memory over an empty board, at rest, MB", "< 50", at_rest, 50, ".1f"),
        (f"resident memory over a board of {few:,}, at work, MB", "< 50", at_work, 50, ".1f"),
        ("claim, median, ms", "< 5", statistics.median(claims), 5, ".2f"),
        ("claim, p99, ms", "< 5", _percentile(claims, 99), 5, ".2f"),
        ("claim, slowest, ms", "< 5", max(claims), 5, ".2f"),
        ("`status --json`, median, s", "< 1", statistics.median(rest[full]["status"]), 1, ".2f"),
        ("`status --json`, slowest, s", "< 1", max(rest[full]["status"]), 1, ".2f"),
        (
            "`status --json` beside a working daemon, median, s",
            "< 1",
            statistics.median(work[full]["status"]),
            1,
            ".2f",
        ),
        ("start to READY, median, s", "< 3", statistics.median(rest[full]["ready"]), 3, ".2f"),
        ("start to the first answer of the API, slowest, s", "< 3", max(rest[full]["healthy"]), 3, ".2f"),
    )


def _goal_row(name: str, goal: str, value: float, bound: float, form: str) -> str:
    return f"| {name} | {goal} | {value:{form}} | {'yes' if value < bound else '**no**'} |"


def _claim_rows(claims: Figures) -> list[str]:
    return [
        f"| {count:,} | {what} | {statistics.median(times):.2f} | {_percentile(times, 99):.2f} | {max(times):.2f} |"
        for count, by_size in claims.items()
        for what, times in by_size.items()
    ]


def _work_row(command: str, count: int, found: Figures) -> str:
    ends = _ends_of_thirds(found["samples"])
    rates = [
        (after["published"] - before["published"]) / (after["seconds"] - before["seconds"])
        for before, after in itertools.pairwise(ends)
    ]
    cells = [
        command,
        f"{count:,}",
        ", ".join(f"{rate:.0f}" for rate in rates),
        ", ".join(f"{end['resident_mb']:.0f}" for end in ends[1:]),
        f"{max(sample['log_mb'] for sample in found['samples']):.1f}",
        f"{found['ready_after_kill']:.2f} s",
    ]
    return f"| {' | '.join(cells)} |"


def _board_rows(boards: Figures) -> list[str]:
    empty = boards[0]["bytes"]
    return [
        f"| {count:,} | {made['bytes'] / 1e6:.1f} | {_each(made['bytes'] - empty, count)} | {made['seconds']:.1f} s |"
        for count, made in boards.items()
    ]


def _each(size: int, count: int) -> str:
    return f"{size / count:,.0f}" if count else ""


def _ends_of_thirds(samples: Sequence[Figures]) -> list[Figures]:
    """The first sample, and the last of each third."""
    last = len(samples) - 1
    return [samples[last * third // 3] for third in range(4)]


def _resident(found: Figures) -> float:
    return float(found["samples"][-1]["resident_mb"])


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
