"""The results of `bench.dashboard` as a page to read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Figures = Mapping[str, Any]
TARGET_MS: Final = 300
PAINT_TARGET_MS: Final = 2000


def table_of(figures: Figures) -> str:
    """The whole page; a part that was not measured is left out."""
    lines = ["# The dashboard on a large board", "", _board(figures), ""]
    for name, part in _PARTS.items():
        if name in figures:
            lines += part(figures[name])
    lines += _plans(figures["pages"]) if "pages" in figures else ["## Query plans"]
    return "\n".join(lines).rstrip() + "\n"


def _board(figures: Figures) -> str:
    board = figures["board"]
    told = f"{', '.join(f'{count:,} {table}' for table, count in board.items() if table != 'gigabytes')}; "
    told += f"{board['gigabytes']} gigabytes."
    if moved := figures.get("migration"):
        told += f" Brought forward from schema {moved['from']} to {moved['to']} in {moved['seconds']:.0f} s."
    return told


def _measured(part: Figures) -> str:
    return ", ".join(f"{key} {value}" for key, value in part["told"].items())


def _pages(part: Figures) -> Iterator[str]:
    yield from _head("Pages", part)
    yield f"All queries that a page's script asks when it is opened, together, in ms; the target is {TARGET_MS} warm."
    yield "Cold: once, with nothing of the file in the page cache and nothing counted yet, as after a start of the"
    yield "machine."
    yield ""
    names = ("page", "queries", "median", "p95", "processor, median", "cold", "slowest when cold")
    rows = [
        (
            *(name, one["queries"], one["median"], one["p95"], one["processor"], f"{one['cold']:,}"),
            f"`{one['slowest_cold']}`, {one['slowest_cold_ms']:,}",
        )
        for name, one in part["pages"].items()
    ]
    yield from _table(names, rows)


def _writing(part: Figures) -> Iterator[str]:
    yield from _head("The writer", part)
    yield "A verb awaited alone, in ms, without a rest between them, on the same two processors; the cases in turns."
    yield ""
    keys = ("verbs", "median", "p95", "p99", "p99_of_rounds", "largest")
    rows = [(name, *(f"{one[key]:,}" for key in keys)) for name, one in part["cases"].items()]
    yield from _table(("", "verbs", "median", "p95", "p99", "p99, median of the rounds", "largest"), rows)


def _paint(part: Figures) -> Iterator[str]:
    yield from _head("First paint", part)
    yield "From the start of the navigation until the first figure of the page is seen, in ms, in Chromium on the same"
    yield f"two processors; the target is {PAINT_TARGET_MS}. A first visit is that of a browser without cached files."
    yield ""
    visits = dict(part["visits"])
    newcomer = visits.pop("first of the process")
    rows = [
        (name, *(one[visit][figure] for visit in ("first", "second") for figure in ("median", "largest")))
        for name, one in visits.items()
    ]
    yield from _table(("page", "first visit", "largest", "second visit", "largest"), rows)
    yield f"The first visitor of a process that has just started waits {newcomer} ms for the overview."
    yield ""


def _hour(part: Figures) -> Iterator[str]:
    yield from _head("An hour of every page", part)
    yield f"Each page open for {part['seconds']:.0f} simulated seconds, {part['drawn']:,} parts drawn anew,"
    yield f"{part['commits']:,} commits on the board meanwhile; faults: {len(part['faults'])}."
    yield "What the dashboard's process holds after each:"
    yield ""
    keys = ("megabytes", "threads", "files", "boards", "cached_bytes")
    rows = [(one["page"], *(f"{one[key]:,}" for key in keys)) for one in part["held"]]
    yield from _table(("after", "MB", "threads", "open files", "of them on the board", "bytes in caches"), rows)
    yield "Streamlit keeps a session whose browser has gone for two minutes, at most 128 of them, with three open files"
    yield "each."
    yield ""


def _index(part: Figures) -> Iterator[str]:
    yield from _head("Indexes", part)
    yield "Processor time a verb, in us, with 63 others in a commit and alone, by what the schema leaves out."
    yield ""
    yield from _table(("", "together", "alone"), [(name, *one.values()) for name, one in part["verbs"].items()])


def _plans(part: Figures) -> Iterator[str]:
    yield from ("## Query plans", "")
    for name, plan in part["plans"].items():
        yield from (f"`{name}`", "", *(f"    {step}" for step in plan), "")


def _head(title: str, part: Figures) -> Sequence[str]:
    return f"## {title}", "", f"{_measured(part)}.", ""


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield ""


_PARTS: Final = {"pages": _pages, "writing": _writing, "paint": _paint, "hour": _hour, "index": _index}
