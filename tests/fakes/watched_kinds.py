"""A board with a source of every kind, in good health and in bad, and items whose articles went every way."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from daemon.blackboard import SqliteEngine
from daemon.blackboard.records import CallStatus, FetchState, NewSource, Observation
from daemon.blackboard.senses import Article, ArticleOutcome, NewReading, ReadingEnd
from daemon.core.clock import SystemClock
from sensors.webhooks.hook_secrets import HookSecrets
from tests.fakes.clock import ManualClock
from tests.fakes.staged_board import opened, seen

HOUR, DAY = 3600.0, 86_400.0
READS, LIMIT, SPENT_USD = 37, 100, 0.185
LEFT_OUT = {
    "big.txt": "it is 20,000,000 bytes, more than 10,485,760 (sensors.folders.max_file)",
    "**odd**.pdf": "the PDF is encrypted; save it without a password",
}
FEED_TEXT = "The feed said only this, with **marks**."
ARTICLE_TEXT = "The whole article. It goes on.\nIt has two paragraphs, and <b>marks</b>."
ARTICLE_URL = "https://paper.example/2026/tides"
NO_BUDGET = "its 5 reads of today are used up; it goes on at 00:00 UTC"


@dataclass(frozen=True)
class Kinds:
    """Ids of the sources by kind and health, and of items by what became of their article."""

    account: int
    search: int
    barred: int
    folder: int
    lost_folder: int
    hook: int
    unused_hook: int
    added: int
    full_text: int
    read: str
    paywalled: str
    awaiting: str


async def watch_kinds(home: Path) -> Kinds:
    """Make it, as of now."""
    async with opened(home, clock=ManualClock(time.time() - 2 * DAY)) as engine:
        account = await _added(engine, "x", "@example", name="Example of X", settings={"daily_reads": LIMIT})
        await _read(engine, account, reads=20)
    for name in ("builds", "alerts"):
        HookSecrets(home).begin(name)
    async with opened(home, clock=SystemClock()) as engine:
        items = await _items(engine)
        return Kinds(account=account, **await _sources(engine, account=account), **items)


async def _sources(engine: SqliteEngine, *, account: int) -> dict[str, int]:
    ids = {
        "search": await _added(engine, "x", "search:tides lang:en", settings={"daily_reads": 5}),
        "barred": await _added(engine, "x", "@barred", name="Barred"),
        "folder": await _added(engine, "folder", "/home/me/inbox", name="inbox"),
        "lost_folder": await _added(engine, "folder", "/home/me/lost", name="lost"),
        "hook": await _added(engine, "webhook", "webhook:builds", name="builds"),
        "unused_hook": await _added(engine, "webhook", "webhook:alerts", name="alerts"),
        "added": await _added(engine, "hackernews", "hackernews:front", name="Hacker News"),
    }
    await _look_at_x(engine, account=account, ids=ids)
    await _look_at_folders(engine, ids)
    delivered = {"id": "msg_1", "characters": 20}
    await engine.record_delivery(ids["hook"], observations=[seen("build 7")], event=delivered)
    await _failed(engine, ids["added"], "no sensor for sources of kind 'hackernews' is switched on")
    return ids


async def _look_at_x(engine: SqliteEngine, *, account: int, ids: Mapping[str, int]) -> None:
    now = time.time()
    well = FetchState(last_fetch_at=now, last_success_at=now, last_item_at=now, next_fetch_at=now + HOUR)
    await _read(engine, account, reads=READS)
    thread = Observation(
        title="A thread on tides", text="One.\n\nTwo.\n\n> Quoted: three.", url="https://x.com/e/status/1"
    )
    await engine.record_fetch(account, fetch=well, observations=[thread], event={"outcome": "read"})
    await _read(engine, ids["search"], reads=5)
    waits = replace(well, next_fetch_at=now + HOUR, next_fetch_reason=NO_BUDGET)
    await engine.record_fetch(ids["search"], fetch=waits, observations=(), event={"outcome": "waiting"})
    await _failed(engine, ids["barred"], "X answered 401: it does not take the bearer token: Unauthorized")


async def _look_at_folders(engine: SqliteEngine, ids: Mapping[str, int]) -> None:
    now = time.time()
    well = FetchState(last_fetch_at=now, last_success_at=now, last_item_at=now, next_fetch_at=now + HOUR)
    kept = replace(well, extra={"left_out": LEFT_OUT})
    await engine.record_fetch(ids["folder"], fetch=kept, observations=[seen("note.md")], event={"outcome": "read"})
    await _failed(engine, ids["lost_folder"], "there is no folder /home/me/lost")


async def _items(engine: SqliteEngine) -> dict[str, Any]:
    source = await _added(engine, "rss", "https://paper.example/feed", name="A paper", settings={"full_text": True})
    names = ("read", "paywalled", "awaiting")
    entries = [replace(seen(name), text=FEED_TEXT, url=f"{ARTICLE_URL}/{name}", article_within=HOUR) for name in names]
    now = time.time()
    well = FetchState(last_fetch_at=now, last_success_at=now, last_item_at=now, next_fetch_at=now + HOUR)
    posted = await engine.record_fetch(source, fetch=well, observations=entries, event={"outcome": "read"})
    ids = dict(zip(names, (one.item_id for one in posted), strict=True))
    await engine.settle_article(ids["read"], Article(ArticleOutcome.READ, ARTICLE_URL, "read whole", text=ARTICLE_TEXT))
    paywall = Article(ArticleOutcome.PAYWALL, ARTICLE_URL, "only its beginning is there, and then: “Subscribe **now**”")
    await engine.settle_article(ids["paywalled"], paywall)
    return {"full_text": source, **ids}


async def _added(
    engine: SqliteEngine, kind: str, address: str, *, name: str | None = None, settings: Mapping[str, Any] | None = None
) -> int:
    new = NewSource(kind=kind, address=address, name=name, settings=dict(settings or {}))
    return (await engine.add_source(new, by="cli")).id


async def _read(engine: SqliteEngine, source_id: int, *, reads: int) -> None:
    """A reading that brought so many posts, at the usual price."""
    new = NewReading(
        source_id=source_id,
        provider="x",
        model="x-posts",
        wanted=reads,
        least=1,
        reads_each=1,
        micro_each=5000,
        daily_reads=LIMIT,
        daily_micro=1_000_000,
    )
    end = ReadingEnd(CallStatus.OK, reads=reads, cost_micro=5000 * reads, latency_ms=90)
    await engine.settle_reading(await engine.begin_reading(new, caps={}), end)


async def _failed(engine: SqliteEngine, source_id: int, error: str) -> None:
    now = time.time()
    fetch = FetchState(last_fetch_at=now, errors_in_row=2, last_error=error, next_fetch_at=now + HOUR)
    event = {"outcome": "failed", "error": error}
    await engine.record_fetch(source_id, fetch=fetch, observations=(), event=event)
