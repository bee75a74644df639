"""The processes of the live-stage bench: the stages that send, and the hall of viewers that watches."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil

from bench.contestants.drain_load import story as model_story
from daemon.blackboard import read_holder
from daemon.blackboard.reading import BoardReader
from tests.fakes.full_boards import fill_board, offline_config
from tests.fakes.stories import story

KIB = 1024
TOKEN = "a-token-of-the-bench"  # noqa: S105 - opens a desk of this bench alone
MODELS_AT_ONCE = 6
MODEL_SECONDS = 1.0
"""How long a model takes for an answer; with three for each item that is two items a second."""
_NO_BOUNDS = {"daily_usd": None, "monthly_usd": None, "per_item_usd": None}
Tick = Callable[[int], None]
"""Called beside the driving, with the number of the event that is made next; 0 when nobody counts."""


class Stage:
    """A process that sends events to whoever listens."""

    def __init__(self, process: "subprocess.Popen[str]", *, url: str) -> None:
        self._process = process
        self._measured = psutil.Process(process.pid)
        self.url = url

    @property
    def resident_kib(self) -> float:
        """The memory it holds."""
        return float(self._measured.memory_info().rss) / KIB

    @property
    def cpu_seconds(self) -> float:
        """What it has used, of all cores."""
        used = self._measured.cpu_times()
        return float(used.user + used.system)

    def drive(self, *, rate: float, seconds: float, at_half: Callable[[], None]) -> int:
        """Have it send; answers how many events it was."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"go {rate} {seconds}\n")
        self._process.stdin.flush()
        time.sleep(seconds / 2)
        at_half()
        return int(self._process.stdout.readline().split()[1])


@contextmanager
def contestant(module: str) -> Iterator[Stage]:
    """One of `bench.contestants`."""
    command = [sys.executable, "-m", f"bench.contestants.{module}"]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Stage(process, url=f"http://127.0.0.1:{int(process.stdout.readline())}/")
        finally:
            process.kill()


class Desk(Stage):
    """The real daemon; its events come from items that are posted through its API, each kept on the board first."""

    def __init__(self, process: "subprocess.Popen[str]", *, address: str, home: Path, query: str) -> None:
        super().__init__(process, url=f"{address}/api/events?{query}")
        self._board = BoardReader(home / "blackboard.db")
        self._client = httpx2.Client(
            base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False, timeout=60
        )
        self._posted = 0

    @property
    def steps(self) -> int:
        """Steps that are done; four of them bring an item from the queue to its post."""
        with closing(sqlite3.connect(f"file:{self._board.path}?mode=ro", uri=True)) as board:
            return int(board.execute("SELECT count(*) FROM events WHERE type = 'item_advanced'").fetchone()[0])

    def resume(self) -> None:
        """Let the pipeline work."""
        self._client.post("/api/admin/resume").raise_for_status()

    def drive(self, *, rate: float, seconds: float, at_half: Callable[[], None]) -> int:
        """Post items, evenly; a post that is late makes no other late."""
        started, count = time.monotonic(), int(rate * seconds)
        for index in range(count):
            time.sleep(max(0.0, started + index / rate - time.monotonic()))
            if index == count // 2:
                at_half()
            self._post()
        return count

    def _post(self) -> None:
        self._posted += 1
        number, now = self._posted, time.time()
        body = {"title": f"Report {number} t={now:.6f}", "text": f"Line {number} of the tramway was opened on Tuesday."}
        self._client.post("/api/items", json=body).raise_for_status()


@contextmanager
def desk(*, queued: int = 0, query: str = "types=item_posted", models: str | None = None) -> Iterator[Desk]:
    """`davidagent run` on a paused board with that many items queued.

    `models` is the address of a model server that does the writing; None: the offline brain does it.
    """
    import asyncio

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        asyncio.run(fill_board(home, count=queued, text=model_story if models else story))
        api = {"port": 0, "token": TOKEN, "public_events": True, "limits": {"posts_per_minute": None}}
        more = {"llm": _llm(models), "budget": _NO_BOUNDS} if models else {}
        config = offline_config(home, api=api, log={"level": "error"}, **more)
        command = [sys.executable, "-m", "daemon", "--config", str(config), "run"]
        with subprocess.Popen(command, text=True) as process:  # noqa: S603 - our own program
            try:
                yield Desk(process, address=_address_of(home), home=home, query=query)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=60)


def _llm(models: str) -> dict[str, Any]:
    model = {"provider": "anthropic", "model": "claude-sonnet-5-5", "api_key": "test-key-0000", "base_url": models}
    group = {"echelon1": {"models": ["writer"]}}
    groups = {"left": group, "right": group}
    return {"max_concurrency": MODELS_AT_ONCE, "models": {"writer": model}, "groups": groups}


def _address_of(home: Path) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        holder = read_holder(home)
        if holder is not None and holder.address and holder.pid != os.getpid():
            return holder.address
        time.sleep(0.05)
    raise TimeoutError


class Hall:
    """The viewers' process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout

    def drop(self) -> None:
        """Cut the connections of those who are to come back."""
        self._tell("drop")

    def end(self, *, count: int) -> dict[str, Any]:
        """What they saw, once all had so many events."""
        self._tell(f"end {count}")
        found: dict[str, Any] = json.loads(self._out.readline())
        return found

    def wait_until_in(self) -> None:
        """All are connected."""
        if self._out.readline().strip() != "connected":
            sys.exit("the viewers could not connect")

    def _tell(self, line: str) -> None:
        self._in.write(line + "\n")
        self._in.flush()


@contextmanager
def hall(url: str, *, clients: int, slow: float = 0.1, dropped: float = 0.2) -> Iterator[Hall]:
    """So many viewers of `url`, connected."""
    command = [sys.executable, "-m", "tests.fakes.viewers", "--url", url, "--clients", str(clients)]
    command += ["--slow", str(slow), "--dropped", str(dropped)]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            viewers = Hall(process)
            viewers.wait_until_in()
            yield viewers
        finally:
            process.kill()
