"""The dashboard on a board of a million items: what each page's queries take, their plans, and what the writer feels.

`python -m bench.dashboard --home HOME` takes a board that `bench.big_board` made (it is brought forward and written
to), or makes one there. Writes `bench/results/dashboard.{json,md}`.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.big_board import make_big_board
from bench.dashboard_pages import newest_moment, pages_of
from bench.index_cost import measure
from daemon.blackboard import SqliteEngine, open_board
from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import CallStatus, NewCall, Observation, Settlement, Usage
from daemon.blackboard.sqlite.files import BOARD_NAME
from daemon.blackboard.states import Step
from daemon.core.clock import SystemClock
from daemon.core.ids import TimeSortedIds

RESULTS = Path(__file__).parent / "results"
FILES = ("overview", "items", "item", "letters", "costs", "sources")
TARGET_MS = 300.0
Figures = dict[str, Any]


def main() -> None:
    """Make or take the board, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    board = options.home / BOARD_NAME
    figures: Figures = {"load before": round(os.getloadavg()[0], 1)}
    if not board.exists():
        make_big_board(options.home, items=options.items)
    figures["migration_seconds"] = _bring_forward(options.home)
    figures["board"] = _board(board)
    figures["pages"] = _pages(board, times=options.times)
    figures["plans"] = _plans(board)
    figures["writing"] = asyncio.run(_writing(options.home, seconds=options.seconds, rounds=options.rounds))
    figures["index_cost_us"] = measure(items=400, rounds=3)
    _write(figures, options=options)


def _bring_forward(home: Path) -> float:
    """Opened as the daemon opens it. Statistics of ANALYZE are dropped: a board in use has none."""
    started = time.perf_counter()
    asyncio.run(_open_and_close(home))
    seconds = time.perf_counter() - started
    with closing(sqlite3.connect(home / BOARD_NAME)) as db, db:
        if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").fetchone():
            db.execute("DELETE FROM sqlite_stat1")
    return round(seconds, 1)


async def _open_and_close(home: Path) -> None:
    async with await _open(home):
        pass


def _board(board: Path) -> Figures:
    with closing(_reading(board)) as db:
        counts = {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("items", "calls", "events")
        }
    return counts | {"gigabytes": round(board.stat().st_size / 1e9, 2)}


def _pages(board: Path, *, times: int) -> Figures:
    """Milliseconds of each page: the first time in this process, then the others, and their processor time."""
    found: Figures = {}
    for name, ask in pages_of(board, now=newest_moment(board)).items():
        taken, worked = zip(*(_milliseconds(ask) for _ in range(times + 1)), strict=True)
        later = sorted(taken[1:])
        p95 = later[min(len(later) - 1, round(0.95 * (len(later) - 1)))]
        medians = {"median": round(statistics.median(later), 1), "processor": round(statistics.median(worked[1:]), 1)}
        found[name] = {"first": taken[0], "p95": p95} | medians
        print(f"{name}: {found[name]}", flush=True)
    return found


def _milliseconds(ask: Any) -> tuple[float, float]:
    """By the clock, and of this process's work: others on the machine lengthen the first alone."""
    started, worked = time.perf_counter(), time.process_time()
    ask()
    return round((time.perf_counter() - started) * 1000, 1), round((time.process_time() - worked) * 1000, 1)


