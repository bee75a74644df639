"""Items of a source in no hurry, from its entry to the post, through batches alone; and with a death in between."""

import asyncio
import random
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from brains.left_brain import LeftBrain
from brains.llm.batch.economy import BatchEconomy
from brains.llm.gateway import build_gateway
from brains.llm.groups import Endpoint
from brains.right_brain import RightBrain
from daemon.blackboard import open_board
from daemon.blackboard.records import FetchState, NewSource
from daemon.blackboard.sqlite.engine import SqliteEngine
from daemon.blackboard.states import Step
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter, Event
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.models import BatchSettings, LlmSettings, ReviewSettings
from daemon.resilience.breaker import Breaker
from daemon.resilience.gate import Gate
from daemon.runtime.bookkeeping import BoardLedger
from daemon.runtime.steps import StepRunner
from tests.fakes.batch_bench import UNBOUND
from tests.fakes.boards import seen
from tests.fakes.llm import llm_settings, model
from tests.fakes.parts import ListMemory, RecordingSink
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.runtime_bench import Bench
from tests.fakes.stories import story
from tests.fakes.waiting import until

STORIES = 4
FAST = BatchSettings(enabled=True, collect=0.05, poll=0.05, max_wait=600.0)


class Life:
    """One process' life: worker and batch economy over a board, publishing to `sink`."""

    def __init__(self, engine: SqliteEngine, emitter: Emitter, settings: LlmSettings, *, sink: RecordingSink) -> None:
        self.engine = engine
        self._clock = SystemClock()
        self.bench = Bench(engine, emitter, self._clock)
        ledger = BoardLedger(engine=engine, budget=UNBOUND)
        gate = Gate(settings.max_concurrency)

        def economy(endpoints: Mapping[str, Endpoint], breakers: Mapping[str, Breaker]) -> BatchEconomy:
            return BatchEconomy(
                settings.batch,
                ledger=ledger,
                endpoints=endpoints,
                gate=gate,
                breakers=breakers,
                clock=self._clock,
                emit=emitter.emit,
            )

        self._gateway = build_gateway(
            settings,
            ledger=ledger,
            gate=gate,
            clock=self._clock,
            rng=random.Random(1),
            emit=emitter.emit,
            batch=economy,
        )
        self._worker = self.bench.worker(self._steps(sink), worker_id=f"w{random.random()}")
        self._tasks: list[asyncio.Task[None]] = []
        emitter.listen(self._on_event)

    async def __aenter__(self) -> Self:
        """Start as the daemon does: free and end what was left, then work."""
        batches = self._gateway.batches
        assert isinstance(batches, BatchEconomy)
        await self.engine.rescue(worker_id="nobody", max_rescues=20)
        await batches.recover()
        self._tasks = [asyncio.create_task(work()) for work in (batches.run, self._worker.run)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Exception):  # the board of a process that has died is not written to any more
            await self._worker.stop(grace_seconds=0)
        await self._gateway.close()
        await self.engine.close()

    def _steps(self, sink: RecordingSink) -> StepRunner:
        left = LeftBrain(self._gateway)
        right = RightBrain(self._gateway, ListMemory(), language="source", recall=0)
        return StepRunner(
            engine=self.engine,
            brains={Step.EXTRACT: left, Step.DRAFT: right, Step.REVIEW: left},
            publisher=self.bench.publisher(sink),
            review=ReviewSettings(),
            clock=self._clock,
        )

    def _on_event(self, event: Event) -> None:
        if event.type == "items_woken":
            self._worker.stir()


async def open_life(home: Path, settings: LlmSettings, *, sink: RecordingSink, boot: str = "b1") -> Life:
    clock, emitter = SystemClock(), Emitter()
    ids = TimeSortedIds(clock.now, random.Random(boot))
    engine = await open_board(home=home, clock=clock, ids=ids, boot_id=boot, emitter=emitter)
    return Life(engine, emitter, settings, sink=sink)


async def feed(engine: SqliteEngine, *, urgency: str) -> None:
    """A source of that urgency, and its entries."""
    source = await engine.add_source(
        NewSource("rss", f"https://{urgency}.example/feed", name=urgency, settings={"urgency": urgency}), by="test"
    )
    entries = [seen(f"{urgency} {n}", text=story(n)) for n in range(1, STORIES + 1)]
    fetch = FetchState(next_fetch_at=4e9)
    await engine.record_fetch(source.id, fetch=fetch, observations=entries, event={})


async def test_a_source_in_no_hurry_is_published_through_batches(tmp_path: Path) -> None:
    """Every step waits in a batch; not one request is sent singly, and every token is booked."""
    sink = RecordingSink()
    async with FakeProviderServer() as server:
        settings = llm_settings({"only": model(server, "anthropic")}, batch=FAST)
        async with await open_life(tmp_path, settings, sink=sink) as life:
            await feed(life.engine, urgency="low")
            await until(life.bench.is_drained)
            costs = life.bench.reader.costs(since=0)
        tokens = server.batches.tokens
    assert len(sink.sent) == STORIES
    assert server.stats.log == []
    assert 2 <= server.batches.asked["submit"] <= 3 * STORIES
    assert set(server.batches.paid.values()) == {1}
    assert costs["prompt_tokens"] == sum(one.prompt for one in tokens)
    assert costs["completion_tokens"] == sum(one.completion for one in tokens)


async def test_a_hurried_source_beside_it_waits_for_no_batch(tmp_path: Path) -> None:
    """While the provider holds the batch, the items of the other source are all published."""
    sink = RecordingSink()
    async with FakeProviderServer() as server:
        server.batches.conduct.is_held = True
        settings = llm_settings({"only": model(server, "gemini")}, batch=FAST)
        async with await open_life(tmp_path, settings, sink=sink) as life:
            await feed(life.engine, urgency="low")
            await feed(life.engine, urgency="normal")
            await until(lambda: len(sink.sent) == STORIES)
            assert {post.source for post in sink.sent} == {"normal"}
            server.batches.conduct.is_held = False
            await until(life.bench.is_drained)
    assert len(sink.sent) == 2 * STORIES


async def test_a_death_while_the_provider_works_costs_nothing_twice(tmp_path: Path) -> None:
    """The process dies with a batch under way; the next one fetches it and publishes each item once."""
    sink, first, second = RecordingSink(), tmp_path / "first", tmp_path / "second"
    first.mkdir()
    async with FakeProviderServer() as server:
        server.batches.conduct.is_held = True
        settings = llm_settings({"only": model(server, "openai")}, batch=FAST)
        async with await open_life(first, settings, sink=sink) as life:
            await feed(life.engine, urgency="low")
            await until(lambda: "batch_sent" in life.bench.types() and server.batches.asked["look"] > 0)
            second.mkdir()
            for name in ("blackboard.db", "blackboard.db-wal"):
                shutil.copy(first / name, second / name)
        server.batches.conduct.is_held = False
        async with await open_life(second, settings, sink=sink, boot="b2") as after:
            await until(after.bench.is_drained)
            costs = after.bench.reader.costs(since=0)
    assert sorted(post.title for post in sink.sent) == sorted({post.title for post in sink.sent})
    assert len(sink.sent) == STORIES
    assert server.stats.log == []
    assert set(server.batches.paid.values()) == {1}
    assert costs["unconfirmed_usd"] == 0
