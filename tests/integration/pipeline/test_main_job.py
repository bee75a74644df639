"""The main job, whole: a feed in, checked posts out, through the real SDKs and a real board."""

import asyncio
import itertools
from collections import Counter
from pathlib import Path

import pytest

from daemon.app.assembly import open_desk
from daemon.app.running import run_once
from daemon.blackboard.reading import BoardReader
from daemon.core.settings.models import Settings
from daemon.runtime.desk import Desk
from daemon.runtime.progress import SilentProgress
from daemon.runtime.reports import OnceReport
from tests.fakes.provider_rules import Fault, Rule
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.stories import settings_for, write_feed
from tests.fakes.waiting import until

VENDORS = ["anthropic", "gemini", "openai"]
STORM = 100


async def once(settings: Settings) -> OnceReport:
    return await run_once(settings, strict=False, patience=None, progress=SilentProgress())


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_storm_is_a_steady_flow_and_every_token_is_booked(vendor: str, tmp_path: Path) -> None:
    """100 items at once: never more requests in flight than allowed, 100 posts, the ledger equals the provider."""
    feed = write_feed(tmp_path / "feed.xml", range(1, STORM + 1))
    async with FakeProviderServer(latency=0.005) as server:
        settings = settings_for(tmp_path / "home", feeds=[feed], vendor=vendor, base_url=server.base_url(vendor))
        report = await once(settings)
        stats = server.stats
    assert (report.published, report.held, report.dead) == (STORM, 0, 0)
    assert stats.max_in_flight == settings.llm.max_concurrency
    costs = BoardReader(settings.home / "blackboard.db").costs(since=0)
    assert costs["calls"] == len(stats.log) == stats.count("answered")
    assert (costs["prompt_tokens"], costs["completion_tokens"]) == (stats.tokens.prompt, stats.tokens.completion)
    assert costs["cached_tokens"] == stats.tokens.cached
    assert max(stats.answered_by_hash().values()) == 1
    assert len(list((settings.home / "posts").glob("*.md"))) == STORM


