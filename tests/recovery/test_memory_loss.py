"""The Chroma server is killed in mid-run and comes back: the daemon works on, says so, and catches up by itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.core.errors import NotFoundError
from tests.fakes.chroma_server import ChromaServer, require_chroma
from tests.fakes.processes import Daemon, ProviderProcess, command, provider_process, wait_for, write_config
from tests.fakes.stories import story, write_feed

pytestmark = pytest.mark.soak

require_chroma()

ITEMS = 60
KILL_AT = 15
NEWS = story(ITEMS + 1)


class Desk:
    """A running daemon of this test, looked at from outside."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.reader = BoardReader(config.parent / "home" / "blackboard.db")

    def ask(self, *arguments: str) -> Any:
        """The JSON document a command prints."""
        done = command(*arguments, "--json", config=self.config)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def published(self) -> int:
        """How many items are published; none while the board is just being made."""
        try:
            return self.reader.counts()["PUBLISHED"]
        except NotFoundError:
            return 0

    def said(self) -> list[str]:
        """What became of the memory, in order."""
        types = [event["type"] for event in self.reader.events(after=0, limit=100_000)]
        return [type_ for type_ in types if type_.startswith("memory_")]

    def draft(self, item_id: str) -> dict[str, Any]:
        """The content of an item's first draft."""
        artifacts = self.ask("show", item_id)["artifacts"]
        return next(artifact["content"] for artifact in artifacts if artifact["kind"] == "draft")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaServer]:
    chroma = ChromaServer(tmp_path / "server")
    chroma.start()
    yield chroma
    chroma.kill()


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[ProviderProcess]:
    with provider_process(tmp_path, latency=0.05) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, provider: ProviderProcess, server: ChromaServer) -> Iterator[Desk]:
    """The daemon at work on a feed of 60 entries."""
    feed = write_feed(tmp_path / "feed.xml", range(1, ITEMS + 1))
    config = write_config(tmp_path, _document(feed, base_url=provider.url, memory_url=server.url))
    daemon = Daemon(config)
    daemon.start()
    yield Desk(config)
    is_running, (code, _) = daemon.is_running, daemon.stop()
    assert (is_running, code) == (True, 0), daemon.log


def _document(feed: Path, *, base_url: str, memory_url: str) -> dict[str, Any]:
    # Of the three SDKs this one is there soonest, and many daemons are started here.
    model = {"provider": "openai", "model": "gpt-6-luna", "api_key": "test-key-0000", "base_url": f"{base_url}/v1"}
    group = {"echelon1": {"models": ["only"], "timeout": 10}}
    return {
        "home": "home",
        "sources": [{"rss": str(feed)}],
        "llm": {"models": {"only": model}, "groups": {"left": group, "right": group}},
        "budget": {"daily_usd": None, "monthly_usd": None, "per_item_usd": None, "burn": {"enabled": False}},
        "memory": {"mode": "http", "url": memory_url},
        "api": {"port": 0},
        "shutdown": {"grace_seconds": 5},
    }


@pytest.mark.slow
def test_a_killed_memory_is_done_without_and_comes_back(desk: Desk, server: ChromaServer) -> None:
    """Everything is published, the loss is said, and after the server's return recall works and nothing is missing."""
    wait_for(lambda: desk.published() >= KILL_AT)
    server.kill()
    assert desk.published() < ITEMS, "it was done before the kill: nothing was shown"
    wait_for(lambda: desk.published() == ITEMS)
    assert desk.said() == ["memory_degraded"]
    # The board says it with the next beat of the pulse, up to two seconds after the event.
    wait_for(lambda: desk.ask("status")["memory"] == "degraded")
    assert desk.draft(desk.reader.items(limit=1)[0]["id"])["memory_degraded"] is True

    server.start()
    wait_for(lambda: desk.said() == ["memory_degraded", "memory_restored"], within=60)
    posted = desk.ask("post", "--text", NEWS)["id"]
    wait_for(lambda: desk.published() == ITEMS + 1)
    draft = desk.draft(posted)
    assert draft["memory_degraded"] is False
    assert len(draft["memories"]) > 0
    assert posted not in {memory["item_id"] for memory in draft["memories"]}

    wait_for(lambda: desk.reader.unremembered() == 0)
    memory = desk.ask("memory", "status")
    expected = {"mode": "http", "status": "ok", "size": ITEMS + 1, "remembered": ITEMS + 1, "waiting": 0, "error": None}
    assert {name: memory[name] for name in expected} == expected
    assert memory["degraded_since"] is None
    assert desk.said() == ["memory_degraded", "memory_restored"]
