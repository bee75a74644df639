"""Real processes of ours in tests: the daemon, and the fake provider beside it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml

from daemon.blackboard import read_holder
from tests.fakes.stories import write_feed

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90.0


_STARTED: list[subprocess.Popen[bytes]] = []


def end_all() -> None:
    """Kill every daemon that is still there, for a test that failed in the middle."""
    while _STARTED:
        process = _STARTED.pop()
        process.kill()
        process.wait()


class Daemon:
    """`davidagent run` (or another long command) as a process, for one configuration file."""

    def __init__(
        self,
        config: Path,
        *,
        command: str = "run",
        environ: dict[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self._command = command
        self._options = options
        self.config = config
        self._environ = environ or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = config.with_suffix(".log")

    def start(self) -> None:
        """Start it, without waiting."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "daemon", "--config", self.config, self._command, *self._options],
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **self._environ},
            )
        _STARTED.append(self._process)

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal, without waiting."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for its end; answers the exit code."""
        assert self._process is not None
        return self._process.wait(timeout=PATIENCE_SECONDS)

    def stop(self) -> tuple[int, float]:
        """SIGTERM; answers the exit code and the seconds it took."""
        assert self._process is not None
        before = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=PATIENCE_SECONDS)
        return code, time.monotonic() - before

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """It has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text()


def command(*arguments: str | Path, config: Path) -> subprocess.CompletedProcess[str]:
    """`davidagent …` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "daemon", "--config", config, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=PATIENCE_SECONDS,
    )


class ProviderProcess:
    """The fake provider in a process of its own, which outlives the daemons of a test."""

    def __init__(self, url: str) -> None:
        self.url = url

    def stats(self) -> dict[str, Any]:
        """Its counters."""
        document: dict[str, Any] = httpx2.get(f"{self.url}/_stats", timeout=PATIENCE_SECONDS).json()
        return document


def started(daemon: Daemon, home: Path) -> str:
    """Start it, and wait until it listens: its address."""
    before = daemon.log.count("daemon_started") if daemon.config.with_suffix(".log").exists() else 0
    daemon.start()
    wait_for(lambda: daemon.log.count("daemon_started") > before)
    holder = read_holder(home)
    assert holder is not None
    assert holder.address is not None
    return holder.address


@contextmanager
def provider_process(folder: Path, *, latency: float) -> Iterator[ProviderProcess]:
    """A running fake provider; ended with the test."""
    stats = folder / "provider.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.provider_server", "--latency", str(latency), "--stats-file", stats],
        cwd=ROOT,
    )
    try:
        wait_for(lambda: stats.exists() and "port" in stats.read_text())
        yield ProviderProcess(f"http://127.0.0.1:{json.loads(stats.read_text())['port']}")
    finally:
        process.terminate()
        process.wait()


def wait_for(is_so: Any, *, within: float = PATIENCE_SECONDS) -> None:
    """Wait for another process; `TimeoutError` when the fact does not come."""
    end = time.monotonic() + within
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)


def write_config(folder: Path, document: dict[str, Any]) -> Path:
    """`davidagent.yaml` in a folder."""
    path = folder / "davidagent.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def dashboard_answers(port: int) -> bool:
    """The dashboard's process on this machine does."""
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/_stcore/health", trust_env=False).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def paid_desk(folder: Path, *, provider: ProviderProcess, port: int) -> dict[str, Any]:
    """The document of a desk over three stories, whose one model costs money; its dashboard is on `port`."""
    model = {"provider": "openai", "model": "gpt-5-mini", "api_key": "test-key-0000", "base_url": f"{provider.url}/v1"}
    group = {"echelon1": {"models": ["only"]}}
    return {
        "home": str(folder / "home"),
        "sources": [{"rss": str(write_feed(folder / "feed.xml", range(1, 4)))}],
        "llm": {"models": {"only": model}, "groups": {"left": group, "right": group}},
        "memory": {"mode": "off"},
        "api": {"port": 0},
        "dashboard": {"port": port},
    }
