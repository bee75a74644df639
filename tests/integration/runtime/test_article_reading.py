"""What waits for its article gets it or goes on without, in order, politely, and whatever becomes of the service."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from daemon.blackboard.records import Identity, NewSource, Observation
from daemon.blackboard.senses import Article, AwaitedArticle
from daemon.core.clock import SystemClock
from daemon.core.errors import BoardBusyError, CallTimeoutError, ServerFaultError
from daemon.core.events import Emitter
from daemon.core.settings.sensor_models import FullTextSettings
from daemon.runtime.article_queue import MOST_OF_HOST, MOST_WAITING, ArticleQueue
from daemon.runtime.article_reading import LOOK_SECONDS, ArticleReading, Reader
from daemon.runtime.sensing import Sensing
from sensors.articles.robots import RobotsAwayError
from sensors.context import SensorContext
from sensors.feeds.sensor import RssSensor
from sensors.senses import Senses
from tests.fakes.article_pages.news import NEWS_SITE
from tests.fakes.article_reader import ScriptedReader, article
from tests.fakes.article_site import ReadSite, awaited, story
from tests.fakes.boards import Board, open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import rss
from tests.fakes.waiting import until

WAIT = 1_800.0


class Hanging(ScriptedReader):
    """Some sites answer only that they took too long."""

    async def read(self, awaited: AwaitedArticle) -> Article:
        if "hangs" in awaited.url:
            await self._clock.sleep(20.0)
            raise CallTimeoutError("it did not answer within 20 s")
        return await super().read(awaited)


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path, clock=ManualClock())
    yield opened
    await opened.engine.close()


def entry(url: str, *, within: float | None = WAIT) -> Observation:
    """An entry that is to wait for its article."""
    keys = (Identity(f"link:{url}", is_global=True),)
    return Observation(title=f"Title of {url}", text="summary", url=url, identities=keys, article_within=within)


async def post(board: Board, *urls: str, within: float = WAIT) -> list[str]:
    """Post entries that wait; answers their ids."""
    posted = await board.engine.post([entry(url, within=within) for url in urls], source_id=None, by="tester")
    return [one.item_id for one in posted]


def service(board: Board, reader: Reader, **settings: object) -> ArticleReading:
    """The service over a board and a scripted reader."""
    return ArticleReading(
        engine=board.engine,
        reader=reader,
        emitter=Emitter(),
        clock=board.clock,
        rng=random.Random(1),
        settings=FullTextSettings.model_validate(settings),
    )


@asynccontextmanager
async def running(board: Board, reader: Reader, **settings: object) -> AsyncIterator[ArticleReading]:
    """The service, running."""
    reading = service(board, reader, **settings)
    task = asyncio.create_task(reading.run())
    try:
        yield reading
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settle(board: Board, *, seconds: float, step: float = 0.25) -> None:
    """Let time pass in small steps, with room for the board's own thread in between."""
    for _ in range(round(seconds / step)):
        await board.clock.advance(step)
        await board.rows("SELECT 1")
        await board.clock.advance(0)


async def outcomes(board: Board) -> dict[str, str]:
    """The outcome of every article that was settled, by item."""
    rows = await board.rows(
        "SELECT item_id, json_extract(data, '$.outcome') FROM events WHERE type = 'article_settled' ORDER BY id"
    )
    return dict(rows)  # type: ignore[arg-type]


async def texts(board: Board) -> dict[str, str]:
    """What every item says."""
    return dict(await board.rows("SELECT item_id, text FROM observations"))  # type: ignore[arg-type]


