"""A bounded run: when it is done, and when its patience is over."""

import asyncio
from types import SimpleNamespace
from typing import Any

from daemon.runtime.draining import LOOK_SECONDS, Drain
from daemon.runtime.progress import SilentProgress
from tests.fakes.clock import ManualClock
from tests.fakes.parts import ScriptedBrain
from tests.fakes.runtime_bench import Bench
from tests.fakes.waiting import until


def drain_of(bench: Bench, clock: ManualClock) -> Drain:
    desk: Any = SimpleNamespace(reader=bench.reader, emitter=bench.emitter)
    return Drain(desk, progress=SilentProgress(), clock=clock)


async def looked(clock: ManualClock) -> None:
    """Let it look once more."""
    before = len(clock.slept)
    await clock.advance(LOOK_SECONDS)
    await until(lambda: len(clock.slept) > before)


async def test_patience_is_over_though_items_are_taken_up_and_put_off_again(bench: Bench) -> None:
    """A probe that fails every few seconds is no progress: waiting ends, and says what for."""
    clock = ManualClock()
    await bench.post()
    waiting = asyncio.create_task(drain_of(bench, clock).run(patience=5))
    await until(lambda: bool(clock.slept))
    for _ in range(2):
        claim = await bench.claim()
        await bench.engine.snooze(claim, until=0, reason="the breaker of m is open")
        await clock.advance(3)
        await until(lambda: bool(clock.slept))
    await clock.advance(1)
    async with asyncio.timeout(10):
        assert await waiting == {"the breaker of m is open": 1}


async def test_every_step_forward_renews_the_patience(bench: Bench) -> None:
    """An item that moves on is progress; the run ends when nothing is left."""
    clock = ManualClock()
    await bench.post()
    waiting = asyncio.create_task(drain_of(bench, clock).run(patience=5))
    await until(lambda: bool(clock.slept))
    steps = bench.steps(ScriptedBrain())
    for _ in range(4):
        for _ in range(16):
            await looked(clock)
        assert not waiting.done()
        await steps.run(await bench.claim())
    await clock.advance(1)
    async with asyncio.timeout(10):
        assert await waiting == {}