def _plans(board: Path) -> dict[str, list[str]]:
    with closing(_reading(board)) as db:
        return {
            f"{file}.{name}": [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", _parameters(query))]
            for file in FILES
            for name, query in load_queries(f"read_desk_{file}").items()
        }


def _parameters(query: str) -> dict[str, str]:
    return dict.fromkeys(re.findall(r":(\w+)", query), "[]")


def _reading(board: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{board}?mode=ro", uri=True)


# --- what the writer feels ---


async def _writing(home: Path, *, seconds: float, rounds: int) -> Figures:
    """Milliseconds of single verbs, each awaited alone: nobody looking, one dashboard open, one that never rests."""
    found: dict[str, list[float]] = {"nobody looks": [], "a dashboard is open": [], "it asks without a pause": []}
    async with await _open(home) as engine:
        await _verbs(engine, seconds=1.0)
        for _ in range(rounds):
            for name, every in zip(found, (None, 1.0, 0.0), strict=True):
                with _looking(home, every=every):
                    found[name] += await _verbs(engine, seconds=seconds)
    return {name: _summary(taken) for name, taken in found.items()}


@contextmanager
def _looking(home: Path, *, every: float | None) -> Iterator[None]:
    if every is None:
        yield
        return
    command = [sys.executable, "-m", "bench.dashboard_pages", str(home), "--every", str(every)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


async def _verbs(engine: SqliteEngine, *, seconds: float) -> list[float]:
    taken: list[float] = []
    until = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < until:
        number += 1
        seen = Observation(title=f"New {number} of {time.time()}", text="Words. " * 50, url=None, identities=())
        await _timed(engine.post([seen], source_id=1, by="bench"), taken)
        claims = await _timed(engine.claim(worker_id="w", steps=set(Step), limit=1, lease_seconds=60), taken)
        for claim in claims:
            call = NewCall(claim.item.id, "left", "extract", "gemini", "m", request_hash="h", reserved_micro=9_000)
            call_id = await _timed(engine.begin_call(call, caps={}), taken)
            settlement = Settlement(CallStatus.OK, Usage(3_000, 700), cost_micro=1_400, answer="{}")
            await _timed(engine.settle_call(call_id, settlement), taken)
            await _timed(engine.advance(claim), taken)
    return taken


async def _timed(verb: Awaitable[Any], taken: list[float]) -> Any:
    started = time.perf_counter()
    result = await verb
    taken.append((time.perf_counter() - started) * 1000)
    return result


def _summary(taken: list[float]) -> Figures:
    cuts = statistics.quantiles(taken, n=100)
    return {"verbs": len(taken), "median": round(cuts[49], 2), "p95": round(cuts[94], 2), "p99": round(cuts[98], 2)}


async def _open(home: Path) -> SqliteEngine:
    clock = SystemClock()
    return await open_board(home=home, clock=clock, ids=TimeSortedIds(clock.now, random.Random(7)), boot_id="bench")


# --- the report ---


def _write(figures: Figures, *, options: argparse.Namespace) -> None:
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "times": options.times,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "dashboard.json").write_text(json.dumps({"machine": machine, "figures": figures}, indent=1) + "\n")
    text = _table(figures, machine)
    (RESULTS / "dashboard.md").write_text(text)
    print("\n" + text[: text.index("## Query plans")])


def _table(figures: Figures, machine: dict[str, Any]) -> str:
    lines = [
        *("# The dashboard on a large board", "", ", ".join(f"{key} {value}" for key, value in machine.items()), ""),
        (
            f"{', '.join(f'{count:,} {table}' for table, count in figures['board'].items())}; "
            f"load {figures['load before']} before."
        ),
        *("", "## Pages", "", f"All queries of a page together, in ms; the target is {TARGET_MS:.0f}.", ""),
        *("| page | first in the process | median | p95 | processor, median |", "|---|---|---|---|---|"),
        *(
            f"| {name} | {one['first']} | {one['median']} | {one['p95']} | {one['processor']} |"
            for name, one in figures["pages"].items()
        ),
        *("", "## The writer", "", "A verb awaited alone, in ms.", ""),
        *("| | verbs | median | p95 | p99 |", "|---|---|---|---|---|"),
        *(
            f"| {name} | {one['verbs']:,} | {one['median']} | {one['p95']} | {one['p99']} |"
            for name, one in figures["writing"].items()
        ),
        *("", "Processor time a verb, in us, with 63 others in a commit and alone, by what the schema leaves out.", ""),
        *("| | together | alone |", "|---|---|---|"),
        *(f"| {name} | {one['together']} | {one['alone']} |" for name, one in figures["index_cost_us"].items()),
        *("", "## Query plans", ""),
    ]
    for name, plan in figures["plans"].items():
        lines += [f"`{name}`", "", *(f"    {step}" for step in plan), ""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    main()