class TestReading:
    async def test_an_item_gets_its_article_and_can_be_claimed(self, board: Board) -> None:
        """Until then no worker takes it; the feed's own text is kept beside the article."""
        reader = ScriptedReader(board.clock)
        (item,) = await post(board, "https://a.example/1")
        assert await board.claim() == []
        async with running(board, reader):
            await settle(board, seconds=1)
        assert await outcomes(board) == {item: "read"}
        claim = await board.claim_one()
        assert claim.observation.text == "the whole article"
        assert claim.observation.extra["feed_text"] == "summary"
        assert claim.observation.extra["article"]["outcome"] == "read"

    async def test_what_is_posted_later_is_seen(self, board: Board) -> None:
        """At the latest with the next look at the whole board."""
        reader = ScriptedReader(board.clock)
        async with running(board, reader):
            await settle(board, seconds=1)
            (item,) = await post(board, "https://a.example/1")
            await settle(board, seconds=LOOK_SECONDS + 1, step=5)
        assert await outcomes(board) == {item: "read"}

    async def test_one_host_is_asked_for_one_article_at_a_time_with_a_pause(self, board: Board) -> None:
        """The oldest first."""
        reader = ScriptedReader(board.clock, pause=2.0)
        await post(board, *(f"https://a.example/{number}" for number in range(4)))
        async with running(board, reader):
            await settle(board, seconds=10)
        times = reader.times()
        assert [url[-1] for url, _ in reader.asked] == ["0", "1", "2", "3"]
        assert all(later - earlier >= 2.0 for earlier, later in itertools.pairwise(times))
        assert reader.most_of_host == 1

    async def test_other_hosts_do_not_wait_behind_a_slow_one(self, board: Board) -> None:
        """Forty articles of one site with a long pause, and one of another behind them."""
        reader = ScriptedReader(board.clock, pause=30.0)
        await post(board, *(f"https://slow.example/{number}" for number in range(40)))
        await post(board, "https://quick.example/1")
        async with running(board, reader):
            await settle(board, seconds=2)
        assert [url for url, _ in reader.asked] == ["https://slow.example/0", "https://quick.example/1"]

    async def test_other_hosts_do_not_wait_behind_a_crowd_beyond_what_is_held(self, board: Board) -> None:
        """What has no room in memory is skipped, not waited for; it is read later."""
        reader = ScriptedReader(board.clock, pause=0.0)
        crowd = [f"https://slow.example/{number}" for number in range(MOST_OF_HOST * 2 + 5)]
        await post(board, *crowd)
        await post(board, "https://quick.example/1")
        async with running(board, reader):
            await settle(board, seconds=1)
            early = [url for url, _ in reader.asked]
            await settle(board, seconds=60)
        assert "https://quick.example/1" in early
        assert sorted(url for url, _ in reader.asked) == sorted([*crowd, "https://quick.example/1"])
        assert set((await outcomes(board)).values()) == {"read"}

    async def test_sites_that_hang_do_not_keep_the_others_from_their_turn(self, board: Board) -> None:
        """More of them than are read at once, each with many articles, all older than those of another site."""
        hanging = [f"https://hangs{n}.example/{number}" for number in range(20) for n in range(6)]
        sound = [f"https://sound.example/{number}" for number in range(5)]
        await post(board, *hanging)
        items = await post(board, *sound)
        async with running(board, Hanging(board.clock), concurrency=4):
            await settle(board, seconds=90, step=1)
        assert {item: outcome for item, outcome in (await outcomes(board)).items() if item in items} == dict.fromkeys(
            items, "read"
        )

    async def test_no_more_than_allowed_are_under_way(self, board: Board) -> None:
        """Over all hosts."""
        reader = ScriptedReader(board.clock)
        reader.hold = asyncio.Event()
        await post(board, *(f"https://h{number}.example/1" for number in range(9)))
        async with running(board, reader, concurrency=3) as reading:
            await settle(board, seconds=1)
            assert (reading.in_hand, reader.most_at_once) == (3, 3)
            reader.hold.set()
            await settle(board, seconds=3)
        assert reader.most_at_once == 3
        assert len(await outcomes(board)) == 9


