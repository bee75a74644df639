"""What readings that cost money look like to who reads the board: by source, in the sums, and in the pace."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.budget import budget_document, read_accounts
from daemon.blackboard.reading.costs import Window, read_costs
from daemon.blackboard.reading.desk_costs import read_days, window_of_days
from daemon.blackboard.reading.spending import spent_by_minute
from daemon.blackboard.records import CallStatus
from daemon.blackboard.senses import ReadingEnd
from daemon.core.settings.loading import load_settings
from daemon.core.settings.models import BudgetSettings, Settings
from daemon.runtime.source_facts import source_facts
from tests.fakes.boards import Board, open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.ledgers import Spender
from tests.fakes.paid_sources import brought, paid_source, reading

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
DAY = 86_400.0
POST_MICRO = 5_000


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home", clock=ManualClock(NOON))
    yield opened
    await opened.engine.close()


async def read(board: Board, source_id: int, posts: int, *, end: ReadingEnd | None = None) -> None:
    """A reading that asked for as much as it brought."""
    asked = reading(source_id, wanted=posts, micro_each=POST_MICRO, daily_reads=10_000, daily_micro=100_000_000)
    begun = await board.engine.begin_reading(asked, caps={})
    await board.engine.settle_reading(begun, end or brought(posts, micro_each=POST_MICRO))


def settings_of(tmp_path: Path, **x: object) -> Settings:
    overrides = {"home": str(tmp_path), "sensors": {"x": x}}
    return load_settings(config=None, environ={}, cwd=tmp_path, overrides=overrides).settings


def shown(board: Board, settings: Settings, *, name: str = "@example") -> dict[str, object]:
    found = BoardReader(board.engine.path, now=board.clock.now).sources()
    (one,) = (source for source in source_facts(found, settings=settings) if source["name"] == name)
    return one


async def test_costs_give_readings_to_their_source_beside_what_its_items_cost(board: Board) -> None:
    """Every sum is that of the ledger, by days as well as by calls."""
    source, other = await paid_source(board), await paid_source(board, "@other")
    (item,) = await board.post("x", source_id=source.id)
    await Spender(board).spend(item, cost=100)
    await Spender(board).spend(None, cost=400, brain="memory", task="embed")
    await read(board, source.id, 3)
    await read(board, other.id, 2)
    await board.engine.begin_reading(reading(other.id), caps={})
    window = window_of_days(1, now=NOON)
    whole = read_costs(board.engine.path, window=window, currency={}, now=NOON)
    assert {name: (one["calls"], one["cost_usd"]) for name, one in whole["by_source"].items()} == {
        "@example": (2, 0.0151),
        "@other": (2, 0.01),
        "(no item)": (1, 0.0004),
    }
    assert (whole["calls"], whole["cost_usd"]) == (5, 0.0255)
    assert sum(one["calls"] for one in whole["by_source"].values()) == whole["calls"]
    assert whole["by_brain"]["sensor"]["cost_usd"] == whole["by_model"]["x-posts"]["cost_usd"] == 0.025
    quick = read_days(board.engine.path, days=1, now=NOON, currency={})
    assert quick["by_source"] == whole["by_source"]


async def test_readings_alone_leave_no_line_without_a_source(board: Board) -> None:
    """Nothing stands under what no item caused."""
    source = await paid_source(board)
    await read(board, source.id, 3)
    whole = read_costs(board.engine.path, window=Window(NOON - 1, NOON + 1), currency={}, now=NOON)
    assert list(whole["by_source"]) == ["@example"]


async def test_the_pace_of_models_knows_nothing_of_readings(board: Board) -> None:
    """Neither what a restarted burn-rate breaker learns, nor what the budget says of the last minute."""
    source = await paid_source(board)
    await Spender(board).spend(None, cost=70)
    await read(board, source.id, 100)
    (minute,) = spent_by_minute(board.engine.path, since=NOON - 60)
    assert minute.cost_micro == 70
    document = budget_document(
        read_accounts(board.engine.path, now=NOON + 1, is_running=False), budget=BudgetSettings(daily_usd=5)
    )
    assert document["burn"]["usd_per_minute"] == 0.00007


async def test_the_days_end_counts_readings(board: Board) -> None:
    """They are spent as anything else is."""
    source = await paid_source(board)
    await read(board, source.id, 100)
    accounts = read_accounts(board.engine.path, now=NOON + 1, is_running=False)
    document = budget_document(accounts, budget=BudgetSettings(daily_usd=5, per_brain_daily_usd={"sensor": 1}))
    assert document["forecast"]["per_hour_usd"] == 0.5
    assert next(one for one in document["scopes"] if one["scope"] == "brain:sensor")["left_usd"] == 0.5


async def test_a_source_tells_what_it_reads_and_what_a_month_of_it_costs(board: Board, tmp_path: Path) -> None:
    """The mean of the last days with readings, today not among them; the limits are those of the settings."""
    settings = settings_of(tmp_path)
    source = await paid_source(board)
    assert shown(board, settings)["reads"] == {
        "today": 0,
        "limit": 100,
        "usd_today": 0.0,
        "usd_limit": 1.0,
        "per_day": None,
        "usd_month": None,
    }
    for posts in (40, 0, 20):
        if posts:
            await read(board, source.id, posts)
        await board.clock.advance(DAY)
    await read(board, source.id, 6)
    assert shown(board, settings)["reads"] == {
        "today": 6,
        "limit": 100,
        "usd_today": 0.03,
        "usd_limit": 1.0,
        "per_day": 30.0,
        "usd_month": 4.5,
    }


async def test_on_its_first_day_a_source_is_as_it_is_today(board: Board, tmp_path: Path) -> None:
    """An unknown outcome counts with what it may have read."""
    source = await paid_source(board)
    await read(board, source.id, 10, end=ReadingEnd(CallStatus.UNCONFIRMED))
    reads = shown(board, settings_of(tmp_path))["reads"]
    assert isinstance(reads, dict)
    assert (reads["today"], reads["per_day"], reads["usd_month"]) == (10, 10.0, 1.5)


@pytest.mark.parametrize(("x", "month"), [({"daily_reads": 10}, 1.5), ({"daily_usd": 0.02}, 0.6)])
async def test_a_month_costs_no_more_than_its_limits_allow(
    board: Board, tmp_path: Path, x: dict[str, object], month: float
) -> None:
    """Whoever lowers them sees at once what that saves."""
    source = await paid_source(board)
    await read(board, source.id, 40)
    await board.clock.advance(DAY)
    reads = shown(board, settings_of(tmp_path, **x))["reads"]
    assert isinstance(reads, dict)
    assert reads["usd_month"] == month


async def test_what_was_read_more_than_a_week_ago_says_nothing_of_a_usual_day(board: Board, tmp_path: Path) -> None:
    """Nor does what other sources read."""
    source, other = await paid_source(board), await paid_source(board, "@other")
    await read(board, source.id, 40)
    await board.clock.advance(8 * DAY)
    await read(board, other.id, 10)
    reads = shown(board, settings_of(tmp_path))["reads"]
    assert isinstance(reads, dict)
    assert (reads["today"], reads["per_day"]) == (0, None)
