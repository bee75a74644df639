"""What keeping the prompts costs: the whole daemon draining a board with them, and without, in paired rounds.

Each round runs both, in turns which of them first. `python -m bench.kept_prompts` writes
`bench/results/kept_prompts.{json,md}`.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.contestants.drain_load import answers
from bench.processes import figures_of, model_server

RESULTS = Path(__file__).parent / "results"
LATENCY_SECONDS = 0.02
DAYS = (30, 0)
_SIZES = {
    "prompts": "SELECT count(*) FROM prompts",
    "text": "SELECT coalesce(sum(length(CAST(prompt AS BLOB))), 0) FROM prompts",
    "board": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
}

Figures = dict[int, list[dict[str, Any]]]


def main() -> None:
    """Run all rounds, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=32)
    options = parser.parse_args()
    figures: Figures = {days: [] for days in DAYS}
    with model_server("--latency", str(LATENCY_SECONDS), "--answers", answers()) as url:
        for number in range(options.rounds):
            for days in DAYS if number % 2 else reversed(DAYS):
                figure = _run(url, days=days, options=options)
                figures[days].append(figure)
                print(f"round {number + 1}: {days:2} days: {figure}")
    _write(figures, options=options)


def _run(url: str, *, days: int, options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        load = ["--items", str(options.items), "--concurrency", str(options.concurrency), "--home", home]
        told = figures_of("drain_davidagent", "--base-url", url, *load, "--keep-prompts-days", str(days))
        with closing(sqlite3.connect(Path(home, "home", "blackboard.db"))) as board:
            return told | {name: board.execute(query).fetchone()[0] for name, query in _SIZES.items()}


def _write(figures: Figures, *, options: argparse.Namespace) -> None:
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "items": options.items,
        "rounds": options.rounds,
        "at once": options.concurrency,
    }
    document = {"machine": machine, "figures": {str(days): runs for days, runs in figures.items()}}
    (RESULTS / "kept_prompts.json").write_text(json.dumps(document, indent=1) + "\n")
    table = _table(figures, machine, items=options.items)
    (RESULTS / "kept_prompts.md").write_text(table)
    print("\n" + table)


def _table(figures: Figures, machine: dict[str, Any], *, items: int) -> str:
    lines = ["# What keeping the prompts costs", "", ", ".join(f"{key} {value}" for key, value in machine.items()), ""]
    lines += ["Medians of the paired rounds; bytes are those of an item, of its text as it was asked and of the board."]
    lines += [
        "",
        "| days kept | seconds | items/s | CPU ms an item | prompts | text | board |",
        "|---|---|---|---|---|---|---|",
    ]
    for days, runs in figures.items():
        seconds, cpu, *sizes = (_median(runs, key) for key in ("seconds", "cpu_ms_per_item", *_SIZES))
        per_item = " | ".join(f"{size / items:,.1f}" for size in sizes)
        lines.append(f"| {days} | {seconds:.2f} | {items / seconds:.1f} | {cpu:.2f} | {per_item} |")
    kept, none = (figures[days] for days in DAYS)
    pairs = [one["seconds"] / other["seconds"] for one, other in zip(kept, none, strict=True)]
    cpu = [one["cpu_ms_per_item"] / other["cpu_ms_per_item"] for one, other in zip(kept, none, strict=True)]
    wall, work = statistics.median(pairs), statistics.median(cpu)
    return "\n".join([*lines, "", f"With to without, in pairs: **{wall:.3f}** of the time, {work:.3f} of the CPU.", ""])


def _median(runs: list[dict[str, Any]], key: str) -> float:
    return statistics.median(run[key] for run in runs)


if __name__ == "__main__":
    main()
