"""What others find while the daemon stops, and after a stop at a bad moment."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.core.errors import NotFoundError
from tests.fakes.processes import Daemon, ProviderProcess, command, provider_process, wait_for, write_config
from tests.fakes.stories import write_feed

pytestmark = pytest.mark.soak

ITEMS = 20
NEWS = ("post", "--text", "The old bridge was closed on Monday for three hours after noon.")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[ProviderProcess]:
    """A provider that takes longer over each answer than the grace time lasts."""
    with provider_process(tmp_path, latency=30) as running:
        yield running


@pytest.fixture
def daemon(tmp_path: Path, provider: ProviderProcess) -> Daemon:
    feed = write_feed(tmp_path / "feed.xml", range(1, ITEMS + 1))
    return Daemon(write_config(tmp_path, _document(feed, base_url=provider.url)))


def _document(feed: Path, *, base_url: str) -> dict[str, Any]:
    model = {"provider": "openai", "model": "gpt-5-mini", "api_key": "test-key-0000", "base_url": f"{base_url}/v1"}
    group = {"echelon1": {"models": ["only"], "timeout": 60}}
    return {
        "home": "home",
        "sources": [{"rss": str(feed)}],
        "llm": {"models": {"only": model}, "groups": {"left": group, "right": group}},
        "memory": {"mode": "off"},
        "api": {"port": 0},
        "shutdown": {"grace_seconds": 4},
    }


def _status(daemon: Daemon) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command("status", "--json", config=daemon.config).stdout)
    return found


def _has_requests(provider: ProviderProcess) -> bool:
    return bool(provider.stats()["in_flight"] >= 3)


@pytest.mark.slow
def test_while_it_stops_a_command_is_told_to_come_back(daemon: Daemon, provider: ProviderProcess) -> None:
    """Its listener is gone but the board is still its own: no refused connection, and no second writer."""
    daemon.start()
    wait_for(lambda: _has_requests(provider))
    running = _status(daemon)["daemon"]
    assert (running["running"], running["pid"]) == (True, daemon.pid)
    assert running["started_at"] <= running["heartbeat_at"]
    daemon.signal(signal.SIGTERM)
    wait_for(lambda: _status(daemon)["daemon"]["address"] is None)
    refused = command(*NEWS, config=daemon.config)
    assert refused.returncode == 1
    assert "try again when it is done" in refused.stderr
    assert daemon.wait() == 0
    assert command(*NEWS, config=daemon.config).returncode == 0


@pytest.mark.slow
def test_a_second_signal_ends_it_at_once_and_loses_nothing(daemon: Daemon, provider: ProviderProcess) -> None:
    """Code 130, no item lost, no attempt used up; the next start takes all of it up again."""
    daemon.start()
    wait_for(lambda: _has_requests(provider))
    before = time.monotonic()
    daemon.signal(signal.SIGTERM)
    time.sleep(0.2)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 130
    assert time.monotonic() - before < 3
    daemon.start()
    wait_for(lambda: _status(daemon)["daemon"]["running"])
    rows = _reader(daemon).items(limit=ITEMS)
    assert (len(rows), {row["attempts"] for row in rows}) == (ITEMS, {0})
    daemon.kill()


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["locked", "listening"])
def test_a_stop_during_the_start_is_a_clean_stop(daemon: Daemon, moment: str) -> None:
    """From the moment it holds the board, SIGTERM ends it with code 0, however little has been started."""
    daemon.start()
    home = daemon.config.parent / "home"
    sign = home / {"locked": "blackboard.lock", "listening": "api.token"}[moment]
    wait_for(sign.exists)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0, daemon.log
    assert "Traceback" not in daemon.log
    try:
        assert _reader(daemon).check() == []
    except NotFoundError:
        pytest.fail("there is no board")


def _reader(daemon: Daemon) -> BoardReader:
    return BoardReader(daemon.config.parent / "home" / "blackboard.db")