class TestFaults:
    async def test_a_fault_that_passes_is_tried_again_after_2_4_and_8_seconds(self, board: Board) -> None:
        """Then the item goes on with what the feed gave, and says why."""
        reader = ScriptedReader(board.clock)
        reader.answers["https://a.example/1"] = [ServerFaultError("it answered 500", status=500)]
        (item,) = await post(board, "https://a.example/1")
        async with running(board, reader):
            await settle(board, seconds=20)
        gaps = [int(later - earlier) for earlier, later in itertools.pairwise(reader.times())]
        assert gaps == [2, 4, 8]
        assert await outcomes(board) == {item: "unreachable"}
        claim = await board.claim_one()
        assert claim.observation.text == "summary"
        assert "4 tries failed" in claim.observation.extra["article"]["note"]

    async def test_what_a_site_asks_for_wins_and_holds_for_all_its_articles(self, board: Board) -> None:
        """Retry-After of one article keeps the next one of the host away, too."""
        reader = ScriptedReader(board.clock)
        reader.answers["https://a.example/1"] = [
            ServerFaultError("busy", retry_after=60.0),
            article(awaited("https://a.example/1")),
        ]
        await post(board, "https://a.example/1", "https://a.example/2")
        async with running(board, reader):
            await settle(board, seconds=70, step=1)
        first, *later = reader.times()
        assert min(later) - first >= 60.0
        assert set((await outcomes(board)).values()) == {"read"}

    async def test_a_wait_longer_than_the_items_time_is_not_begun(self, board: Board) -> None:
        """It goes on at once instead."""
        reader = ScriptedReader(board.clock)
        reader.answers["https://a.example/1"] = [ServerFaultError("busy", retry_after=600.0)]
        (item,) = await post(board, "https://a.example/1", within=300.0)
        async with running(board, reader):
            await settle(board, seconds=1)
        assert await outcomes(board) == {item: "unreachable"}
        assert len(await board.claim()) == 1

    async def test_rules_that_cannot_be_had_are_waited_for_as_long_as_the_item_waits(self, board: Board) -> None:
        """That uses up no try; at the end the item says why it has no article."""
        reader = ScriptedReader(board.clock)
        reader.answers["https://a.example/1"] = [RobotsAwayError("its robots.txt cannot be had", retry_after=120.0)]
        (item,) = await post(board, "https://a.example/1")
        async with running(board, reader):
            await settle(board, seconds=WAIT, step=10)
        assert len(reader.asked) >= 10
        assert await outcomes(board) == {item: "unreachable"}

    async def test_a_reader_that_trips_costs_the_item_its_article_and_nothing_else(self, board: Board) -> None:
        """The next one is read."""
        reader = ScriptedReader(board.clock)
        reader.answers["https://a.example/1"] = [KeyError("surprise")]
        first, second = await post(board, "https://a.example/1", "https://b.example/2")
        async with running(board, reader):
            await settle(board, seconds=1)
        assert await outcomes(board) == {first: "unreachable", second: "read"}

    async def test_an_article_that_the_board_does_not_take_is_kept_later_without_asking_again(
        self, board: Board
    ) -> None:
        """A full disk of ours is not the site's to pay for."""
        reader = ScriptedReader(board.clock)
        (item,) = await post(board, "https://a.example/1")
        reading = service(board, reader)
        refusing = _Refusing(board.engine, refusals=2)
        reading._engine = refusing  # type: ignore[assignment]
        task = asyncio.create_task(reading.run())
        await settle(board, seconds=40, step=1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert len(reader.asked) == 1
        assert await outcomes(board) == {item: "read"}


class TestEnds:
    async def test_nothing_waits_longer_than_its_time_without_any_service(self, board: Board) -> None:
        """The board itself lets it go."""
        await post(board, "https://a.example/1")
        await board.clock.advance(WAIT - 1)
        assert await board.claim() == []
        await board.clock.advance(2)
        assert len(await board.claim()) == 1

    async def test_what_found_no_turn_says_so_before_it_is_let_go(self, board: Board) -> None:
        """A crowd of one site whose pause is too long for all of them."""
        reader = ScriptedReader(board.clock, pause=60.0)
        await post(board, *(f"https://a.example/{number}" for number in range(10)), within=240.0)
        async with running(board, reader):
            await settle(board, seconds=245, step=0.5)
        told = list((await outcomes(board)).values())
        assert sorted(set(told)) == ["read", "unreachable"]
        assert len(told) == 10
        assert len(await board.claim()) == 10

    async def test_a_stop_leaves_what_is_under_way_to_the_next_start(self, board: Board) -> None:
        """It is cancelled, stays on the board, and is read by the next service."""
        reader = ScriptedReader(board.clock)
        reader.hold = asyncio.Event()
        (item,) = await post(board, "https://a.example/1")
        async with running(board, reader):
            await settle(board, seconds=1)
        assert (reader.cancelled, await outcomes(board)) == (1, {})
        reader.hold = None
        async with running(board, reader):
            await settle(board, seconds=1)
        assert await outcomes(board) == {item: "read"}

    async def test_after_a_crash_it_goes_on_where_the_board_is(self, board: Board) -> None:
        """A killed process leaves nothing behind but what waits."""
        (item,) = await post(board, "https://a.example/1")
        again = await board.crash()
        try:
            async with running(again, ScriptedReader(again.clock)):
                await settle(again, seconds=1)
            assert await outcomes(again) == {item: "read"}
        finally:
            await again.engine.close()

    async def test_an_article_that_comes_too_late_changes_nothing(self, board: Board) -> None:
        """The item was let go while its page was on the way."""
        reader = ScriptedReader(board.clock)
        reader.hold = asyncio.Event()
        (item,) = await post(board, "https://a.example/1", within=10.0)
        async with running(board, reader):
            await settle(board, seconds=1)
            await settle(board, seconds=12, step=1)
            await board.claim_one()
            reader.hold.set()
            await settle(board, seconds=1)
        assert await outcomes(board) == {}
        assert (await texts(board))[item] == "summary"


class TestQueue:
    def test_a_text_is_held_short(self) -> None:
        """Its beginning is enough to tell what the article is."""
        queue = ArticleQueue()
        queue.add(awaited("https://a.example/1", text="x" * 1_000_000), ends_at=1.0)
        taken = queue.take(now=0.0)
        assert taken is not None
        assert len(taken.awaited.text) == 20_000

    def test_a_new_host_finds_room_where_a_crowd_has_taken_it(self) -> None:
        """The largest host gives up its newest; that stays on the board and is asked for again."""
        queue = ArticleQueue()
        for number in range(MOST_WAITING):
            queue.add(awaited(f"https://h{number % 10}.example/{number}", item_id=f"{number:05}"), ends_at=1.0)
        assert not queue.wants_more
        queue.add(awaited("https://late.example/1", item_id="99999"), ends_at=1.0)
        assert len(queue) == MOST_WAITING
        taken = [queue.take(now=0.0) for _ in range(11)]
        assert "late.example" in {one.host for one in taken if one}

    def test_the_same_item_is_held_once(self) -> None:
        """However often the board is looked through."""
        queue = ArticleQueue()
        for _ in range(3):
            queue.add(awaited("https://a.example/1"), ends_at=1.0)
        assert len(queue) == 1


def _sensing(board: Board, context: SensorContext) -> Sensing:
    emitter = Emitter()
    return Sensing(
        engine=board.engine,
        sensors=Senses(context, sensors={"rss": RssSensor(context)}),
        emitter=emitter,
        emit=emitter.emit,
        clock=board.clock,
        concurrency=4,
    )


class _Refusing:
    """An engine whose board is busy a few times when an article is to be kept."""

    def __init__(self, engine: object, *, refusals: int) -> None:
        self._engine = engine
        self._left = refusals

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    async def settle_article(self, *arguments: object) -> bool:
        """Refuse, then take."""
        if self._left:
            self._left -= 1
            raise BoardBusyError
        return bool(await self._engine.settle_article(*arguments))  # type: ignore[attr-defined]


async def test_a_feed_that_wants_its_articles_gets_them(tmp_path: Path) -> None:
    """From the poll of a real feed, over the fetching of a real page, to what a worker is given."""
    clock = SystemClock()
    board = await open_for_test(tmp_path, clock=clock)  # type: ignore[arg-type]
    async with FeedServer() as server:
        link = story(server)
        feed = rss(f"<item><title>{NEWS_SITE.title}</title><link>{link}</link><description>Short.</description></item>")
        wanted = NewSource(kind="rss", address=server.on("/feed", Reply(feed)), settings={"full_text": True})
        await board.engine.sync_sources([wanted])
        site = ReadSite(clock, per_host_pause=0.0)
        sensing = _sensing(board, site.context)
        async with site as reader:
            results = await sensing.poll_all()
            async with running(board, reader):
                await until(lambda: any(event.type == "article_settled" for event in board.told))
            results += await sensing.poll_all()
        assert [(one.new, one.known) for one in results] == [(1, 0), (0, 0)]
        claim = await board.claim_one()
    await board.engine.close()
    assert NEWS_SITE.wanted[0] in claim.observation.text
    assert claim.observation.extra["feed_text"] == "Short."
    assert claim.observation.extra["article"]["outcome"] == "read"
    assert claim.observation.author == "Lena Hart, Omar Said"
