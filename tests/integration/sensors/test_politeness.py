"""Politeness over days: how often servers are asked, through the real service and board, with restarts in between."""

import asyncio
import random
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from daemon.blackboard.records import NewSource
from daemon.core.events import Emitter
from daemon.core.settings.models import SensorSettings
from daemon.runtime.sensing import Sensing
from sensors.context import open_context
from sensors.feeds.sensor import RssSensor
from sensors.senses import Senses
from sensors.web.headers import http_date_of
from tests.fakes.boards import open_for_test
from tests.fakes.clock import InstantClock
from tests.fakes.feed_server import Asked, FeedServer, Reply
from tests.fakes.feeds import item, rss
from tests.fakes.waiting import until

HOUR, DAY = 3600.0, 86_400.0
FEED = rss(item(1), item(2))
NEVER = 10_000 * DAY


class HeldClock(InstantClock):
    """Time moves by `set` alone, and nobody sleeps."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@dataclass
class Days:
    """Simulated days of one desk: `asked` are its requests, each with the time it was made at."""

    home: Path
    server: FeedServer
    clock: HeldClock = field(default_factory=HeldClock)
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    asked: list[tuple[float, Asked]] = field(default_factory=list)
    restarts: int = 0
    before_step: Callable[[float], None] = lambda _: None

    async def pass_by(self, seconds: float, *, restart_every: float = NEVER, sources: tuple[str, ...] = ()) -> None:
        """Let the time pass; every so often all objects are closed and opened anew on the same board."""
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            await self._live(min(end, self.clock.now() + restart_every), sources)
            self.restarts += 1

    async def _live(self, end: float, sources: tuple[str, ...]) -> None:
        board = await open_for_test(self.home, clock=self.clock, boot_id=f"b{self.restarts}")
        settings = SensorSettings(allow_hosts=("127.0.0.1",))
        context = open_context(
            settings, clock=self.clock, rng=self.rng, ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        senses, emitter = Senses(context, sensors={"rss": RssSensor(context)}), Emitter()
        sensing = Sensing(
            engine=board.engine, sensors=senses, emitter=emitter, emit=emitter.emit, clock=self.clock, concurrency=4
        )
        for address in sources:
            await board.engine.add_source(NewSource("rss", address), by="tester")
        running = asyncio.create_task(sensing.run())
        due = await board.engine.next_fetch_at() or 0.0
        while due < end:
            self.clock.set(max(due, self.clock.now()))
            self.before_step(self.clock.now())
            due = await self._polled(board.engine.next_fetch_at, sensing)
        self.clock.set(end)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await senses.close()
        await board.engine.close()

    async def _polled(self, next_fetch_at: Callable[[], "asyncio.Future[float | None]"], sensing: Sensing) -> float:
        """When the next poll is due, once all that are due now have been made."""
        before = len(self.server.asked)
        sensing.stir()
        async with asyncio.timeout(20):
            while (due := await next_fetch_at() or 0.0) <= self.clock.now():  # noqa: ASYNC110 - the board sets no event
                await asyncio.sleep(0.001)
        self.asked += [(self.clock.now(), asked) for asked in self.server.asked[before:]]
        return due

    @property
    def times(self) -> list[float]:
        """When a request was made."""
        return [at for at, _ in self.asked]

    def most_in_a_day(self) -> int:
        """The largest number of requests in any 24 hours."""
        return max(sum(at <= other < at + DAY for other in self.times) for at in self.times)


@pytest.fixture
def days(tmp_path: Path, server: FeedServer) -> Days:
    return Days(tmp_path / "home", server)


@pytest.mark.soak
@pytest.mark.parametrize("validator", ["ETag", "Last-Modified", None])
async def test_an_unchanged_feed_over_30_days(validator: str | None, days: Days) -> None:
    """At most 24 requests in any 24 hours, all but the first conditional where the server gives a validator.

    Where it gives none there is nothing to ask with: then the request is a plain one, and the body's hash saves the
    parsing. The desk is restarted every seven hours, and asks at the same moments as one that runs through.
    """
    headers = {validator: '"1"' if validator == "ETag" else http_date_of(days.clock.now())} if validator else {}
    later = Reply(status=304) if validator else Reply(FEED)
    address = days.server.on("/f", Reply(FEED, headers=headers), later)
    await days.pass_by(30 * DAY, restart_every=7 * HOUR, sources=(address,))
    assert days.restarts > 100
    assert len(days.asked) >= 30
    assert days.most_in_a_day() <= 24
    asks_with = {"ETag": "if-none-match", "Last-Modified": "if-modified-since", None: "none"}[validator]
    is_conditional = [asks_with in asked.headers for _, asked in days.asked]
    assert is_conditional == [False] + [validator is not None] * (len(days.asked) - 1)

    days.server.on("/f", Reply(FEED, headers=headers), later)
    through = Days(days.home.with_name("through"), days.server)
    await through.pass_by(30 * DAY, sources=(address,))
    assert through.times == days.times


@pytest.mark.soak
async def test_a_feed_that_posts_every_five_minutes(days: Days) -> None:
    """Without a wish of its own, a source is asked fewer than 96 times in any 24 hours, and misses no entry of it."""
    start = days.clock.now()

    def post(now: float) -> None:
        newest = int((now - start) // 300)
        days.server.on(
            "/f", Reply(rss(*(item(n, date=http_date_of(start + n * 300)) for n in range(newest, newest - 20, -1))))
        )

    days.before_step = post
    await days.pass_by(26 * HOUR, restart_every=11 * HOUR, sources=(days.server.url("/f"),))
    assert 80 < days.most_in_a_day() < 96
    assert max(later - at for at, later in zip(days.times, days.times[1:], strict=False)) < 20 * 300


async def test_a_source_that_fails_for_30_days(days: Days) -> None:
    """It is asked less and less, and never given up."""
    address = days.server.on("/f", Reply(status=500))
    await days.pass_by(30 * DAY, restart_every=19 * HOUR, sources=(address,))
    waits = [later - at for at, later in zip(days.times, days.times[1:], strict=False)]
    assert waits == sorted(waits) or max(waits) <= 7.8 * DAY
    assert days.most_in_a_day() <= 6
    assert 8 <= len(days.asked) <= 14
    assert days.times[-1] > days.times[0] + 20 * DAY


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_outlives_a_restart(status: int, days: Days) -> None:
    """What the server asked for is kept to by whoever comes after the restart."""
    start = days.clock.now()
    address = days.server.on("/f", Reply(status=status, headers={"Retry-After": "90000"}), Reply(FEED))
    await days.pass_by(2 * DAY, restart_every=3 * HOUR, sources=(address,))
    assert days.times[0] == start
    assert 90_000 <= days.times[1] - start <= 99_000
    assert all(at >= start + 90_000 for at in days.times[1:])


async def test_a_restart_asks_nobody_at_once(days: Days) -> None:
    """A desk that is started again and again within an hour asks each of its sources once."""
    addresses = tuple(days.server.on(f"/{n}", Reply(FEED)) for n in range(20))
    await days.pass_by(HOUR, restart_every=HOUR / 6, sources=addresses)
    assert days.restarts == 6
    assert Counter(asked.path for _, asked in days.asked) == {f"/{n}": 1 for n in range(20)}


async def test_five_hundred_sources_of_one_slow_host_hold_up_no_other(tmp_path: Path, server: FeedServer) -> None:
    """While the first of 500 sources waits for its host's answer, a source of another host is read, the last of all."""
    hold = asyncio.Event()
    slow = [server.on(f"/slow{n}", Reply(FEED, hold=hold)) for n in range(500)]
    board = await open_for_test(tmp_path)
    async with FeedServer() as quick:
        settings = SensorSettings(allow_hosts=("127.0.0.1", "quick.example"))

        async def resolver(_: str, __: int) -> list[str]:
            return ["127.0.0.1"]

        context = open_context(settings, clock=board.clock, rng=random.Random(1), resolver=resolver)
        senses, emitter = Senses(context, sensors={"rss": RssSensor(context)}), Emitter()
        sensing = Sensing(
            engine=board.engine, sensors=senses, emitter=emitter, emit=emitter.emit, clock=HeldClock(), concurrency=16
        )
        quick.on("/f", Reply(FEED))
        addresses = (*slow, quick.url("/f", host="quick.example"))
        await asyncio.gather(*(board.engine.add_source(NewSource("rss", one), by="tester") for one in addresses))
        running = asyncio.create_task(sensing.run())
        await until(lambda: bool(quick.asked))
        assert len(server.asked) <= 1
        hold.set()
        await until(lambda: len(server.asked) > 20)
        assert server.most_at_once == 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await senses.close()
    await board.engine.close()
