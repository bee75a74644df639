"""What the writer of a board feels while people look at it.

The same verbs, each awaited alone, in turns: nobody looking; the first page open once, and three times, refreshed as it
asks to be; somebody going from page to page without a rest. Viewers are sessions of the real server
(`bench.dashboard_viewers`), so that no browser takes the processor that it would take on another machine.
"""

import asyncio
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.dashboard_server import served
from daemon.blackboard import SqliteEngine, open_board
from daemon.blackboard.records import CallStatus, NewCall, Observation, Settlement, Usage
from daemon.blackboard.states import Step
from daemon.core.clock import SystemClock
from daemon.core.ids import TimeSortedIds

Figures = dict[str, Any]
NOBODY: Final = "nobody looks"
_CASES: Final[dict[str, Sequence[str] | None]] = {
    NOBODY: None,
    "one dashboard is open": ("--viewers", "1"),
    "three are open": ("--viewers", "3"),
    "one goes from page to page, one each 2 s": ("--viewers", "1", "--walk", "2"),
    "one goes from page to page without a rest": ("--viewers", "1", "--walk", "0"),
}


def measure_writing(home: Path, *, seconds: float, rounds: int) -> Figures:
    """Milliseconds of single verbs by who looks, and how the rounds differ: `{case: {"verbs", "median", …}}`."""
    with served(home) as dashboard:
        return asyncio.run(_measured(home, origin=dashboard.origin, seconds=seconds, rounds=rounds))


async def _measured(home: Path, *, origin: str, seconds: float, rounds: int) -> Figures:
    taken: dict[str, list[list[float]]] = {name: [] for name in _CASES}
    async with await open_engine(home) as engine:
        await _verbs(engine, seconds=min(1.0, seconds))
        for _ in range(rounds):
            for name, options in _CASES.items():
                with _looking(origin, options):
                    taken[name].append(await _verbs(engine, seconds=seconds))
    return {name: _summary(runs) for name, runs in taken.items()}


@contextmanager
def _looking(origin: str, options: Sequence[str] | None) -> Iterator[None]:
    if options is None:
        yield
        return
    command = [sys.executable, "-m", "bench.dashboard_viewers", origin, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        for _ in range(int(options[1])):
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


def _summary(runs: Sequence[Sequence[float]]) -> Figures:
    """Of all rounds together; and the median of the rounds' own 99th percentiles, which one bad moment moves less."""
    cuts = statistics.quantiles([one for run in runs for one in run], n=100)
    p99s = [statistics.quantiles(run, n=100)[98] for run in runs]
    return {
        "verbs": sum(map(len, runs)),
        "median": round(cuts[49], 2),
        "p95": round(cuts[94], 2),
        "p99": round(cuts[98], 2),
        "p99_of_rounds": round(statistics.median(p99s), 2),
        "largest": round(max(map(max, runs)), 1),
    }


async def open_engine(home: Path) -> SqliteEngine:
    """The board, as its one writer."""
    clock = SystemClock()
    return await open_board(home=home, clock=clock, ids=TimeSortedIds(clock.now, random.Random(7)), boot_id="bench")
