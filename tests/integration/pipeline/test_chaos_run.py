"""The whole way of an item under chaos: every item is published, and every token the provider gave out is booked."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from brains.left_brain import LeftBrain
from brains.llm.chaos import Chaos
from brains.llm.gateway import EchelonGateway, build_gateway
from brains.memory.off import NoMemory
from brains.right_brain import RightBrain
from daemon.blackboard import open_board
from daemon.blackboard.records import Observation
from daemon.blackboard.states import Step
from daemon.core.chaos import chaos_control
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.models import ChaosSettings, ReviewSettings, Settings
from daemon.resilience.gate import Gate
from daemon.runtime.bookkeeping import BoardLedger
from daemon.runtime.steps import StepRunner
from daemon.runtime.worker import Worker
from tests.fakes.parts import RecordingSink
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.runtime_bench import Bench
from tests.fakes.stories import settings_for, story
from tests.fakes.waiting import until

pytestmark = pytest.mark.soak  # whole runs with faults


ITEMS = 30
SHARES = {"network_errors": 0.1, "rate_limits": 0.1, "garbage": 0.08, "truncated": 0.08, "retry_after": 0.02}
QUICK = {"latency_share": 1.0, "latency": [0.001, 0.02]}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A bench with a real board and real time."""
    clock, emitter = SystemClock(), Emitter()
    ids = TimeSortedIds(clock.now, random.Random(1))
    async with await open_board(home=tmp_path, clock=clock, ids=ids, boot_id="boot", emitter=emitter) as engine:
        yield Bench(engine, emitter, clock)


def settings(home: Path, *, vendor: str, server: FakeProviderServer) -> Settings:
    """One model, then the offline brain, with quick retries and a breaker that hardly minds."""
    models = {
        "only": {"provider": vendor, "model": MODELS[vendor], "api_key": "k", "base_url": server.base_url(vendor)},
        "here": {"provider": "offline"},
    }
    group = {
        "echelon1": {"models": ["only"], "timeout": 5, "max_retries": 3},
        "echelon2": {"models": ["here"]},
        "fallback_config": {"circuit_breaker": {"failure_threshold": 1000}},
    }
    llm = {"models": models, "groups": {"left": group, "right": group}, "retry": {"delays": [0.01, 0.02, 0.04]}}
    return settings_for(home, feeds=[], vendor=None, llm=llm)


MODELS = {"anthropic": "claude-sonnet-5-5", "gemini": "gemini-3.8-flash", "openai": "gpt-6-luna"}


def gateway_of(settings: Settings, *, bench: Bench, chaos: Chaos) -> EchelonGateway:
    return build_gateway(
        settings.llm,
        ledger=BoardLedger(engine=bench.engine, budget=settings.budget),
        gate=Gate(settings.llm.max_concurrency),
        clock=bench.clock,
        rng=random.Random(5),
        emit=bench.events.append,
        wrap=chaos.wrap,
    )


def steps_of(settings: Settings, *, bench: Bench, gateway: EchelonGateway, sink: RecordingSink) -> StepRunner:
    left, right = LeftBrain(gateway), RightBrain(gateway, NoMemory(), language=settings.language, recall=0)
    return StepRunner(
        engine=bench.engine,
        brains={Step.EXTRACT: left, Step.DRAFT: right, Step.REVIEW: left},
        publisher=bench.publisher(sink),
        review=ReviewSettings(max_rounds=10),
        clock=bench.clock,
    )


@pytest.mark.slow
@pytest.mark.parametrize("vendor", sorted(MODELS))
async def test_under_chaos_all_items_are_published_and_the_ledger_equals_the_provider(
    bench: Bench, tmp_path: Path, vendor: str
) -> None:
    """Network errors, refusals, garbage, broken streams and slowness at once; off in the middle, and on again."""
    sink = RecordingSink()
    async with FakeProviderServer() as server:
        wanted = settings(tmp_path / "none", vendor=vendor, server=server)
        chaos = Chaos(ChaosSettings(enabled=True, **(SHARES | QUICK)), clock=bench.clock, emit=bench.events.append)
        gateway = gateway_of(wanted, bench=bench, chaos=chaos)
        worker = bench.worker(steps_of(wanted, bench=bench, gateway=gateway, sink=sink), slots=8)
        await post_stories(bench)
        async with running(worker):
            await until(lambda: bench.reader.counts()["PUBLISHED"] >= ITEMS // 3, within=60)
            chaos.override(chaos_control(wanted.chaos, {"enabled": False}, until=None))
            await until(lambda: bench.reader.counts()["PUBLISHED"] >= ITEMS // 2, within=60)
            chaos.override(None)
            await until(bench.is_drained, within=60)
        await gateway.close()
    assert bench.states() == {"PUBLISHED"}
    assert len({post.item_id for post in sink.sent}) == len(sink.sent) == ITEMS
    assert set(chaos.struck) == {"latency", "network_error", "rate_limit", "garbage", "truncated"}
    await ledger_equals(bench, server)


async def ledger_equals(bench: Bench, server: FakeProviderServer) -> None:
    """Every token that was given out is on the board, and what the calls cost is charged."""
    calls = [call for row in bench.reader.items(limit=ITEMS) for call in bench.reader.item(row["id"])["calls"]]
    paid = [call for call in calls if call["provider"] != "offline"]
    tokens = server.stats.tokens
    assert sum(call["prompt_tokens"] for call in paid) == tokens.prompt
    assert sum(call["completion_tokens"] for call in paid) == tokens.completion
    assert sum(call["completion_tokens"] > 0 for call in paid) == len(server.stats.log)


async def post_stories(bench: Bench) -> None:
    seen = [Observation(title=f"Story {n}", text=story(n), language="en") for n in range(1, ITEMS + 1)]
    await bench.engine.post(seen, source_id=None, by="test")


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """The worker works meanwhile, and is stopped at the end."""
    work = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(grace_seconds=1)
        await work
