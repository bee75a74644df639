"""The desk stopped without grace at any moment: nothing stays claimed, held, open, or paid twice."""

import asyncio
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from brains.llm.gateway import EchelonGateway
from daemon.app.assembly import open_desk
from daemon.app.running import run_once
from daemon.core.settings.models import Settings
from daemon.runtime.desk import Desk
from daemon.runtime.progress import SilentProgress
from tests.fakes.provider_rules import Fault, Rule
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.stories import settings_for, write_feed

pytestmark = pytest.mark.soak

ITEMS = 12
STOPS = 40
LONGEST_SECONDS = 0.12


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_stop_at_any_moment_leaves_nothing_behind(tmp_path: Path) -> None:
    """Forty stops over one board; after each an audit, and in the end every item is published once."""
    rng = random.Random(20261120)
    feed = write_feed(tmp_path / "feed.xml", range(1, ITEMS + 1))
    async with FakeProviderServer(latency=0.01) as server:
        server.rules.append(Rule(fault=Fault.STATUS, status=503, skip=3, times=4))
        settings = settings_for(
            tmp_path / "home",
            feeds=[feed],
            vendor="openai",
            base_url=server.base_url("openai"),
            shutdown={"grace_seconds": 0},
            llm={"retry": {"delays": [0.01, 0.02, 0.04, 0.04, 0.04, 0.04, 0.04]}},
        )
        async with open_desk(settings) as desk:
            await desk.sensing.poll_all()
        for _ in range(STOPS):
            await _stopped_after(settings, seconds=rng.uniform(0, LONGEST_SECONDS))
            _audit(settings)
        report = await run_once(settings, strict=False, patience=None, progress=SilentProgress())
        answers = server.stats.answered_by_hash()
    assert report.dead == 0
    assert _rows(settings, "SELECT count(*) FROM events WHERE type = 'item_released'")[0][0] >= STOPS / 2
    assert _rows(settings, "SELECT state, count(*) FROM items GROUP BY state") == [("PUBLISHED", ITEMS)]
    paid = Counter(row[0] for row in _rows(settings, "SELECT request_hash FROM calls WHERE status = 'ok'"))
    assert set(paid.values()) == {1}
    unconfirmed = _rows(settings, "SELECT count(*) FROM calls WHERE status = 'unconfirmed'")[0][0]
    assert sum(answers.values()) - len(paid) <= unconfirmed
    assert len(list((settings.home / "posts").glob("*.md"))) == ITEMS


async def _stopped_after(settings: Settings, *, seconds: float) -> None:
    async with open_desk(settings) as desk:
        await desk.start_working()
        await asyncio.sleep(seconds)
    _audit_parts(desk)


def _audit_parts(desk: Desk) -> None:
    assert desk.worker.in_hand == {}
    assert (desk.gate.in_flight, desk.gate.waiting) == (0, 0)
    assert isinstance(desk.gateway, EchelonGateway)
    assert desk.gateway.is_idle


def _audit(settings: Settings) -> None:
    """The board as the stopped desk left it."""
    assert _rows(settings, "SELECT count(*) FROM items WHERE claimed_by IS NOT NULL") == [(0,)]
    assert _rows(settings, "SELECT count(*) FROM items WHERE rescues > 0") == [(0,)]
    assert _rows(settings, "SELECT count(*) FROM calls WHERE status = 'sent'") == [(0,)]
    assert _rows(settings, "SELECT count(*) FROM items WHERE state IN ('DEAD_LETTER', 'HELD')") == [(0,)]
    charged = (
        "SELECT coalesce(sum(CASE status WHEN 'unconfirmed' THEN reserved_micro ELSE cost_micro END), 0) FROM calls"
    )
    assert _rows(settings, charged) == _rows(settings, "SELECT coalesce(sum(cost_micro), 0) FROM items")


def _rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{settings.home / 'blackboard.db'}?mode=ro", uri=True)) as board:
        return board.execute(query).fetchall()
