"""Durable steps per second, beside peers, interleaved in one run.

Every contestant drains the same load: items of four steps, each step saving about 2 KB of JSON, crash-safe between
steps, no work in the step. Rounds are interleaved so that a change of the machine's speed meets all alike; the figure
is the median, and what counts is the ratio within a run. `python -m bench.durable_steps` writes
`bench/results/durable_steps.{json,md}`.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Contestant:
    """One system, and how many items it gets (slow ones fewer: the figure is per step)."""

    label: str
    module: str
    share: float
    environ: tuple[tuple[str, str], ...] = ()


CONTESTANTS = (
    Contestant("DavidAgent worker loop", "davidagent_worker", 1.0),
    Contestant("LangGraph, SQLite checkpointer, 64 at once", "langgraph_sqlite", 0.15),
    Contestant("DBOS on SQLite, one at a time", "dbos_sqlite", 0.15),
    Contestant("DBOS on SQLite, 64 at once", "dbos_sqlite", 0.15, (("DBOS_AT_ONCE", "64"),)),
    Contestant("bare group commit on aiosqlite (no ledger, no lease)", "group_commit", 1.0),
)
PEERS = tuple(c.label for c in CONTESTANTS[1:4])


def main() -> None:
    """Run all rounds, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    figures: dict[str, dict[str, list[dict[str, float]]]] = {}
    for number in range(options.rounds):
        for synchronous in ("full", "normal"):
            for contestant in CONTESTANTS:
                figure = _run(contestant, items=int(options.items * contestant.share), synchronous=synchronous)
                figures.setdefault(synchronous, {}).setdefault(contestant.label, []).append(figure)
                print(f"round {number + 1}: {synchronous:6} {contestant.label}: {figure['steps_per_second']:.0f}/s")
    _write(figures, options=options)


def _run(contestant: Contestant, *, items: int, synchronous: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", f"bench.contestants.{contestant.module}", "--home", home]
        command += ["--items", str(items), "--synchronous", synchronous]
        environ = {**os.environ, **dict(contestant.environ)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)  # noqa: S603
    if done.returncode:
        sys.exit(f"{contestant.label} failed:\n{done.stderr}")
    figure: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figure


def _write(figures: dict[str, dict[str, list[dict[str, float]]]], *, options: argparse.Namespace) -> None:
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "langgraph": version("langgraph"),
        "dbos": version("dbos"),
        "items": options.items,
        "rounds": options.rounds,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "durable_steps.json").write_text(json.dumps({"machine": machine, "figures": figures}, indent=1) + "\n")
    table = _table(figures, machine)
    (RESULTS / "durable_steps.md").write_text(table)
    print("\n" + table)


def _table(figures: dict[str, dict[str, list[dict[str, float]]]], machine: dict[str, Any]) -> str:
    lines = [
        "# Durable steps per second",
        "",
        ", ".join(f"{key} {value}" for key, value in machine.items()),
        "",
        "Medians of the interleaved rounds, with the least and the most.",
    ]
    for synchronous, contestants in figures.items():
        lines += ["", f"## synchronous = {synchronous}", ""]
        lines += ["| system | steps/s | least to most | CPU us a step | peak RSS MB |", "|---|---|---|---|---|"]
        lines += [_row(label, runs) for label, runs in contestants.items()]
        best = max(_median(contestants[label], "steps_per_second") for label in PEERS)
        ours = _median(contestants[CONTESTANTS[0].label], "steps_per_second")
        lines += ["", f"DavidAgent to the best peer: **{ours / best:.1f} times**."]
    return "\n".join(lines) + "\n"


def _row(label: str, runs: list[dict[str, float]]) -> str:
    rates = [run["steps_per_second"] for run in runs]
    cells = [
        f"{statistics.median(rates):,.0f}",
        f"{min(rates):,.0f} to {max(rates):,.0f}",
        f"{_median(runs, 'cpu_us_per_step'):,.0f}",
        f"{_median(runs, 'peak_rss_mb'):,.0f}",
    ]
    return f"| {label} | {' | '.join(cells)} |"


def _median(runs: list[dict[str, float]], key: str) -> float:
    return statistics.median(run[key] for run in runs)


if __name__ == "__main__":
    main()
