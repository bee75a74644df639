"""The daemon as a process: killed at random moments, stopped softly, and looked at from outside."""

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import feedparser
import pytest
import yaml

from daemon.blackboard.reading import BoardReader
from daemon.core.errors import NotFoundError
from tests.fakes.processes import Daemon, ProviderProcess, command, provider_process, wait_for, write_config
from tests.fakes.stories import write_feed

pytestmark = pytest.mark.soak

ITEMS = 200
KILLS = 10
LIVE = ("QUEUED", "INGESTING", "DRAFTING", "REVIEWING", "PUBLISHING")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[ProviderProcess]:
    with provider_process(tmp_path, latency=0.02) as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, provider: ProviderProcess) -> Path:
    """200 items, one model at the fake provider, short lease."""
    feed = write_feed(tmp_path / "feed.xml", range(1, ITEMS + 1))
    return write_config(tmp_path, _document(feed, base_url=provider.url))


def _document(feed: Path, *, base_url: str) -> dict[str, Any]:
    # Of the three SDKs this one is there soonest, and many daemons are started here.
    model = {"provider": "openai", "model": "gpt-6-luna", "api_key": "test-key-0000", "base_url": f"{base_url}/v1"}
    group = {"echelon1": {"models": ["only"], "timeout": 10}}
    return {
        "home": "home",
        "sources": [{"rss": str(feed)}],
        "llm": {"models": {"only": model}, "groups": {"left": group, "right": group}},
        "budget": {"daily_usd": None, "monthly_usd": None, "per_item_usd": None, "burn": {"enabled": False}},
        "memory": {"mode": "off"},
        "api": {"port": 0},
        "worker": {"slots": 16},
        "shutdown": {"grace_seconds": 5},
    }


def _reader(config: Path) -> BoardReader:
    return BoardReader(config.parent / "home" / "blackboard.db")


def _total(reader: BoardReader) -> int:
    """How many items are on the board; none while it is just being made."""
    try:
        return sum(reader.counts().values())
    except NotFoundError:
        return 0


def _left(reader: BoardReader) -> int:
    """How many items are not done yet; all of them while there is no board."""
    if _total(reader) < ITEMS:
        return ITEMS
    counts = reader.counts()
    return sum(counts[state] for state in LIVE)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_ten_kills_lose_nothing_and_double_nothing(config: Path, provider: ProviderProcess) -> None:
    """SIGKILL at ten random moments over 200 items, then a fresh look at everything that was left behind."""
    rng, reader, daemon = random.Random(20261120), _reader(config), Daemon(config)
    for _ in range(KILLS):
        daemon.start()
        wait_for(lambda: _total(reader) == ITEMS)
        time.sleep(rng.uniform(0.0, 1.2))
        assert daemon.is_running, daemon.log
        daemon.kill()
    assert _left(reader) > 0, "it was done before the last kill: nothing was shown"
    daemon.start()
    wait_for(lambda: _left(reader) == 0, within=90)
    code, _ = daemon.stop()
    assert code == 0
    _audit_posts(config, reader)
    _audit_ledger(reader, provider)


def _audit_posts(config: Path, reader: BoardReader) -> None:
    """Every item is published exactly once: one event, one file, one entry at most in the feed."""
    assert {state: n for state, n in reader.counts().items() if n} == {"PUBLISHED": ITEMS}
    items = [reader.item(row["id"]) for row in reader.items(limit=ITEMS)]
    published = [event for item in items for event in item["events"] if event["to"] == "PUBLISHED"]
    assert len(published) == ITEMS
    files = (config.parent / "home" / "posts").glob("*.md")
    written = Counter(yaml.safe_load(file.read_text().split("---\n")[1])["item_id"] for file in files)
    assert written == Counter({item["item"]["id"]: 1 for item in items})
    feed = feedparser.parse(str(config.parent / "home" / "site" / "feed.atom"))
    assert not feed.bozo
    assert len({entry.id for entry in feed.entries}) == len(feed.entries) == 50
    assert reader.check() == []


def _audit_ledger(reader: BoardReader, provider: ProviderProcess) -> None:
    """No stored answer was paid again; what the kills left unanswered is booked as unconfirmed."""
    with closing(sqlite3.connect(f"file:{reader.path}?mode=ro", uri=True)) as board:
        rows = board.execute("SELECT item_id, request_hash, status FROM calls").fetchall()
    paid = Counter((item_id, request_hash) for item_id, request_hash, status in rows if status == "ok")
    assert set(paid.values()) == {1}
    unconfirmed = sum(status == "unconfirmed" for _, _, status in rows)
    stats = provider.stats()
    assert stats["max_in_flight"] <= 3 + 3, "the old process's requests may still be open beside the new one's"
    answered = sum(entry["outcome"] == "answered" for entry in stats["log"])
    assert len(paid) <= answered <= len(paid) + unconfirmed


@pytest.mark.slow
def test_a_soft_stop_in_mid_run_is_clean(config: Path) -> None:
    """SIGTERM: exit code 0 within the grace time, nothing claimed, no attempt used up, and the rest is done later."""
    daemon, reader = Daemon(config), _reader(config)
    daemon.start()
    wait_for(lambda: _total(reader) == ITEMS and reader.counts()["PUBLISHED"] >= 10)
    code, seconds = daemon.stop()
    assert code == 0, daemon.log
    assert seconds < 8
    rows = reader.items(limit=ITEMS)
    assert {row["attempts"] for row in rows} == {0}
    assert len([row for row in rows if row["state"] in LIVE]) > 0
    assert reader.costs(since=0)["unconfirmed_usd"] == 0
    daemon.start()
    wait_for(lambda: reader.counts()["PUBLISHED"] == ITEMS, within=60)
    assert daemon.stop()[0] == 0


@pytest.mark.slow
def test_the_same_commands_work_with_and_without_the_daemon(config: Path) -> None:
    """`post` and `status` act through the daemon while it runs, and by themselves when it does not."""
    daemon = Daemon(config)
    daemon.start()
    wait_for(lambda: '"running": true' in command("status", "--json", config=config).stdout)
    with_daemon = command("post", "--text", "The bridge was closed on Monday for 3 hours.", "--json", config=config)
    daemon.stop()
    without = command("post", "--text", "The bridge was closed on Monday for 3 hours.", "--json", config=config)
    assert (with_daemon.returncode, without.returncode) == (0, 0), with_daemon.stderr + without.stderr
    assert with_daemon.stdout.split('"id"')[1][:20] == without.stdout.split('"id"')[1][:20]


@pytest.mark.slow
def test_once_ends_softly_on_sigterm(config: Path) -> None:
    """As on Ctrl-C: exit code 130, nothing left claimed, no attempt used up, one line that says what is left."""
    once, reader = Daemon(config, command="once"), _reader(config)
    once.start()
    wait_for(lambda: _total(reader) == ITEMS and reader.counts()["PUBLISHED"] >= 3)
    code, _ = once.stop()
    assert code == 130, once.log
    with closing(sqlite3.connect(f"file:{reader.path}?mode=ro", uri=True)) as board:
        assert board.execute("SELECT count(*) FROM items WHERE claimed_by IS NOT NULL OR attempts > 0").fetchone() == (
            0,
        )
    assert "Traceback" not in once.log
