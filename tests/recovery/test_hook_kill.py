"""A real daemon is killed while deliveries arrive; their sender sends again what was not acknowledged."""

import asyncio
import os
import random
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fakes.hooks import Sender, configured
from tests.fakes.processes import Daemon, started, write_config
from tests.fakes.waiting import until

DELIVERIES, KILLS = 150, 5
AT_ONCE = 10
ACKNOWLEDGED = (200, 202)

pytestmark = pytest.mark.soak


def config_in(folder: Path) -> Path:
    document: dict[str, Any] = {"home": "home", "memory": {"mode": "off"}, "api": {"port": 0}}
    sensors = {"webhooks": {"per_minute": 100_000}}
    return write_config(folder, document | {"sources": [configured()], "sensors": sensors})


class Senders:
    """They send what is not acknowledged; of every third, the first one does not wait for an answer."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, str] = {}
        self._tried: set[int] = set()

    async def send(self, address: str, wanted: list[int]) -> None:
        """Send these, some at a time; what is not acknowledged is left for the next time."""
        gate = asyncio.Semaphore(AT_ONCE)
        hasty = httpx2.Timeout(20, read=0.001)
        async with (
            httpx2.AsyncClient(base_url=address, trust_env=False, timeout=20) as patient,
            httpx2.AsyncClient(base_url=address, trust_env=False, timeout=hasty) as impatient,
        ):

            async def one(number: int) -> None:
                is_hasty = number % 3 == 0 and number not in self._tried
                self._tried.add(number)
                async with gate:
                    await self._send(impatient if is_hasty else patient, number)

            await asyncio.gather(*(one(number) for number in wanted))

    async def _send(self, client: httpx2.AsyncClient, number: int) -> None:
        body = {"title": f"Delivery {number}", "text": f"Build {number} has passed all of its checks."}
        with suppress(httpx2.TransportError):
            answer = await Sender(client, at=time.time()).send(body, id_=f"msg_{number}")
            if answer.status_code in ACKNOWLEDGED:
                (item,) = answer.json()["items"]
                assert self.acknowledged.setdefault(number, item["id"]) == item["id"]


def titles(home: Path) -> dict[str, str]:
    """Every item's title by its id."""
    with closing(sqlite3.connect(f"file:{home}/blackboard.db?mode=ro", uri=True)) as db:
        return dict(db.execute("SELECT id, title FROM items"))


async def test_what_was_acknowledged_is_there_and_nothing_is_there_twice(tmp_path: Path) -> None:
    """SIGKILL at random moments; sent again, a delivery that was committed without an answer is the same item."""
    rng, home = random.Random(6), tmp_path / "home"
    daemon = Daemon(config_in(tmp_path), environ={name: "" for name in os.environ if name.endswith("_API_KEY")})
    senders, orphans = Senders(), 0
    acknowledged = senders.acknowledged
    for kill in range(KILLS):
        address = started(daemon, home)
        missing = [number for number in range(DELIVERIES) if number not in acknowledged]
        sending = asyncio.create_task(senders.send(address, missing))
        enough = kill * DELIVERIES // KILLS + rng.randint(1, DELIVERIES // KILLS)
        await until(lambda enough=enough: len(acknowledged) >= enough, within=60)
        daemon.kill()
        await sending
        board = titles(home)
        assert set(acknowledged.values()) <= board.keys()
        orphans = max(orphans, len(board) - len(acknowledged))
    address = started(daemon, home)
    await senders.send(address, list(range(DELIVERIES)))
    daemon.stop()
    board = titles(home)
    assert len(acknowledged) == len(board) == DELIVERIES
    assert orphans > 0
    assert {number: board[item] for number, item in acknowledged.items()} == {
        number: f"Delivery {number}" for number in range(DELIVERIES)
    }
    print(f"{DELIVERIES} deliveries, {KILLS} kills, at most {orphans} committed without an answer at once")  # noqa: T201 - the figure that this test is for
