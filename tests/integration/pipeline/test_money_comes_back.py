"""Money that a batch has set aside and gives back: what waited for it goes on, and not only when the day turns."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from daemon.app.assembly import open_desk
from daemon.blackboard.records import CallKind, NewCall
from daemon.core.events import Event
from daemon.core.settings.models import Settings
from daemon.runtime import economy
from daemon.runtime.desk import Desk
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.stories import settings_for, write_feed
from tests.fakes.waiting import until

CAP_MICRO = 1_000_000


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


def of_desk(home: Path, server: FakeProviderServer) -> Settings:
    feed = write_feed(home.parent / "feed.xml", [1])
    budget = {"daily_usd": CAP_MICRO / 1_000_000, "per_item_usd": CAP_MICRO / 1_000_000}
    return settings_for(home, feeds=[feed], vendor="openai", base_url=server.base_url("openai"), budget=budget)


def waits_for(desk: Desk) -> list[Any]:
    return [desk.reader.item(row["id"])["item"]["waits_for"] for row in desk.reader.items(limit=10)]


async def test_the_end_of_a_batch_ends_the_wait_for_the_money_it_held(
    server: FakeProviderServer, tmp_path: Path
) -> None:
    """The batch held the whole day's budget and cost nothing; the item would have waited until midnight."""
    async with open_desk(of_desk(tmp_path / "home", server)) as desk:
        await desk.start_working()
        held = NewCall(None, "left", "extract", "openai", "m", "hash", reserved_micro=CAP_MICRO, kind=CallKind.BATCH)
        batch_id = await desk.engine.open_batch(
            endpoint="only", call_ids=[await desk.engine.begin_call(held, caps={"day": CAP_MICRO})]
        )
        await desk.engine.batch_sent(batch_id, vendor_id="b1", next_poll_at=desk.clock.now() + 3600)
        await desk.sensing.poll_all()
        await until(lambda: waits_for(desk) == ["budget"])
        await desk.engine.end_batch(batch_id)
        await until(lambda: desk.reader.counts().get("PUBLISHED") == 1, within=30)


async def test_what_changes_while_it_is_kept_is_kept_again(
    server: FakeProviderServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A breaker that opens while another's opening is written, a cap raised while the last one wakes: both count."""
    monkeypatch.setattr(economy, "_AGAIN_SECONDS", 0.05)
    async with open_desk(of_desk(tmp_path / "home", server)) as desk:
        side = desk.economy
        done: list[str] = []
        write, wake = desk.engine.write_vital, desk.engine.wake

        async def slow_write(key: str, value: str) -> None:
            done.append(key)
            await asyncio.sleep(0.05)
            await write(key, value)

        async def slow_wake(*, waits_for: str) -> int:
            done.append(waits_for)
            return await wake(waits_for=waits_for)

        monkeypatch.setattr(desk.engine, "write_vital", slow_write)
        monkeypatch.setattr(desk.engine, "wake", slow_wake)
        side.on_event(Event(type="breaker_changed", at=0.0))
        keeping = asyncio.create_task(side.catch_up())
        await until(lambda: done == ["breakers"])
        side.on_event(Event(type="breaker_changed", at=0.0))
        side.on_event(Event(type="burn_recovered", at=0.0))
        await keeping
        await side.catch_up()
        assert done.count("breakers") == 2
        assert "burn" in done
