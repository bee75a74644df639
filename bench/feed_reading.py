"""Reading 500 feeds of 100 entries through the real senses and board, beside plain loops over feedparser, in one run.

The feeds stand on a loopback server in a process of its own. Three rounds: all new, all unchanged (304), one new entry
each. A watcher in the event loop says how long it was blocked; memory is looked at from outside.
`python -m bench.feed_reading` writes `bench/results/feed_reading.{json,md}`.
"""

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

RESULTS = Path(__file__).parent / "results"
ENTRIES = 100
OURS = "DavidAgent: parsed, cleaned, named, posted"
PARSED, STORED = "urllib and feedparser, one after the other", "the same, into a SQLite table"
_LOOK_SECONDS = 0.1


def main() -> None:
    """Run all, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, nargs="*", default=[50, 200, 500], help="how many; the last also plainly")
    options = parser.parse_args()
    ours = {feeds: _ours(feeds) for feeds in options.feeds}
    most = options.feeds[-1]
    with _hall(most) as (port, size, packed):
        plain = {
            PARSED: _figures("feed_plain", port=port, feeds=most)[0],
            STORED: _figures("feed_plain", "--store", port=port, feeds=most)[0],
        }
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "load before": round(os.getloadavg()[2], 1),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "feedparser": version("feedparser"),
        "fastfeedparser": version("fastfeedparser"),
        "entries a feed": ENTRIES,
        "kB a feed": round(size / most / 1000),
        "kB packed": round(packed / most / 1000),
    }
    result = {"machine": machine, "ours": ours, "plain": plain}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "feed_reading.json").write_text(json.dumps(result, indent=1) + "\n")
    table = _table(machine, ours=ours, plain=plain)
    (RESULTS / "feed_reading.md").write_text(table)
    print("\n" + table)


def _ours(feeds: int) -> dict[str, Any]:
    with _hall(feeds) as (port, _, _):
        rounds, memory = _figures("feed_davidagent", port=port, feeds=feeds)
    print(f"{feeds} feeds: {rounds} {memory}")
    return {"rounds": rounds, "memory": memory}


@contextmanager
def _hall(feeds: int) -> Iterator[tuple[int, int, int]]:
    """A hall of so many feeds; answers its port, and how large all documents are, plain and packed."""
    command = [sys.executable, "-m", "bench.contestants.feed_hall", "--feeds", str(feeds), "--entries", str(ENTRIES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            port, size, packed = map(int, process.stdout.readline().split())
            yield port, size, packed
        finally:
            process.kill()


def _figures(module: str, *more: str, port: int, feeds: int) -> tuple[dict[str, Any], dict[str, float]]:
    """A contestant's own figures, and its memory as seen from outside, in megabytes."""
    command = [sys.executable, "-m", f"bench.contestants.{module}", "--port", str(port), "--feeds", str(feeds), *more]
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        memory = _watched(psutil.Process(process.pid))
        assert process.stdout is not None
        answer = process.stdout.read()
    if process.returncode:
        sys.exit(f"{module} failed; run it by hand: {' '.join(command)}")
    figures: dict[str, Any] = json.loads(answer)
    return figures, memory


def _watched(process: psutil.Process) -> dict[str, float]:
    """Peak memory of a process and of all its children together, until it ends."""
    own = children = 0.0
    try:
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            own = max(own, process.memory_info().rss / 1e6)
            children = max(children, sum(_size(child) for child in process.children()))
            time.sleep(_LOOK_SECONDS)
    except psutil.NoSuchProcess:
        pass
    return {"daemon_mb": round(own, 1), "parsers_mb": round(children, 1)}


def _size(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss / 1e6)
    except psutil.NoSuchProcess:
        return 0.0


def _table(machine: dict[str, Any], *, ours: dict[int, Any], plain: dict[str, dict[str, Any]]) -> str:
    most = max(ours)
    first = ours[most]["rounds"]["first"]
    lines = ["# Reading feeds", "", ", ".join(f"{key} {value}" for key, value in machine.items()), ""]
    blocked = (
        "Blocked: the longest time the event loop came late to a task that asks to be woken every 2 ms. Of its own: at"
        " most as much of a delay as the daemon's process computed meanwhile, in all its threads; the rest the"
        " processors spent on the parsers, the feeds' server, and whatever else ran on the machine."
    )
    lines += [
        blocked,
        "",
        "| feeds | round | seconds | new items | entries/s | blocked ms | of its own | over 50 ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for feeds, figures in ours.items():
        lines += [_round_row(feeds, name, one) for name, one in figures["rounds"].items()]
    lines += ["", "| feeds | peak memory of the daemon | of its two parsers together |", "|---|---|---|"]
    lines += [
        f"| {feeds} | {figures['memory']['daemon_mb']} MB | {figures['memory']['parsers_mb']} MB |"
        for feeds, figures in ours.items()
    ]
    lines += ["", f"| {most} new feeds | seconds | entries/s | to DavidAgent |", "|---|---|---|---|"]
    for name, one in {OURS: first, **plain}.items():
        speed, ratio = one["items"] / one["seconds"], one["seconds"] / first["seconds"]
        lines.append(f"| {name} | {one['seconds']} | {speed:,.0f} | {ratio:.2f} |")
    return "\n".join([*lines, ""])


def _round_row(feeds: int, name: str, one: dict[str, Any]) -> str:
    speed = "" if name == "unchanged" else f"{feeds * ENTRIES / one['seconds']:,.0f}"
    cells = (feeds, name, one["seconds"], one["items"], speed, one["blocked_ms"], one["own_ms"], one["over_50_ms"])
    return f"| {' | '.join(str(cell) for cell in cells)} |"


if __name__ == "__main__":
    main()
