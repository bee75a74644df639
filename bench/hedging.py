"""What hedging does to the slowest calls, measured through the gateway and the real SDK.

A server of our own on the loopback answers after a fixed time, and one request in a hundred, evenly spread, after 20
times that. The same questions go through two gateways that differ in `llm.hedge.enabled` only, each with its own server
and its own board, in turns of a few hundred calls so that a change of the machine's speed meets both alike. p99 is the
value at `sorted[int(n * 0.99)]`. Additional calls are those of the ledger beyond the questions asked.
`python -m bench.hedging` writes `bench/results/hedging.{json,md}`.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.processes import model_server
from brains.llm.base import CallContext, ModelRequest
from brains.llm.gateway import EchelonGateway, build_gateway
from brains.llm.hedging import Hedger
from brains.schemas import Knowledge
from daemon.blackboard import open_board
from daemon.blackboard.records import Observation
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter, Event
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.loading import load_settings
from daemon.core.settings.models import Settings
from daemon.resilience.attempts import LocalAttempts
from daemon.resilience.gate import Gate
from daemon.runtime.bookkeeping import BoardLedger

RESULTS = Path(__file__).parent / "results"
ANSWER = Knowledge(language="en", gist="A tramway was opened.").model_dump_json()
TAIL_SHARE, TAIL_TIMES = 0.01, 20
WARM_UP = 100
"""Calls before anything is measured: connections, imports, and enough latencies to know what is slow."""
AT_ONCE = 16


@dataclass
class Arm:
    """One gateway, and what was measured on it."""

    gateway: EchelonGateway
    items: list[str]
    home: Path
    seconds: list[float] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    asked: int = 0


def main() -> None:
    """Run both, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, help="measured calls of each gateway")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.4, help="seconds of an answer that is not slow")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        figures = asyncio.run(_measure(options, home=Path(home)))
    _write(figures, options=options)


