"""The clock of the machine is set, or the machine sleeps: what waits is neither held up nor let go too early."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from daemon.blackboard import open_board
from daemon.blackboard.records import FetchState, Identity, NewSource, Observation
from daemon.core.errors import CallTimeoutError
from daemon.core.events import Emitter
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.sensor_models import FullTextSettings
from daemon.runtime.article_reading import ArticleReading
from daemon.runtime.clock_watch import LOOK_SECONDS, SETTLED_SECONDS, ClockWatch
from tests.fakes.article_reader import ScriptedReader
from tests.fakes.clock import SplitClock
from tests.fakes.parts import ScriptedBrain
from tests.fakes.runtime_bench import Bench
from tests.fakes.waiting import until

DAY = 86_400.0
HALF_AN_HOUR = 1_800.0
MAX_WAIT = 600.0


class Desk:
    """A worker, the reading of articles and the watch of the clock over one board, whose clock can be set."""

    def __init__(self, bench: Bench, clock: SplitClock) -> None:
        self.bench = bench
        self.clock = clock
        self.reader = ScriptedReader(clock)
        self.brain = ScriptedBrain()
        self.watch = ClockWatch(engine=bench.engine, clock=clock, article_seconds=MAX_WAIT)
        self.articles = ArticleReading(
            engine=bench.engine,
            reader=self.reader,
            emitter=bench.emitter,
            clock=clock,
            rng=random.Random(1),
            settings=FullTextSettings(max_wait=MAX_WAIT),
            look_at_clock=self.watch.look,
        )
        self.worker = bench.worker(bench.steps(self.brain), look_at_clock=self.watch.look)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, *services: Callable[[], object]) -> None:
        """Run these services."""
        self._tasks += [asyncio.create_task(one()) for one in services]  # type: ignore[arg-type]

    async def post(self, url: str) -> str:
        """Post an entry that waits for its article."""
        keys = (Identity(f"link:{url}", is_global=True),)
        seen = Observation(title="A story", text="summary", url=url, identities=keys, article_within=MAX_WAIT)
        (posted,) = await self.bench.engine.post([seen], source_id=None, by="t")
        return posted.item_id

    async def passing(self, seconds: float) -> None:
        """Let time pass in steps, with room for the board's own thread in between."""
        for _ in range(round(seconds)):
            await self.clock.advance(1)
            await self.bench.engine.next_fetch_at()
            await self.clock.advance(0)

    async def close(self) -> None:
        """End the services."""
        await self.worker.stop(grace_seconds=0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock, emitter = SplitClock(), Emitter()
    ids = TimeSortedIds(clock.now, random.Random(1))
    async with await open_board(home=tmp_path, clock=clock, ids=ids, boot_id="boot", emitter=emitter) as engine:
        opened = Desk(Bench(engine, emitter, clock), clock)
        yield opened
        await opened.close()


async def test_an_article_is_still_tried_after_the_machine_slept(desk: Desk) -> None:
    """The worker, which wakes first, does not take its item, and the story is told of the whole article."""
    url = "https://a.example/1"
    desk.reader.answers[url] = [CallTimeoutError("it did not answer"), *desk.reader.answers.get(url, [])]
    item = await desk.post(url)
    desk.reader.hold = asyncio.Event()
    desk.start(desk.articles.run)
    await until(lambda: len(desk.reader.asked) == 1)
    desk.clock.set_by = HALF_AN_HOUR
    desk.start(desk.worker.run)
    await desk.passing(5)
    assert desk.brain.seen == []
    desk.reader.answers.clear()
    desk.reader.hold.set()
    await desk.passing(10)
    await until(desk.bench.is_drained)
    assert next(event for event in desk.bench.events if event.type == "article_settled").data["outcome"] == "read"
    assert {event.item_id for event in desk.bench.events if event.type == "item_advanced"} == {item}


async def test_an_article_that_never_comes_holds_its_item_no_longer_than_allowed(desk: Desk) -> None:
    """However often the clock is set forward, the wait of the item is over after its own time."""
    await desk.post("https://a.example/1")
    desk.reader.hold = asyncio.Event()
    desk.start(desk.articles.run, desk.worker.run, desk.watch.run)
    for _ in range(4):
        desk.clock.set_by += HALF_AN_HOUR
        await desk.passing(MAX_WAIT / 4 + 2)
    await until(desk.bench.is_drained)
    assert desk.bench.types().count("clock_set_forward") >= 3


async def test_a_plan_of_a_clock_ahead_is_made_anew_once_the_start_is_settled(desk: Desk) -> None:
    """A machine that began in the past has the right time by then; one that did not reads its sources all the same."""
    engine = desk.bench.engine
    source = await engine.add_source(NewSource("rss", "https://a.example/feed"), by="p")
    at = desk.clock.now()
    fetch = FetchState(next_fetch_at=at + 3_600, last_fetch_at=at)
    await engine.record_fetch(source.id, fetch=fetch, observations=[], event={})
    desk.clock.set_by = -DAY
    watch = ClockWatch(engine=engine, clock=desk.clock, article_seconds=MAX_WAIT)
    desk.start(watch.run)
    await desk.passing(SETTLED_SECONDS - LOOK_SECONDS)
    assert await engine.next_fetch_at() == at + 3_600
    await desk.passing(2 * LOOK_SECONDS)
    assert desk.bench.types().count("clock_was_ahead") == 1
    planned = await engine.next_fetch_at()
    assert planned is not None
    assert abs(planned - desk.clock.now() - 3_600) < 2 * LOOK_SECONDS
    await desk.passing(SETTLED_SECONDS)
    assert desk.bench.types().count("clock_was_ahead") == 1


async def test_a_machine_that_begins_in_the_past_for_a_moment_changes_no_plan(desk: Desk) -> None:
    """Its clock is set forward by the network's time within the first minute."""
    engine = desk.bench.engine
    source = await engine.add_source(NewSource("rss", "https://a.example/feed"), by="p")
    at = desk.clock.now()
    fetch = FetchState(next_fetch_at=at + 3_600, last_fetch_at=at)
    await engine.record_fetch(source.id, fetch=fetch, observations=[], event={})
    desk.clock.set_by = -DAY
    desk.start(ClockWatch(engine=engine, clock=desk.clock, article_seconds=MAX_WAIT).run)
    await desk.passing(20)
    desk.clock.set_by = 0.0
    await desk.passing(SETTLED_SECONDS)
    assert "clock_was_ahead" not in desk.bench.types()
    assert await engine.next_fetch_at() == at + 3_600


@pytest.mark.parametrize("was_ahead", [False, True])
async def test_a_clock_set_back_in_the_first_minute_moves_each_plan_once(desk: Desk, *, was_ahead: bool) -> None:
    """What this process planned is moved as the clock was; what an earlier one planned days ahead begins anew."""
    engine, start = desk.bench.engine, desk.clock.now()
    desk.clock.set_by = 10 * DAY if was_ahead else 2 * 3_600.0
    at = desk.clock.now()
    source = await engine.add_source(NewSource("rss", "https://a.example/feed"), by="p")
    fetch = FetchState(next_fetch_at=at + 3_600, last_fetch_at=at, last_success_at=at, last_item_at=at)
    await engine.record_fetch(source.id, fetch=fetch, observations=[], event={})
    await desk.post("https://a.example/1")
    desk.clock.set_by = 2 * 3_600.0
    desk.start(ClockWatch(engine=engine, clock=desk.clock, article_seconds=MAX_WAIT).run)
    await desk.passing(20)
    desk.clock.set_by = 0.0
    await desk.passing(SETTLED_SECONDS)
    planned, (waits,) = await engine.next_fetch_at(), await engine.awaited_articles(limit=9, after="")
    assert planned is not None
    began = start + SETTLED_SECONDS if was_ahead else start
    assert abs(planned - began - 3_600) < 3 * LOOK_SECONDS
    assert abs(waits.until - began - MAX_WAIT) < 3 * LOOK_SECONDS
    (kept,) = await engine.due_sources(limit=9, is_all=True)
    assert max(kept.fetch.last_fetch_at or 0, kept.fetch.last_success_at or 0) <= desk.clock.now()
