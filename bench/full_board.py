"""What 100,000 queued items cost: memory, claims, `status`, start-up, disk; at rest and with work going on.

Boards of a few and of 100,000 items are made by the real engine, and the real program runs on them, with the offline
brain and no network. The boards take turns, so that a change of the machine's speed meets both alike.
`python -m bench.full_board` writes `bench/results/full_board.{json,md}`.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.desk_process import DeskProcess
from bench.full_board_table import table
from daemon.blackboard import open_board
from daemon.blackboard.states import Step
from daemon.core.clock import SystemClock
from daemon.core.ids import TimeSortedIds
from daemon.runtime.desk import PAUSED
from tests.fakes.full_boards import fill_board, offline_config

RESULTS = Path(__file__).parent / "results"
FEW = 2_000
SETTLING_SECONDS = 5.0
Figures = dict[str, Any]


def main() -> None:
    """Make the boards, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--claims", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--memory", choices=("off", "embedded"), default="off")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        figures = _measure(Path(folder), options)
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load before": round(load, 1),
        **vars(options),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "full_board.json").write_text(json.dumps({"machine": machine, "figures": figures}, indent=1) + "\n")
    text = table(figures, machine)
    (RESULTS / "full_board.md").write_text(text)
    print("\n" + text)


def _measure(folder: Path, options: argparse.Namespace) -> Figures:
    homes = {count: folder / str(count) / "home" for count in (0, FEW, options.items)}
    figures: Figures = {"boards": {count: _fill(home, count=count) for count, home in homes.items()}}
    figures["at_rest"] = _at_rest({count: homes[count] for count in (0, options.items)}, options=options)
    working = {count: homes[count] for count in (FEW, options.items)}
    figures["claims"] = {count: _claims(home, options=options) for count, home in working.items()}
    figures["at_work"] = {count: _at_work(home, "run", options=options) for count, home in working.items()}
    figures["once"] = {options.items: _at_work(homes[options.items], "once", options=options)}
    return figures


def _fill(home: Path, *, count: int) -> Figures:
    started = time.perf_counter()
    asyncio.run(fill_board(home, count=count))
    seconds = time.perf_counter() - started
    size = (home / "blackboard.db").stat().st_size
    print(f"made a board of {count:,} items in {seconds:.1f} s: {size / 1e6:.1f} MB")
    return {"seconds": round(seconds, 2), "bytes": size}


# --- at rest: the daemon is paused, so the queue stays as it is ---


def _at_rest(homes: dict[int, Path], *, options: argparse.Namespace) -> dict[int, Figures]:
    figures: dict[int, Figures] = {
        count: {"ready": [], "healthy": [], "resident_mb": [], "status": []} for count in homes
    }
    for number in range(options.rounds):
        for count, home in homes.items():
            _rest_once(home, found=figures[count], options=options)
            found = figures[count]
            print(
                f"round {number + 1}: {count:,} queued: ready after {found['ready'][-1]:.2f} s, "
                f"{found['resident_mb'][-1]:.1f} MB, status in {max(found['status'][-3:]):.2f} s"
            )
    return figures


def _rest_once(home: Path, *, found: Figures, options: argparse.Namespace) -> None:
    config = _config(home, options=options)
    desk = DeskProcess(config, home=home)
    desk.start_and_wait()
    found["ready"].append(round(desk.ready_seconds, 3))
    found["healthy"].append(round(desk.healthy_seconds, 3))
    found["status"] += [_status_seconds(config) for _ in range(3)]
    time.sleep(SETTLING_SECONDS)
    found["resident_mb"].append(desk.sample().resident_mb)
    desk.stop()


def _status_seconds(config: Path) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "daemon", "--config", config, "status", "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    return round(time.perf_counter() - started, 3)


# --- claims: through the engine, each with its commit ---


def _claims(home: Path, *, options: argparse.Namespace) -> dict[str, list[float]]:
    """Milliseconds of each claim by its size, and of commits of one small row between them: what the disk takes."""
    copy = _copy(home)
    try:
        found = asyncio.run(_claim_all(copy, count=options.claims))
    finally:
        shutil.rmtree(copy)
    return found


async def _claim_all(home: Path, *, count: int) -> dict[str, list[float]]:
    clock = SystemClock()
    ids = TimeSortedIds(clock.now, random.Random(1))
    found: dict[str, list[float]] = {"claim of 1": [], "claim of 16": [], "commit of one row": []}
    async with await open_board(home=home, clock=clock, ids=ids, boot_id="bench") as engine:
        claim = partial(engine.claim, worker_id="bench", steps=list(Step), lease_seconds=60)
        for number in range(count):
            found["claim of 1"].append(await _milliseconds(claim(limit=1)))
            found["commit of one row"].append(await _milliseconds(engine.write_vital("bench", str(number))))
        for _ in range(min(count, 100)):
            found["claim of 16"].append(await _milliseconds(claim(limit=16)))
    return found


async def _milliseconds(work: Awaitable[object]) -> float:
    started = time.perf_counter()
    await work
    return round((time.perf_counter() - started) * 1000, 3)


# --- at work: the offline brain drains the board for a while ---


def _at_work(home: Path, command: str, *, options: argparse.Namespace) -> Figures:
    copy = _copy(home)
    try:
        asyncio.run(_resume(copy))
        config = _config(copy, options=options)
        desk = DeskProcess(config, home=copy, command=command)
        desk.start()
        samples = desk.watch(seconds=options.seconds)
        status = [_status_seconds(config) for _ in range(5)]
        desk.kill()
        last = samples[-1]
        print(f"{command}: {last.published:,} published in {last.seconds:.0f} s, {last.resident_mb:.1f} MB")
        return {"samples": [asdict(sample) for sample in samples], "status": status, **_after_kill(copy, config)}
    finally:
        shutil.rmtree(copy)


def _after_kill(home: Path, config: Path) -> Figures:
    desk = DeskProcess(config, home=home)
    desk.start_and_wait()
    desk.stop()
    return {"ready_after_kill": round(desk.ready_seconds, 3)}


async def _resume(home: Path) -> None:
    clock = SystemClock()
    ids = TimeSortedIds(clock.now, random.Random(2))
    async with await open_board(home=home, clock=clock, ids=ids, boot_id="bench") as engine:
        await engine.set_control(PAUSED, None, by="bench")


def _config(home: Path, *, options: argparse.Namespace) -> Path:
    return offline_config(home, memory={"mode": options.memory}, log={"level": "error"})


def _copy(home: Path) -> Path:
    """A copy that is on the disk: else the first checkpoint would pay for the copying."""
    copy = Path(shutil.copytree(home, home.parent / "copy"))
    with (copy / "blackboard.db").open("rb") as file:
        os.fsync(file.fileno())
    return copy


if __name__ == "__main__":
    main()