async def _measure(options: argparse.Namespace, *, home: Path) -> dict[str, dict[str, Any]]:
    with ExitStack() as servers:
        urls = [servers.enter_context(_server(options)) for _ in range(2)]
        async with AsyncExitStack() as arms:
            plain = await arms.enter_async_context(_arm(home / "plain", base_url=urls[0], is_hedged=False))
            hedged = await arms.enter_async_context(_arm(home / "hedged", base_url=urls[1], is_hedged=True))
            for arm in (plain, hedged):
                await _ask_all(arm, count=WARM_UP)
                arm.seconds.clear()
            for turn in range(options.turns):
                for arm in (plain, hedged):
                    await _ask_all(arm, count=options.calls // options.turns)
                print(f"turn {turn + 1}: p99 {_p99_ms(plain)} ms, with hedging {_p99_ms(hedged)} ms")
        return {"without": _figures(plain), "with hedging": _figures(hedged)}


def _server(options: argparse.Namespace) -> Any:
    tail = ["--tail-share", str(TAIL_SHARE), "--tail-latency", str(options.latency * TAIL_TIMES)]
    return model_server("--latency", str(options.latency), *tail, "--answers", json.dumps({"": ANSWER}))


# --- one gateway on its board ---


@asynccontextmanager
async def _arm(home: Path, *, base_url: str, is_hedged: bool) -> AsyncIterator[Arm]:
    settings = _settings(home, base_url=base_url, is_hedged=is_hedged)
    clock, emitter, rng = SystemClock(), Emitter(), random.Random(1)
    ids = TimeSortedIds(clock.now, rng)
    async with await open_board(home=home, clock=clock, ids=ids, boot_id="bench", emitter=emitter) as engine:
        seen = [Observation(title=f"Item {number}", text="A sentence.") for number in range(500)]
        items = [posted.item_id for posted in await engine.post(seen, source_id=None, by="bench")]
        gateway = build_gateway(
            settings.llm,
            ledger=BoardLedger(engine=engine, budget=settings.budget),
            gate=Gate(settings.llm.max_concurrency),
            clock=clock,
            rng=rng,
            emit=emitter.emit,
            hedger=Hedger(settings.llm.hedge, clock=clock, emit=emitter.emit),
        )
        arm = Arm(gateway, items, home)
        emitter.listen(arm.events.append)
        yield arm
        await gateway.close()


def _settings(home: Path, *, base_url: str, is_hedged: bool) -> Settings:
    home.mkdir()
    model = {"provider": "anthropic", "api_key": "test-key-0000", "base_url": base_url}
    llm = {
        "max_concurrency": AT_ONCE * 2,
        "models": {
            "writer": {**model, "model": "claude-sonnet-5-5"},
            "spare": {**model, "model": "claude-haiku-4-5"},
        },
        "groups": {"left": {"echelon1": {"models": ["writer"]}, "echelon2": {"models": ["spare"]}}},
        "roles": {"extract": "left", "draft": "left", "review": "left"},
        "hedge": {"enabled": is_hedged},
    }
    budget = {"daily_usd": 10_000, "monthly_usd": 10_000, "per_item_usd": 1000, "burn": {"enabled": False}}
    overrides = {"home": str(home), "llm": llm, "budget": budget}
    return load_settings(environ={}, cwd=home, overrides=overrides).settings


async def _ask_all(arm: Arm, *, count: int) -> None:
    numbers = iter(range(arm.asked, arm.asked + count))

    async def keep_asking() -> None:
        for number in numbers:
            before = time.perf_counter()
            await arm.gateway.ask(_request(number), _context(arm, number))
            arm.seconds.append(time.perf_counter() - before)

    await asyncio.gather(*(keep_asking() for _ in range(AT_ONCE)))
    arm.asked += count


def _request(number: int) -> ModelRequest:
    return ModelRequest(
        task="extract",
        brain="left",
        system="You record facts.",
        prompt=f"Item {number}. The council opened the tramway on Tuesday after long repairs.",
        schema=Knowledge,
        prompt_version="bench",
    )


def _context(arm: Arm, number: int) -> CallContext:
    return CallContext(item_id=arm.items[number % len(arm.items)], round=0, epoch=1, attempts=LocalAttempts())


# --- figures ---


def _figures(arm: Arm) -> dict[str, Any]:
    ordered = sorted(arm.seconds)
    kinds = _ledger(arm.home)
    return {
        "calls": len(ordered),
        "p50_ms": _ms(ordered[len(ordered) // 2]),
        "p95_ms": _ms(ordered[int(len(ordered) * 0.95)]),
        "p99_ms": _ms(ordered[int(len(ordered) * 0.99)]),
        "p999_ms": _ms(ordered[int(len(ordered) * 0.999)]),
        "slowest_ms": _ms(ordered[-1]),
        "mean_ms": _ms(sum(ordered) / len(ordered)),
        "asked": arm.asked,
        "additional_calls": kinds.total() - arm.asked,
        "additional_percent": round(100 * (kinds.total() / arm.asked - 1), 2),
        "ledger": dict(kinds),
        "winners": dict(Counter(event.data["winner"] for event in arm.events if event.type == "call_hedged")),
    }


def _ledger(home: Path) -> Counter[str]:
    """How many calls there are in the ledger, by kind."""
    board = sqlite3.connect(f"file:{home / 'blackboard.db'}?mode=ro", uri=True)
    try:
        return Counter(dict(board.execute("SELECT kind, count(*) FROM calls GROUP BY kind")))
    finally:
        board.close()


def _p99_ms(arm: Arm) -> float:
    return _ms(sorted(arm.seconds)[int(len(arm.seconds) * 0.99)])


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _write(figures: dict[str, dict[str, Any]], *, options: argparse.Namespace) -> None:
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "anthropic": version("anthropic"),
        "latency": options.latency,
        "tail": f"{TAIL_SHARE:.0%} of requests at {TAIL_TIMES} times",
        "calls at once": AT_ONCE,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "hedging.json").write_text(json.dumps({"machine": machine, "figures": figures}, indent=1) + "\n")
    table = _table(figures, machine)
    (RESULTS / "hedging.md").write_text(table)
    print("\n" + table)


def _table(figures: dict[str, dict[str, Any]], machine: dict[str, Any]) -> str:
    columns = ["p50_ms", "p95_ms", "p99_ms", "p999_ms", "slowest_ms", "mean_ms", "additional_percent"]
    times = figures["without"]["p99_ms"] / figures["with hedging"]["p99_ms"]
    more = figures["with hedging"]["additional_percent"]
    lines = [
        "# Hedging",
        "",
        ", ".join(f"{key} {value}" for key, value in machine.items()),
        "",
        f"The same questions through two gateways, in turns; {figures['without']['calls']:,} calls each.",
        "",
        "| | p50 ms | p95 ms | p99 ms | p99.9 ms | slowest ms | mean ms | additional calls, % |",
        "|---|---|---|---|---|---|---|---|",
        *(f"| {label} | {' | '.join(f'{found[c]:,}' for c in columns)} |" for label, found in figures.items()),
        "",
        f"p99 falls by **{times:.1f} times** for **{more}%** more calls.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
