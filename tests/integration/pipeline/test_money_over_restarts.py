"""What concerns the money, through the whole desk: what outlives a restart, what a person switches while it runs."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from daemon.app.assembly import open_desk
from daemon.blackboard.budgets import CONTROL, with_cap, write_override
from daemon.blackboard.states import LIVE
from daemon.core.chaos import CHAOS
from daemon.core.settings.models import Settings
from daemon.runtime.desk import Desk
from tests.fakes.provider_rules import Fault, Rule
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.stories import settings_for, write_feed
from tests.fakes.waiting import until

pytestmark = pytest.mark.soak  # whole daemons, started again and again


ITEMS = 30
LITTLE_USD = 0.01
"""Does not pay for all."""


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[Desk]:
    """A desk that has read its feeds and works."""
    async with open_desk(settings) as desk:
        await desk.sensing.poll_all()
        await desk.start_working()
        yield desk


def of_desk(home: Path, server: FakeProviderServer, *, count: int = ITEMS, **changes: Any) -> Settings:
    feed = write_feed(home.parent / "feed.xml", range(1, count + 1))
    return settings_for(home, feeds=[feed], vendor="openai", base_url=server.base_url("openai"), **changes)


def states(desk: Desk) -> Mapping[str, int]:
    return {state: count for state, count in desk.reader.counts().items() if count}


def waiting(desk: Desk) -> Counter[str]:
    """What the live items wait for."""
    rows = [desk.reader.item(row["id"])["item"] for row in desk.reader.items(limit=100)]
    return Counter(str(row["waits_for"]) for row in rows if row["state"] in LIVE)


def is_published(desk: Desk, count: int = ITEMS) -> bool:
    return states(desk) == {"PUBLISHED": count}


async def test_an_open_breaker_is_still_open_after_a_restart(server: FakeProviderServer, tmp_path: Path) -> None:
    """The next process sends nothing before the probe is due; its reason is that of the first."""
    server.rules = [Rule(fault=Fault.STATUS, status=503)]
    settings = of_desk(tmp_path / "home", server, llm={"retry": {"delays": [0.01, 0.01, 0.01]}})
    async with at_work(settings) as desk:
        await until(lambda: desk.economy.breaker_snapshots()[0]["state"] == "open")
        reason = desk.economy.breaker_snapshots()[0]["reason"]
    sent = len(server.stats.log)
    async with at_work(settings) as desk:
        snapshot = desk.economy.breaker_snapshots()[0]
        assert (snapshot["state"], snapshot["reason"]) == ("open", reason)
        await asyncio.wait_for(desk.worker.idle.wait(), timeout=30)
    assert len(server.stats.log) == sent


async def test_what_waits_for_the_budget_goes_on_when_a_person_raises_it(
    server: FakeProviderServer, tmp_path: Path
) -> None:
    """Without a restart, and at once; one event tells that the budget was used up."""
    settings = of_desk(tmp_path / "home", server, budget={"daily_usd": LITTLE_USD, "per_item_usd": LITTLE_USD})
    async with at_work(settings) as desk:
        await until(lambda: waiting(desk)["budget"] > 0)
        assert not is_published(desk)
        raised = with_cap({}, scope="day", usd=100.0, at=desk.clock.now())
        await desk.engine.set_control(CONTROL, write_override(raised), by="test")
        await until(lambda: is_published(desk), within=30)
        told = [event for event in desk.reader.events(after=0, limit=10_000) if event["type"] == "budget_exhausted"]
    assert [event["data"]["scope"] for event in told] == ["day"]


async def test_a_greater_budget_in_the_configuration_ends_the_wait_at_the_next_start(
    server: FakeProviderServer, tmp_path: Path
) -> None:
    """What would have waited until midnight does not."""
    poor = of_desk(tmp_path / "home", server, budget={"daily_usd": LITTLE_USD, "per_item_usd": LITTLE_USD})
    async with at_work(poor) as desk:
        await until(lambda: waiting(desk)["budget"] > 0)
    async with at_work(of_desk(tmp_path / "home", server)) as desk:
        await until(lambda: is_published(desk), within=30)


async def test_the_burn_rate_breaker_holds_over_a_restart_lets_vip_pass_and_then_all(
    server: FakeProviderServer, tmp_path: Path
) -> None:
    """On hold nothing is sent but for the VIP source; when the cool-down is over, the rest goes on by itself."""
    home = tmp_path / "home"
    vip = write_feed(tmp_path / "vip.xml", [50])
    settings = of_desk(home, server, count=1)
    sources = [{"rss": source.rss} for source in settings.sources] + [{"rss": str(vip), "vip": True}]
    settings = settings_for(
        home,
        feeds=[],
        vendor="openai",
        base_url=server.base_url("openai"),
        sources=sources,
        budget={"burn": {"cool_down": 60}},
    )
    async with open_desk(settings) as desk:
        held = {"stage": "hold", "stage_ends_at": time.time() + 3, "reason": "too fast", "tripped_at": time.time()}
        await desk.engine.write_vital("burn", json.dumps(held))
    async with at_work(settings) as desk:
        await until(lambda: states(desk).get("PUBLISHED") == 1)
        await until(lambda: waiting(desk)["burn"] == 1)
        assert desk.health()["services"]["burn rate"]["stage"] == "hold"
        await until(lambda: is_published(desk, 2), within=60)
        assert desk.economy.burn.stage == "probing"


async def test_chaos_comes_and_goes_at_run_time_and_is_shown(server: FakeProviderServer, tmp_path: Path) -> None:
    """The switch on the board is obeyed at once, and the next start obeys it too."""
    settings = of_desk(tmp_path / "home", server)
    async with open_desk(settings) as desk:
        await desk.start_working()
        assert "chaos" not in desk.health()["services"]
        await desk.engine.set_control(CHAOS, json.dumps({"enabled": True, "network_errors": 1.0}), by="test")
        assert desk.health()["services"]["chaos"]["healthy"] is False
    async with open_desk(settings) as desk:
        await desk.start_working()
        assert desk.economy.chaos.is_on
        await desk.engine.set_control(CHAOS, None, by="test")
        assert not desk.economy.chaos.is_on
