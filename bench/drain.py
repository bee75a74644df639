"""Draining a full board through the whole daemon, beside a bare semaphore loop over the same SDK, in one run.

300 items of three calls, each answered after 100 ms, at 3 and at 32 calls at once. Rounds are interleaved; the figure
is the ratio of the medians of the wall time. `python -m bench.drain` writes `bench/results/drain.{json,md}`.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.contestants.drain_load import CALLS_PER_ITEM, answers
from bench.processes import figures_of, model_server

RESULTS = Path(__file__).parent / "results"
LATENCY_SECONDS = 0.1
LEVELS = (3, 32)
FLOOR, OURS = "a semaphore around the bare anthropic SDK", "DavidAgent, the whole daemon"
CONTESTANTS = {FLOOR: "drain_sdk", OURS: "drain_davidagent"}

Runs = dict[str, list[dict[str, Any]]]


def main() -> None:
    """Run all rounds, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--levels", type=int, nargs="*", default=LEVELS)
    parser.add_argument("--whole", action="store_true", help="whole answers instead of streams, for both")
    options = parser.parse_args()
    figures: dict[str, Runs] = {}
    with model_server("--latency", str(LATENCY_SECONDS), "--answers", answers()) as url:
        for number in range(options.rounds):
            for level in options.levels:
                for label, module in CONTESTANTS.items():
                    figure = _run(module, url=url, level=level, options=options)
                    figures.setdefault(str(level), {}).setdefault(label, []).append(figure)
                    print(f"round {number + 1}: {level:2} at once: {label}: {figure['seconds']} s")
    _write(figures, options=options)


def _run(module: str, *, url: str, level: int, options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        arguments = ["--base-url", url, "--items", str(options.items), "--concurrency", str(level), "--home", home]
        return figures_of(module, *arguments, *([] if options.whole else ["--stream"]))


def _write(figures: dict[str, Runs], *, options: argparse.Namespace) -> None:
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "anthropic": version("anthropic"),
        "items": options.items,
        "rounds": options.rounds,
        "answers": "whole" if options.whole else "streams",
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "drain.json").write_text(json.dumps({"machine": machine, "figures": figures}, indent=1) + "\n")
    table = _table(figures, machine, items=options.items)
    (RESULTS / "drain.md").write_text(table)
    print("\n" + table)


def _table(figures: dict[str, Runs], machine: dict[str, Any], *, items: int) -> str:
    lines = ["# Draining a full board", "", ", ".join(f"{key} {value}" for key, value in machine.items()), ""]
    lines += ["Medians of the interleaved rounds; ideal is calls times latency, divided by the calls at once.", ""]
    lines += ["| calls at once | system | seconds | to ideal | CPU ms an item |", "|---|---|---|---|---|"]
    ratios = []
    for level, runs in figures.items():
        ideal = items * CALLS_PER_ITEM * LATENCY_SECONDS / int(level)
        for label, figures_of_label in runs.items():
            seconds, cpu = (_median(figures_of_label, key) for key in ("seconds", "cpu_ms_per_item"))
            lines.append(f"| {level} | {label} | {seconds:.2f} | {seconds / ideal:.3f} | {cpu:.1f} |")
        ratio = _median(runs[OURS], "seconds") / _median(runs[FLOOR], "seconds")
        ratios.append(f"**{ratio:.3f}** at {level}")
    return "\n".join([*lines, "", f"DavidAgent to the bare loop: {', '.join(ratios)}.", ""])


def _median(runs: list[dict[str, Any]], key: str) -> float:
    return statistics.median(run[key] for run in runs)


if __name__ == "__main__":
    main()