class Healing:
    """Runs a desk in the background, as the daemon does, without its API."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def settled(self) -> dict[str, int]:
        """The counts once nothing is left to do."""
        live = ("QUEUED", "INGESTING", "DRAFTING", "REVIEWING", "PUBLISHING")
        await until(lambda: not any(self.desk.reader.counts()[state] for state in live), within=60)
        return {state: count for state, count in self.desk.reader.counts().items() if count}


FAULTS = {
    "Story 3x": Rule(fault=Fault.STATUS, status=429),
    "Story 4x": Rule(fault=Fault.STATUS, status=500),
    "Story 5x": Rule(fault=Fault.HANG),
    "Story 6x": Rule(fault=Fault.BAD_JSON),
    "Story 7x": Rule(fault=Fault.BAD_KEY),
}
SENT = {"Story 3x": 4, "Story 4x": 4, "Story 5x": 4, "Story 6x": 2, "Story 7x": 1}
"""Transient faults are sent once and retried three times, garbage is repaired once, a bad key is final."""


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
async def test_bad_items_end_as_dead_letters_and_come_back_when_healed(vendor: str, tmp_path: Path) -> None:
    """Each fault ends as its class says, with all tracebacks; the rest is published meanwhile; retry publishes all."""
    feed = write_feed(tmp_path / "feed.xml", range(1, 31))
    for text, rule in FAULTS.items():
        rule.contains, rule.used = text, 0
    async with FakeProviderServer(rules=list(FAULTS.values())) as server:
        group = {"echelon1": {"models": ["only"], "timeout": 0.4}, "fallback_config": _DEAF_BREAKER}
        settings = settings_for(
            tmp_path / "home",
            feeds=[feed],
            vendor=vendor,
            base_url=server.base_url(vendor),
            llm={"retry": {"delays": [0.02, 0.04, 0.08]}, "groups": {"left": group, "right": group}},
        )
        async with open_desk(settings) as desk:
            await desk.sensing.poll_all()
            await desk.start_working()
            assert await Healing(desk).settled() == {"PUBLISHED": 25, "DEAD_LETTER": 5}
            assert _sent_of_dead(desk) == SENT
            server.heal()
            assert len(await desk.engine.revive(by="test")) == 5
            assert await Healing(desk).settled() == {"PUBLISHED": 30}
            assert await desk.engine.revive(by="test") == []


_DEAF_BREAKER = {"circuit_breaker": {"failure_threshold": 1000}}


def _sent_of_dead(desk: Desk) -> dict[str, int]:
    """How many requests each dead letter sent, after checking that each failure has its traceback."""
    sent: dict[str, int] = {}
    for row in desk.reader.items(limit=100):
        if row["state"] != "DEAD_LETTER":
            continue
        item = desk.reader.item(row["id"])
        text = f"Story {row['title'].removeprefix('Entry ')}x"
        failed = [event for event in item["events"] if event["type"] == "attempt_failed"]
        buried = next(event for event in item["events"] if event["type"] == "item_buried")
        tracebacks = [event["data"]["failure"]["traceback"] for event in [*failed, buried]]
        assert all("Traceback (most recent call last)" in traceback for traceback in tracebacks)
        assert len(failed) in (0, 4)
        sent[text] = len(item["calls"])
    return sent


@pytest.mark.soak
@pytest.mark.slow
async def test_the_waits_are_two_four_and_eight_seconds(tmp_path: Path) -> None:
    """In real time: a 503 that does not end is sent four times, 2, 4 and 8 s apart (and up to a tenth more)."""
    feed = write_feed(tmp_path / "feed.xml", [1])
    async with FakeProviderServer(rules=[Rule(fault=Fault.STATUS, status=503)]) as server:
        settings = settings_for(tmp_path / "home", feeds=[feed], vendor="openai", base_url=server.base_url("openai"))
        report = await once(settings)
        times = [entry.started_at for entry in server.stats.log]
    assert report.dead == 1
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    # A busy machine may add a moment of its own, but takes none away.
    assert all(wanted - 0.05 <= wait < wanted * 1.1 + 1.5 for wait, wanted in zip(waits, (2, 4, 8), strict=True)), waits


async def test_a_provider_that_is_away_makes_the_backlog_wait(tmp_path: Path) -> None:
    """Every request fails: a few items use up their retries, then the breaker opens and the others lie untouched."""
    feed = write_feed(tmp_path / "feed.xml", range(1, 41))
    async with FakeProviderServer(rules=[Rule(fault=Fault.STATUS, status=500)]) as server:
        settings = settings_for(
            tmp_path / "home",
            feeds=[feed],
            vendor="anthropic",
            base_url=server.base_url("anthropic"),
            llm={"retry": {"delays": [0.01, 0.02, 0.04]}},
        )
        report = await run_once(settings, strict=False, patience=1.0, progress=SilentProgress())
        requests = len(server.stats.log)
    assert report.dead + report.waiting == 40
    assert report.dead < 20
    assert requests < 60
    assert any("breaker" in reason for reason in report.waits_for)


async def test_the_report_of_a_run_without_patience_is_what_the_board_says(tmp_path: Path) -> None:
    """An item that is between two tries when patience ends has its tries, and is counted where it ended."""
    feed = write_feed(tmp_path / "feed.xml", [1])
    async with FakeProviderServer(rules=[Rule(fault=Fault.STATUS, status=500)]) as server:
        settings = settings_for(
            tmp_path / "home",
            feeds=[feed],
            vendor="anthropic",
            base_url=server.base_url("anthropic"),
            llm={"retry": {"delays": [0.5, 0.5, 0.5]}},
        )
        report = await run_once(settings, strict=False, patience=0.3, progress=SilentProgress())
    assert BoardReader(tmp_path / "home" / "blackboard.db").counts()["DEAD_LETTER"] == 1
    assert (report.dead, report.waiting, report.waits_for) == (1, 0, {})


async def test_an_empty_budget_makes_work_wait_and_is_not_overspent(tmp_path: Path) -> None:
    """With a cent a day, some items are done, the others wait for tomorrow; what is charged is at most a cent."""
    feed = write_feed(tmp_path / "feed.xml", range(1, 41))
    async with FakeProviderServer() as server:
        settings = settings_for(
            tmp_path / "home",
            feeds=[feed],
            vendor="openai",
            base_url=server.base_url("openai"),
            budget={"daily_usd": 0.01, "monthly_usd": 1.0, "per_item_usd": 0.01},
        )
        report = await run_once(settings, strict=False, patience=1.0, progress=SilentProgress())
    assert report.dead == 0
    assert report.waiting > 0
    assert 0 < report.cost_usd <= 0.01


async def test_the_same_feed_again_publishes_nothing_twice(tmp_path: Path) -> None:
    """Re-read, re-ordered and re-hosted: all known, or discarded as duplicates with the reason."""
    first = write_feed(tmp_path / "feed.xml", range(1, 6))
    home = tmp_path / "home"
    async with FakeProviderServer() as server:
        base_url = server.base_url("gemini")
        await once(settings_for(home, feeds=[first], vendor="gemini", base_url=base_url))
        write_feed(first, [3, 1, 2, 5, 4])
        again = await once(settings_for(home, feeds=[first], vendor="gemini", base_url=base_url))
        moved = write_feed(tmp_path / "moved.xml", range(1, 6))
        rehosted = await once(settings_for(home, feeds=[moved], vendor="gemini", base_url=base_url))
    assert (again.published, again.discarded) == (0, 0)
    assert (rehosted.published, rehosted.discarded) == (0, 5)
    reader = BoardReader(home / "blackboard.db")
    reasons = Counter(reader.item(row["id"])["item"]["reason"].split(" ")[0] for row in reader.items(state="DISCARDED"))  # type: ignore[arg-type]
    assert reasons == {"duplicate": 5}


async def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    """There is one writer: the second says who the first is."""
    from daemon.core.errors import WriterLockedError

    settings = settings_for(tmp_path / "home", feeds=[], vendor=None)
    async with open_desk(settings):
        with pytest.raises(WriterLockedError, match="process"):
            async with open_desk(settings):
                pass


async def test_the_desk_closes_cleanly_with_work_in_hand(tmp_path: Path) -> None:
    """A desk that is stopped while a provider hangs ends within its grace time and releases the item."""
    feed = write_feed(tmp_path / "feed.xml", [1])
    async with FakeProviderServer(rules=[Rule(fault=Fault.HANG)]) as server:
        settings = settings_for(
            tmp_path / "home",
            feeds=[feed],
            vendor="gemini",
            base_url=server.base_url("gemini"),
            shutdown={"grace_seconds": 0.1},
        )
        async with asyncio.timeout(10):
            async with open_desk(settings) as desk:
                await desk.sensing.poll_all()
                await desk.start_working()
                await server.until(lambda stats: stats.in_flight == 1)
            await server.until(lambda stats: stats.in_flight == 0)
    (row,) = BoardReader(settings.home / "blackboard.db").items()
    assert (row["state"], row["attempts"]) == ("INGESTING", 0)


async def test_once_does_not_wait_for_a_batch(tmp_path: Path) -> None:
    """Who wants the board worked off now gets it, also from a source in no hurry."""
    feed = write_feed(tmp_path / "feed.xml", range(1, 4))
    async with FakeProviderServer() as server:
        settings = settings_for(
            tmp_path / "home",
            feeds=[],
            vendor="anthropic",
            base_url=server.base_url("anthropic"),
            sources=[{"rss": str(feed), "urgency": "low"}],
            llm={"batch": {"enabled": True}},
        )
        report = await once(settings)
    assert (report.published, report.waiting) == (3, 0)
