"""The dashboard on a board of a million items: its queries, its first paint, what the writer feels, an hour of it.

`python -m bench.dashboard --home HOME` makes the board when there is none, brings an older one forward, and measures
all parts but the hour; `--parts pages writing paint index` some of them; `--hour` the hour. What is measured replaces
that part of the results, the rest stays.
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.big_board import make_big_board
from bench.big_board_people import add_people
from bench.dashboard_hour import simulate
from bench.dashboard_pages import measure_pages
from bench.dashboard_paint import measure_paint
from bench.dashboard_table import table_of
from bench.dashboard_writing import measure_writing, open_engine
from bench.index_cost import measure
from daemon.blackboard.sqlite.files import BOARD_NAME, newest_schema

RESULTS = Path(__file__).parent / "results"
Figures = dict[str, Any]
PARTS: Final = ("pages", "writing", "paint", "index")


def main() -> None:
    """Make or take the board, measure, print and write."""
    options = _options()
    board = options.home / BOARD_NAME
    if not board.exists():
        make_big_board(options.home, items=options.items)
    figures = _known()
    figures |= _brought_forward(options.home)
    figures["board"] = _board(board)
    for part in ("hour",) if options.hour else options.parts:
        load = round(os.getloadavg()[0], 1)
        figures[part] = {"told": _machine(load=load), **_MEASURES[part](options)}
        _write(figures)
    text = table_of(figures)
    print("\n" + text[: text.index("## Query plans")])


_MEASURES: Mapping[str, Callable[[argparse.Namespace], Figures]] = {
    "pages": lambda options: measure_pages(options.home, times=options.times),
    "writing": lambda options: {"cases": measure_writing(options.home, seconds=options.seconds, rounds=options.rounds)},
    "paint": lambda options: {"visits": measure_paint(options.home, rounds=options.rounds)},
    "index": lambda _: {"verbs": measure(items=400, rounds=3)},
    "hour": lambda options: simulate(options.home),
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--hour", action="store_true", help="the hour, and nothing else")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20, help="how often each page asks")
    parser.add_argument("--seconds", type=float, default=5.0, help="of writing, for each case and round")
    parser.add_argument("--rounds", type=int, default=4)
    return parser.parse_args()


def _brought_forward(home: Path) -> Figures:
    """Opened as the daemon opens it, and completed; how long that took, when there was anything to do."""
    before = _schema_of(home / BOARD_NAME)
    started = time.perf_counter()
    asyncio.run(_open_and_close(home))
    seconds = round(time.perf_counter() - started, 1)
    with closing(sqlite3.connect(home / BOARD_NAME)) as db:
        add_people(db)
    if before == newest_schema():
        return {}
    return {"migration": {"from": before, "to": newest_schema(), "seconds": seconds}}


async def _open_and_close(home: Path) -> None:
    async with await open_engine(home):
        pass


def _schema_of(board: Path) -> int:
    with closing(_reading(board)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def _board(board: Path) -> Figures:
    tables = ("items", "calls", "events", "feedback", "prompts", "edits")
    with closing(_reading(board)) as db:
        counts = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    return counts | {"gigabytes": round(board.stat().st_size / 1e9, 2)}


def _reading(board: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{board}?mode=ro", uri=True)


def _machine(*, load: float) -> Figures:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load before": load,
    }


def _known() -> Figures:
    path = RESULTS / "dashboard.json"
    known: Figures = json.loads(path.read_text()) if path.exists() else {}
    return {} if "machine" in known else known


def _write(figures: Figures) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "dashboard.json").write_text(json.dumps(figures, indent=1) + "\n")
    (RESULTS / "dashboard.md").write_text(table_of(figures))


if __name__ == "__main__":
    main()
