"""A real daemon led up and down the ladder by its provider's faults alone, and by a disk that is nearly full."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from daemon.blackboard.reading import BoardReader
from daemon.core.errors import NotFoundError
from tests.fakes.processes import Daemon, ProviderProcess, command, provider_process, wait_for, write_config
from tests.fakes.stories import story, write_feed

pytestmark = pytest.mark.soak

ITEMS = 70
LEVELS = {
    "window": "3s",
    "l1": {"enter": 0.04, "leave": 0.02, "least_faults": 2, "dwell": "2s"},
    "l2": {"enter": 0.12, "leave": 0.06, "least_faults": 6, "dwell": "2s"},
    "l3": {"after": "2s", "free_disk": 0, "dwell": "2s"},
}
ORDER = {"L0": 0, "L1": 1, "L2": 2, "L3": 3}
LAST_MOMENT_SECONDS = 0.5
DOWN = {"fault": "status", "status": 503}


class Desk:
    """A running daemon of this test, looked at from outside."""

    def __init__(self, folder: Path, document: dict[str, Any]) -> None:
        self.config = write_config(folder, document)
        self.daemon = Daemon(self.config)
        self.reader = BoardReader(folder / "home" / "blackboard.db")

    def events(self) -> list[dict[str, Any]]:
        try:
            return self.reader.events(after=0, limit=100_000)
        except NotFoundError:
            return []

    def way(self) -> list[str]:
        """The levels in the order they were told."""
        return [event["data"]["level"] for event in self.events() if event["type"] == "level_changed"]

    def counts(self) -> dict[str, int]:
        try:
            return dict(self.reader.counts())
        except NotFoundError:
            return {"PUBLISHED": 0, "QUEUED": 0}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[ProviderProcess]:
    with provider_process(tmp_path, latency=0.15) as running:
        yield running


def document(feed: Path, *, base_url: str, levels: dict[str, Any]) -> dict[str, Any]:
    """Two models, of which one is cheap, and no local one: so that there can be nobody to ask."""
    shared = {"provider": "openai", "api_key": "test-key-0000", "base_url": f"{base_url}/v1"}
    models = {
        "first": shared | {"model": "dear-one", "price": {"input_mtok": 10, "output_mtok": 30}},
        "cheap": shared | {"model": "cheap-one", "price": {"input_mtok": 0.1, "output_mtok": 0.3}},
    }
    breaker = {"failure_threshold": 5, "recovery_time": "6s"}
    group = {
        "echelon1": {"models": ["first"], "timeout": "5s"},
        "echelon2": {"models": ["cheap"], "timeout": "5s"},
        "fallback_config": {"circuit_breaker": breaker},
    }
    return {
        "home": "home",
        "sources": [{"rss": str(feed), "every": "1s"}],
        "llm": {"models": models, "groups": {"left": group, "right": group}, "retry": {"token_reserve": 1000}},
        "budget": {"daily_usd": None, "monthly_usd": None, "per_item_usd": None, "burn": {"enabled": False}},
        "memory": {"mode": "off"},
        "levels": levels,
        "api": {"port": 0},
        "shutdown": {"grace_seconds": 5},
    }


def put_rules(provider: ProviderProcess, *rules: dict[str, Any]) -> None:
    httpx2.put(f"{provider.url}/_rules", json=list(rules)).raise_for_status()


@pytest.mark.slow
def test_faults_alone_lead_up_and_down_and_everything_is_published(tmp_path: Path, provider: ProviderProcess) -> None:
    """L0, L1, L2, L3 and back step by step; posts are taken and sources read in L3; nothing is buried.

    While the provider is down, a probe that is due leads to L2, and back to L3 when it fails.
    """
    feed = write_feed(tmp_path / "feed.xml", range(1, ITEMS + 1))
    desk = Desk(tmp_path, document(feed, base_url=provider.url, levels=LEVELS))
    put_rules(provider, {**DOWN, "skip": 5, "times": 4})
    desk.daemon.start()
    wait_for(lambda: desk.way() == ["L1"])
    put_rules(provider, DOWN)
    wait_for(lambda: desk.way() == ["L1", "L2", "L3"])
    write_feed(feed, range(1, ITEMS + 2))
    posted = command("post", "--text", story(ITEMS + 2), config=desk.config)
    assert posted.returncode == 0, posted.stderr
    put_rules(provider)
    wait_for(lambda: desk.way()[-3:] == ["L2", "L1", "L0"])
    wait_for(lambda: desk.counts()["PUBLISHED"] == ITEMS + 2)
    code, _ = desk.daemon.stop()
    assert code == 0, desk.daemon.log
    events = desk.events()
    assert not [event for event in events if event["type"] == "item_buried"]
    changes = [event["data"] for event in events if event["type"] == "level_changed"]
    assert {change["by"] for change in changes} == {"auto"}
    assert all(ORDER[change["before"]] - ORDER[change["level"]] <= 1 for change in changes)
    assert {"item_posted"} <= set(during_l3(events))
    assert "item_claimed" not in during_l3(events)


@pytest.mark.slow
def test_with_a_nearly_full_disk_sources_are_read_and_all_else_waits(tmp_path: Path, provider: ProviderProcess) -> None:
    """More space is asked for than there is: L3 at once. With room again the backlog is worked off."""
    feed = write_feed(tmp_path / "feed.xml", range(1, 6))
    full = LEVELS | {"l3": {"after": "2s", "free_disk": 10**18, "dwell": "1s"}}
    desk = Desk(tmp_path, document(feed, base_url=provider.url, levels=full))
    desk.daemon.start()
    wait_for(lambda: desk.counts()["QUEUED"] == 5)
    write_feed(feed, range(1, 8))
    wait_for(lambda: desk.counts()["QUEUED"] == 7)
    assert desk.way() == ["L3"]
    shown = command("status", config=desk.config).stdout
    assert "LEVEL L3" in shown
    assert "of the disk are free" in shown
    assert desk.daemon.stop()[0] == 0, desk.daemon.log
    desk = Desk(tmp_path, document(feed, base_url=provider.url, levels=LEVELS))
    desk.daemon.start()
    wait_for(lambda: desk.counts()["PUBLISHED"] == 7)
    assert desk.daemon.stop()[0] == 0, desk.daemon.log
    assert desk.way()[-1] == "L0"


def during_l3(events: list[dict[str, Any]]) -> list[str]:
    """The types of the events while L3 held; not those of its last moment, in which the end is told after it came."""
    found, types = list[str](), list[tuple[float, str]]()
    level = "L0"
    for event in events:
        at = datetime.fromisoformat(event["at"]).timestamp()
        if event["type"] == "level_changed":
            if level == "L3":
                found += [type_ for moment, type_ in types if moment < at - LAST_MOMENT_SECONDS]
            level, types = event["data"]["level"], []
        else:
            types.append((at, event["type"]))
    return found
