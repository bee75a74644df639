"""The real daemon before a hall of viewers in another process: who keeps up has every event, and the end is soft."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from daemon.blackboard import read_holder
from tests.fakes.processes import ROOT, Daemon, wait_for, write_config

pytestmark = pytest.mark.soak

VIEWERS, RATE, SECONDS = 300, 20, 10
TOKEN = "a-token-of-the-test"


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    """Nothing to do but to take posts and to tell of them."""
    api = {"port": 0, "token": TOKEN, "public_events": True, "limits": {"posts_per_minute": None}}
    return Daemon(write_config(tmp_path, {"home": "home", "memory": {"mode": "off"}, "api": api}))


@contextmanager
def _hall(address: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.fakes.viewers", "--clients", str(VIEWERS)]
    command += ["--url", f"{address}/api/events?types=item_posted"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as hall:
        try:
            assert hall.stdout is not None
            assert hall.stdout.readline() == "connected\n"
            yield hall
        finally:
            hall.kill()


def _tell(hall: "subprocess.Popen[str]", line: str) -> None:
    assert hall.stdin is not None
    hall.stdin.write(line + "\n")
    hall.stdin.flush()


def _post_evenly(address: str, *, hall: "subprocess.Popen[str]") -> int:
    """In the middle, a fifth of the viewers is cut off."""
    started, count = time.monotonic(), RATE * SECONDS
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx2.Client(base_url=address, headers=headers, trust_env=False) as client:
        client.post("/api/admin/pause").raise_for_status()
        for number in range(count):
            time.sleep(max(0.0, started + number / RATE - time.monotonic()))
            if number == count // 2:
                _tell(hall, "drop")
            body = {"title": f"Report {number}", "text": f"Line {number} of the tramway was opened on Tuesday."}
            client.post("/api/items", json=body).raise_for_status()
    return count


@pytest.mark.slow
def test_everybody_who_keeps_up_has_every_event_once_and_in_order_until_a_soft_end(daemon: Daemon) -> None:
    """A tenth reads slowly, a fifth comes back with the id of its last event; SIGTERM ends all streams in time."""
    daemon.start()
    home = daemon.config.parent / "home"
    wait_for(lambda: (holder := read_holder(home)) is not None and holder.address)
    holder = read_holder(home)
    assert holder is not None
    assert holder.address is not None
    with _hall(holder.address) as hall:
        posted = _post_evenly(holder.address, hall=hall)
        code, seconds = daemon.stop()
        _tell(hall, "closed")
        _tell(hall, f"end {posted}")
        assert hall.stdout is not None
        seen: dict[str, Any] = json.loads(hall.stdout.readline())
    assert (code, seen["events"]) == (0, posted), daemon.log
    assert seconds < 5
    fast, slow = seen["keeping_up"], seen["slow"]
    assert fast == {"clients": VIEWERS * 9 // 10, "complete": VIEWERS * 9 // 10, "resyncs": 0}
    assert slow["complete"] + slow.get("behind", 0) + slow.get("resynced", 0) == VIEWERS // 10
    assert seen["ends"].get("ended", 0) >= fast["clients"], "the streams of all who read were ended, not cut"
    assert "Traceback" not in daemon.log
