"""Readings on a real board: whose caps hold, and what is told of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.records import CallStatus
from daemon.blackboard.senses import ReadingEnd
from daemon.core.errors import BudgetExceededError
from daemon.core.settings.models import BudgetSettings
from daemon.runtime.bookkeeping import BoardLedger
from daemon.runtime.paid_readings import BoardReadings
from tests.fakes.boards import Board, call, open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.paid_sources import brought, paid_source, reading

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home", clock=ManualClock(NOON))
    yield opened
    await opened.engine.close()


def open_readings(board: Board, **caps: Any) -> tuple[BoardReadings, BoardLedger]:
    """With caps in dollars; unbounded where nothing is said."""
    bounds = {"daily_usd": None, "monthly_usd": None} | caps
    ledger = BoardLedger(engine=board.engine, budget=BudgetSettings(**bounds), now=board.clock.now)
    return BoardReadings(board.engine, caps=ledger.caps, exhaustion=ledger.exhaustion), ledger


def told(board: Board) -> list[str]:
    return [event.data["scope"] for event in board.told if event.type == "budget_exhausted"]


async def test_the_brain_sensor_has_a_day_of_its_own(board: Board) -> None:
    """The brains go on when it is used up."""
    source = await paid_source(board)
    readings, ledger = open_readings(board, per_brain_daily_usd={"sensor": 0.00002, "left": 0})
    begun = await readings.begin(reading(source.id))
    assert begun.entries == 4
    await readings.settle(begun, brought(4))
    with pytest.raises(BudgetExceededError, match=r"sensor brain's budget \(budget.per_brain_daily_usd.sensor\)"):
        await readings.begin(reading(source.id))
    assert await ledger.begin_call(call(None, reserved=100, brain="right"))


async def test_a_raised_cap_holds_from_the_next_reading_on(board: Board) -> None:
    """As it does for calls."""
    source = await paid_source(board)
    readings, ledger = open_readings(board, daily_usd=0)
    with pytest.raises(BudgetExceededError):
        await readings.begin(reading(source.id))
    ledger.override('{"day": {"usd": 0.000025, "period": "2026-11-20"}}')
    assert (await readings.begin(reading(source.id))).entries == 5


async def test_that_a_budget_is_used_up_is_told_once_by_whoever_meets_it_first(board: Board) -> None:
    """Readings and calls share what was told; not while readings under way may give something back."""
    source = await paid_source(board)
    readings, ledger = open_readings(board, daily_usd=0.00005)
    begun = await readings.begin(reading(source.id))
    with pytest.raises(BudgetExceededError):
        await readings.begin(reading(source.id))
    assert told(board) == []
    await readings.settle(begun, brought(10))
    for _ in range(2):
        with pytest.raises(BudgetExceededError):
            await readings.begin(reading(source.id))
        with pytest.raises(BudgetExceededError):
            await ledger.begin_call(call(None, reserved=1))
    assert told(board) == ["day"]


async def test_a_sources_own_bound_is_no_exhausted_budget(board: Board) -> None:
    """It is told as a poll that waits, not as trouble with money."""
    source = await paid_source(board)
    readings, _ = open_readings(board, daily_usd=1)
    with pytest.raises(BudgetExceededError, match="daily_reads"):
        await readings.begin(reading(source.id, daily_reads=0))
    assert told(board) == []


async def test_what_an_error_quotes_is_scrubbed(board: Board) -> None:
    """Neither the ledger nor an event holds a token."""
    source = await paid_source(board)
    readings, _ = open_readings(board)
    for status in (CallStatus.ERROR, CallStatus.UNCONFIRMED):
        begun = await readings.begin(reading(source.id))
        await readings.settle(
            begun, ReadingEnd(status, error="401 for Authorization: Bearer AAAAJ3k9xQ2bT7vW1uY5cD8fG0hL4nP6rS")
        )
    kept = str(await board.rows("SELECT error FROM calls UNION ALL SELECT data FROM events"))
    assert "401" in kept
    assert "J3k9xQ2bT7" not in kept
