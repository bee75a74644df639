"""Reads the articles behind entries: what waits for one on the board gets it, or goes on with what its feed gave.

What is under way is in memory alone. After a crash the board still says what waits, and lets go by itself what has
waited for its time; so nothing here must be right for an item to go on.
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, Protocol

from daemon.blackboard.engine import Engine
from daemon.blackboard.senses import ARTICLE, Article, ArticleOutcome, AwaitedArticle
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError, OutsideError
from daemon.core.events import Emitter, Event
from daemon.core.settings.sensor_models import FullTextSettings
from daemon.resilience.backoff import RetryPolicy
from daemon.runtime.article_queue import ArticleQueue, Waiting
from sensors.articles.robots import AWAY_SECONDS, RobotsAwayError
from sensors.fetch_states import sentence

PAGE: Final = 50
"""So many are taken from the board at a time."""
LOOK_SECONDS: Final = 60.0
"""The whole board is looked through so often, whatever was heard."""
REFILL_SECONDS: Final = 5.0
"""The same when a site of which there is more than was held has hardly anything left in hand."""
GATHER_SECONDS: Final = 0.3
"""What is posted in this time is looked for together."""
UNSAVED_SECONDS: Final = 15.0
"""Before an article is kept again that the board did not take: its site is not to pay for that."""
LAST_SECONDS: Final = 2.0
"""So long before the board lets an item go it is said why it has no article."""
_SHORTEST_REST_SECONDS: Final = 0.05


class Reader(Protocol):
    """Reads one article."""

    async def read(self, awaited: AwaitedArticle) -> Article:
        """The article, or why there is none. Raises `TransientError` for what may be different in a moment."""
        ...

    def pause(self, url: str) -> float:
        """How many seconds to leave between two articles of this host."""
        ...

    async def close(self) -> None:
        """End what is under way."""
        ...


class ArticleReading:
    """Keeps at most `settings.concurrency` articles under way, one of each host; hosts take turns.

    `look_at_clock` is called before any wait is ended.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        reader: Reader,
        emitter: Emitter,
        clock: Clock,
        rng: random.Random,
        settings: FullTextSettings,
        policy: RetryPolicy | None = None,
        look_at_clock: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._clock = clock
        self._rng = rng
        self._settings = settings
        # A site may ask for as long a wait as the item has time.
        waits = policy or RetryPolicy()
        self._backoff = RetryPolicy(waits.delays, waits.jitter, retry_after_cap=settings.max_wait).backoff()
        self._look_at_clock = look_at_clock
        self._queue = ArticleQueue()
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._stirred = asyncio.Event()
        self._is_told = True
        self._cursor = ""
        self._looked_at = -math.inf
        emitter.listen(self._on_event)

    async def run(self) -> None:
        """Read until cancelled; what is under way is then left to the next start."""
        try:
            while True:
                self._stirred.clear()
                await self._look()
                self._start_ready()
                await self._rest()
        finally:
            await self._cancel()

    @property
    def in_hand(self) -> int:
        """How many articles are being read now."""
        return len(self._reading)

    async def _look(self) -> None:
        """Offer the queue what waits on the board: what has come since, now and then all of it."""
        if self._look_at_clock is not None:
            await self._look_at_clock()
        now = self._clock.monotonic()
        await self._end_waits(now=now)
        if now - self._looked_at >= (REFILL_SECONDS if self._queue.wants_more else LOOK_SECONDS):
            self._cursor, self._looked_at = "", now
            self._queue.begin_look()
        elif not self._is_told:
            return
        self._is_told = False
        while True:
            page = await self._engine.awaited_articles(limit=PAGE, after=self._cursor)
            for awaited in page:
                left = min(awaited.until - self._clock.now(), self._settings.max_wait)
                self._queue.add(awaited, ends_at=self._clock.monotonic() + left)
            self._cursor = page[-1].item_id if page else self._cursor
            if len(page) < PAGE:
                return

    async def _end_waits(self, *, now: float) -> None:
        """Say of what the board is about to let go why it has no article."""
        over = self._queue.take_expired(at=now + LAST_SECONDS, now=now)
        told = (_unreachable(one.awaited, one.why or "its site had no turn for it in time") for one in over)
        await asyncio.gather(*(self._keep(one, article) for one, article in zip(over, told, strict=True)))

    def _start_ready(self) -> None:
        while len(self._reading) < self._settings.concurrency:
            waiting = self._queue.take(now=self._clock.monotonic())
            if waiting is None:
                return
            item_id = waiting.awaited.item_id
            task = asyncio.create_task(self._work_on(waiting))
            self._reading[item_id] = task
            task.add_done_callback(partial(self._ended, waiting))

    async def _work_on(self, waiting: Waiting) -> None:
        """Read one article and keep what became of it."""
        article = await self._read(waiting)
        if article is not None:
            await self._keep(waiting, article)
            self._queue.forget(waiting.awaited.item_id)

    async def _read(self, waiting: Waiting) -> Article | None:
        """The article, or what is said in its place; None when it is tried again later."""
        awaited, hold, is_well = waiting.awaited, 0.0, True
        try:
            return await self._reader.read(awaited)
        except OutsideError as error:
            hold, is_well = error.retry_after or 0.0, False
            return self._try_again(waiting, error)
        except Exception as error:  # noqa: BLE001 - a page that trips us up costs its own item the article, nothing else
            return _unreachable(awaited, f"reading it failed: {type(error).__name__}: {error}")
        finally:
            # The host is free for the next one before this one is kept, after its pause.
            pause = max(hold, self._reader.pause(awaited.url))
            self._queue.release(waiting.host, free_at=self._clock.monotonic() + pause, is_well=is_well)
            self._stirred.set()

    def _try_again(self, waiting: Waiting, error: OutsideError) -> Article | None:
        """Put it back for later; an article that says so when no time or no try is left."""
        retry_in = self._retry_in(waiting, error)
        if retry_in is None:
            return _unreachable(waiting.awaited, f"{waiting.tries + 1} tries failed, the last: {error}")
        if self._clock.monotonic() + retry_in >= waiting.ends_at - LAST_SECONDS:
            return _unreachable(waiting.awaited, f"{error}; there is no time left to try again")
        self._queue.put_back(waiting, not_before=self._clock.monotonic() + retry_in, why=str(error))
        return None

    def _retry_in(self, waiting: Waiting, error: OutsideError) -> float | None:
        if isinstance(error, RobotsAwayError):
            # The article itself was not asked for; so this is no try, and goes on while the item has time.
            return error.retry_after or AWAY_SECONDS
        return self._backoff.delay(waiting.tries + 1, retry_after=error.retry_after, rng=self._rng)

    async def _keep(self, waiting: Waiting, article: Article) -> None:
        """Settle it; while the board cannot take that, again and again, as long as the item waits."""
        while True:
            try:
                await self._engine.settle_article(waiting.awaited.item_id, article)
            except BlackboardError:
                if self._clock.monotonic() + UNSAVED_SECONDS >= waiting.ends_at:
                    return
                await self._clock.sleep(UNSAVED_SECONDS)
            else:
                return

    def _ended(self, waiting: Waiting, done: "asyncio.Task[None]") -> None:
        item_id = waiting.awaited.item_id
        self._reading.pop(item_id, None)
        self._stirred.set()
        if not done.cancelled() and done.exception() is not None:
            self._queue.forget(item_id)

    async def _rest(self) -> None:
        """Until something is told or ends, or the next one's time has come."""
        stirred = asyncio.create_task(self._stirred.wait())
        slept = asyncio.create_task(self._clock.sleep(self._seconds_to_rest()))
        try:
            await asyncio.wait((stirred, slept), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stirred, slept):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if self._is_told:
            await self._clock.sleep(GATHER_SECONDS)

    def _seconds_to_rest(self) -> float:
        now = self._clock.monotonic()
        until_look = self._looked_at + (REFILL_SECONDS if self._queue.wants_more else LOOK_SECONDS) - now
        next_at = self._queue.next_at() if len(self._reading) < self._settings.concurrency else None
        ends_at = self._queue.ends_at()
        until_next = math.inf if next_at is None else next_at - now
        until_end = math.inf if ends_at is None else ends_at - LAST_SECONDS - now
        return max(_SHORTEST_REST_SECONDS, min(until_look, until_next, until_end))

    async def _cancel(self) -> None:
        reading = list(self._reading.values())
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        await self._reader.close()
        # What is started again begins with what the board says.
        self._queue, self._looked_at = ArticleQueue(), -math.inf

    def _on_event(self, event: Event) -> None:
        if event.type == "item_posted" and event.data.get("waits_for") == ARTICLE:
            self._is_told = True
            self._stirred.set()


def _unreachable(awaited: AwaitedArticle, why: str) -> Article:
    return Article(ArticleOutcome.UNREACHABLE, url=awaited.url, note=sentence(why))
