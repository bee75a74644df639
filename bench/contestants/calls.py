"""What the contestants of the gateway bench share: the question, the load, and the figures they print."""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

MODEL = "claude-sonnet-5-5"
SYSTEM = "You read news and judge how much it matters. Answer with a title and a score between 0 and 10."
LEVELS = (1, 16, 64)
"""Calls at once."""


class Verdict(BaseModel):
    """What the model is to answer."""

    title: str
    score: int


@dataclass(frozen=True, slots=True)
class Load:
    """How many calls at each level, where the server is, and whether answers are streamed."""

    base_url: str
    calls: int
    is_stream: bool
    home: Path

    def prompt(self, number: int) -> str:
        """A question of about 3 KB; each is another one."""
        return f"Item {number}. " + "The council opened the tramway on Tuesday after long repairs. " * 48


Ask = Callable[[int], Awaitable[None]]
"""Puts question number n and checks that a valid answer came."""

Contestant = Callable[[Load], AbstractAsyncContextManager[Ask]]
"""Opens its client; what it does at the end (writing what waits) counts as its work."""


def main(contestant: Contestant) -> None:
    """Run one contestant and print its figures as one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--stream", action="store_true", dest="is_stream")
    parser.add_argument("--home", type=Path, required=True)
    load = Load(**vars(parser.parse_args()))
    print(json.dumps(asyncio.run(_measure(contestant, load))))


async def _measure(contestant: Contestant, load: Load) -> dict[str, dict[str, float]]:
    figures = {}
    number = 0
    async with contestant(load) as ask:
        for _ in range(50):  # connections, imports, caches
            number += 1
            await ask(number)
        for level in LEVELS:
            figures[str(level)] = await _level(ask, load, level=level, start=number)
            number += load.calls
    return figures


async def _level(ask: Ask, load: Load, *, level: int, start: int) -> dict[str, float]:
    numbers = iter(range(start + 1, start + 1 + load.calls))
    seconds: list[float] = []

    async def keep_asking() -> None:
        for number in numbers:
            before = time.perf_counter()
            await ask(number)
            seconds.append(time.perf_counter() - before)

    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(keep_asking() for _ in range(level)))
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    seconds.sort()
    return {
        "p50_us": round(seconds[len(seconds) // 2] * 1e6),
        "p99_us": round(seconds[int(len(seconds) * 0.99)] * 1e6),
        "calls_per_second": round(load.calls / wall, 1),
        "cpu_us_per_call": round(cpu / load.calls * 1e6),
    }
