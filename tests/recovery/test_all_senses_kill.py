"""A daemon that watches with all of its senses at once is killed at random moments, while the world goes on."""

import asyncio
import json
import os
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from tests.fakes.all_senses import FEW_READS, Outside, outside_world
from tests.fakes.processes import Daemon, started, write_config
from tests.fakes.waiting import until

KILLS = 5

pytestmark = pytest.mark.soak


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder that is watched."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def config_in(folder: Path, outside: Outside) -> Path:
    document = {"home": "home", "memory": {"mode": "off"}, "api": {"port": 0}}
    return write_config(folder, document | {"sources": outside.sources(), "sensors": outside.sensors()})


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{home}/blackboard.db?mode=ro", uri=True)) as board:
        return board.execute(query).fetchall()


def told(home: Path) -> Counter[str]:
    """How often each token is the title of an item."""
    return Counter(title.removeprefix("About ") for (title,) in rows(home, "SELECT title FROM items"))


def told_posts(home: Path) -> Counter[str]:
    """How often each post of X is in an item, by itself or in a thread."""
    query = """
        SELECT i.url, o.extra FROM items i JOIN observations o ON o.item_id = i.id JOIN sources s ON s.id = i.source_id
        WHERE s.kind = 'x'
    """
    return Counter(
        post for url, extra in rows(home, query) for post in json.loads(extra).get("posts") or [url.rpartition("/")[2]]
    )


def is_worked_off(home: Path) -> bool:
    live = "state IN ('QUEUED', 'INGESTING', 'DRAFTING', 'REVIEWING', 'PUBLISHING')"
    return rows(home, f"SELECT count(*) FROM items WHERE {live}") == [(0,)]


def all_read(home: Path) -> bool:
    """Every source was read at its last look, or waits for its next day's budget."""
    unread = "errors_in_row > 0 AND waits_for IS NULL OR last_fetch_at IS NULL AND kind <> 'webhook'"
    return rows(home, f"SELECT name FROM sources WHERE {unread}") == []


@pytest.mark.timeout(300)
async def test_everything_that_was_told_is_an_item_once(tmp_path: Path, inbox: Path) -> None:
    """Entries past faults, posts within budgets, deliveries, files: none lost, none twice, no source stands still."""
    rng, home = random.Random(20261121), tmp_path / "home"
    async with outside_world(inbox, rng=rng) as outside:
        no_keys = {name: "" for name in os.environ if name.endswith("_API_KEY")}
        daemon = Daemon(config_in(tmp_path, outside), environ=no_keys)
        for _ in range(KILLS):
            address = await asyncio.to_thread(started, daemon, home)
            await outside.live(address, seconds=rng.uniform(2, 6))
            daemon.kill()
        outside.heal()
        address = await asyncio.to_thread(started, daemon, home)
        while len(outside.acknowledged) < outside.deliveries:
            await outside.deliver(address, patience=20)
        await until(lambda: set(outside.tokens()) <= told(home).keys(), within=60)
        await until(lambda: set(outside.posts) <= told_posts(home).keys(), within=60)
        await until(lambda: is_worked_off(home) and all_read(home), within=60)
        code, _ = await asyncio.to_thread(daemon.stop)
        assert code == 0
    _audit_items(home, outside)
    _audit_money(home, outside)


def _audit_items(home: Path, outside: Outside) -> None:
    found = told(home)
    assert {token: found[token] for token in outside.tokens()} == dict.fromkeys(outside.tokens(), 1)
    posts = told_posts(home)
    assert set(posts.values()) == {1}
    assert set(outside.posts) <= posts.keys() <= outside.x.posts.keys()
    published = rows(home, "SELECT item_id FROM events WHERE to_state = 'PUBLISHED'")
    assert len(published) == len(set(published)) == rows(home, "SELECT count(*) FROM items")[0][0]
    assert BoardReader(home / "blackboard.db").check() == []


def _audit_money(home: Path, outside: Outside) -> None:
    """No less than X counted, and no source over its bound."""
    charged = rows(
        home, "SELECT s.address, sum(r.reads) FROM source_reads r JOIN sources s ON s.id = source_id GROUP BY 1"
    )
    by_account = dict(charged)
    assert by_account["@beta"] <= FEW_READS
    assert sum(by_account.values()) >= outside.x.served["posts"]
    assert rows(home, "SELECT sum(micro) FROM source_reads")[0][0] >= outside.x.micro()
