"""What may still be spent, read from a real board."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.api.spending import BudgetSwitch, accounts_of, budget_report
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.budget import Accounts, budget_document, day_summary
from daemon.blackboard.records import CallStatus
from daemon.core.errors import UsageError
from daemon.core.settings.models import BudgetSettings
from tests.fakes.boards import Board, open_for_test
from tests.fakes.ledgers import Spender, stage_ledger

DAY = 86_400.0
NOON = 1_790_000_000.0 // DAY * DAY + DAY / 2
BUDGET = BudgetSettings(daily_usd=0.05, monthly_usd=1.0, per_brain_daily_usd={"right": 0.01})


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home")
    await opened.clock.advance(NOON - opened.clock.now())
    yield opened
    await opened.engine.close()


def report(board: Board) -> dict[str, Any]:
    return budget_report(BoardReader(board.engine.path), budget=BUDGET, now=board.clock.now())


def scopes(document: dict[str, Any]) -> dict[str, Any]:
    return {one["scope"]: one for one in document["scopes"]}


def switch(board: Board) -> BudgetSwitch:
    reader = BoardReader(board.engine.path)
    return BudgetSwitch(board.engine, reader=reader, budget=BUDGET, by="test", now=board.clock.now)


async def test_what_is_charged_falls_into_three_parts_and_the_rest_is_left(board: Board) -> None:
    await stage_ledger(board)
    day = scopes(report(board))["day"]
    assert (day["period"], day["ends_at"]) == ("2026-09-21", "2026-09-22T00:00:00.000Z")
    assert (day["cap_usd"], day["configured_usd"], day["raised"]) == (0.05, 0.05, False)
    parts = [day[key] for key in ("spent_usd", "set_aside_usd", "unconfirmed_usd", "left_usd")]
    assert parts == [0.00476, 0.01, 0.005, 0.03024]


async def test_a_brain_has_its_own_day(board: Board) -> None:
    await stage_ledger(board)
    right = scopes(report(board))["brain:right"]
    assert (right["cap_usd"], right["spent_usd"], right["left_usd"]) == (0.01, 0.002, 0.008)
    assert scopes(report(board))["brain:memory"]["left_usd"] is None


async def test_the_month_keeps_what_the_day_forgets(board: Board) -> None:
    await stage_ledger(board)
    await board.clock.advance(DAY)
    found = scopes(report(board))
    assert (found["day"]["spent_usd"], found["day"]["set_aside_usd"]) == (0.0, 0.0)
    assert (found["month"]["spent_usd"], found["month"]["unconfirmed_usd"]) == (0.00476, 0.005)


async def test_the_speed_is_that_of_the_last_minute_and_the_hour_before(board: Board) -> None:
    (item,) = await board.post("one")
    await Spender(board).spend(item, cost=6000, tokens=(5000, 1000), cached=(3000, 0))
    await board.clock.advance(600)
    await Spender(board).spend(item, cost=100, tokens=(200, 50))
    burn = report(board)["burn"]
    assert burn == {
        "stage": "normal",
        "reason": None,
        "tokens_per_minute": 250,
        "usd_per_minute": 0.0001,
        "average_tokens_per_minute": 50.0,
        "average_usd_per_minute": 0.0001,
    }


async def test_the_forecast_goes_on_like_the_last_hour(board: Board) -> None:
    """12 hours are left of the day: 1,000 micro-dollars an hour bring 12,000 more."""
    (item,) = await board.post("one")
    await Spender(board).spend(item, cost=500)
    await board.clock.advance(1)
    await Spender(board).spend(item, cost=500)
    ahead = report(board)["forecast"]
    assert ahead["per_hour_usd"] == 0.001
    assert ahead["day_end_usd"] == pytest.approx(0.013, abs=1e-6)
    assert ahead["cap_reached_at"] is None


async def test_the_month_goes_on_like_the_days_before(board: Board) -> None:
    """Two days ago 4,000 micro-dollars, yesterday nothing: 2,000 a day for the nine days that follow 21 September."""
    (item,) = await board.post("one")
    await board.clock.advance(-2 * DAY)
    await Spender(board).spend(item, cost=4000)
    await board.clock.advance(2 * DAY)
    ahead = report(board)["forecast"]
    assert ahead["per_day_usd"] == 0.002
    assert ahead["month_end_usd"] == pytest.approx(0.004 + 9 * 0.002)


async def test_the_forecast_tells_when_the_cap_is_reached(board: Board) -> None:
    (item,) = await board.post("one")
    await Spender(board).spend(item, cost=10_000)
    reached = report(board)["forecast"]["cap_reached_at"]
    assert datetime.fromisoformat(reached).timestamp() == pytest.approx(NOON + 4 * 3600, abs=1)


async def test_a_raised_cap_holds_for_its_day_and_ends_with_it(board: Board) -> None:
    done = await switch(board).set_caps({"day": 8.0, "brain:right": 2.0})
    assert (done["changed"], done["warnings"]) == (True, [])
    day = scopes(report(board))["day"]
    assert (day["cap_usd"], day["configured_usd"], day["raised"], day["left_usd"]) == (8.0, 0.05, True, 8.0)
    assert scopes(report(board))["brain:right"]["cap_usd"] == 2.0
    await board.clock.advance(DAY)
    assert scopes(report(board))["day"]["cap_usd"] == 0.05


async def test_raising_twice_changes_nothing_more(board: Board) -> None:
    assert (await switch(board).set_caps({"day": 8.0}))["changed"]
    assert not (await switch(board).set_caps({"day": 8.0}))["changed"]
    assert [event.type for event in board.told].count("control_set") == 1


async def test_one_cap_is_raised_without_the_others(board: Board) -> None:
    await switch(board).set_caps({"month": 50.0})
    await switch(board).set_caps({"day": 8.0})
    found = scopes(report(board))
    assert (found["day"]["cap_usd"], found["month"]["cap_usd"]) == (8.0, 50.0)


async def test_raising_wakes_what_waits_for_the_budget_alone(board: Board) -> None:
    await board.post("one", "two")
    claims = await board.claim()
    await board.engine.snooze(claims[0], until=NOON + DAY, reason="the day's budget", waits_for="budget")
    await board.engine.snooze(claims[1], until=NOON + DAY, reason="the breaker", waits_for="breaker")
    assert report(board)["waiting_items"] == 1
    assert (await switch(board).set_caps({"day": 8.0}))["woken"] == 1
    assert report(board)["waiting_items"] == 0
    assert [claim.item.id for claim in await board.claim()] == [claims[0].item.id]


async def test_a_cap_below_what_is_spent_is_allowed_and_said(board: Board) -> None:
    await stage_ledger(board)
    done = await switch(board).set_caps({"day": 0.001})
    (warning,) = done["warnings"]
    assert "the day has $0.0198 charged already, and $0.0010 is its cap" in warning
    assert scopes(done)["day"]["left_usd"] == 0.0


async def test_reset_lets_the_configuration_hold_again(board: Board) -> None:
    await switch(board).set_caps({"day": 8.0})
    assert (await switch(board).reset())["changed"]
    assert scopes(report(board))["day"]["raised"] is False
    assert not (await switch(board).reset())["changed"]


@pytest.mark.parametrize("usd", [-1.0, float("inf"), float("nan")])
async def test_what_is_no_amount_is_refused(board: Board, usd: float) -> None:
    with pytest.raises(UsageError):
        await switch(board).set_caps({"day": usd})
    assert await board.engine.get_control("budget") is None


async def test_what_the_daemon_says_of_its_speed_counts_while_it_runs(board: Board) -> None:
    await board.engine.write_vital("burn", '{"stage": "hold", "reason": "too fast", "tokens_per_minute": 7}')
    assert report(board)["burn"]["stage"] == "normal"
    board.engine.set_address("http://127.0.0.1:1")
    burn = report(board)["burn"]
    assert (burn["stage"], burn["reason"], burn["tokens_per_minute"]) == ("hold", "too fast", 7)


async def test_the_summary_counts_what_is_set_aside_as_spent(board: Board) -> None:
    (item,) = await board.post("one")
    await Spender(board).spend(item, status=CallStatus.SENT)
    accounts = accounts_of(BoardReader(board.engine.path), now=NOON)
    assert day_summary(accounts, budget=BUDGET) == {
        "left_usd": 0.045,
        "daily_usd": 0.05,
        "spent_usd": 0.005,
        "forecast_usd": 0.005,
        "cap_reached_at": None,
        "waiting_items": 0,
        "short_of": [],
    }


async def test_a_forecast_above_the_cap_says_when_the_cap_is_reached(board: Board) -> None:
    """45,000 of 50,000 micro-dollars went in the last hour: the rest is gone in a ninth of one."""
    (item,) = await board.post("one")
    await Spender(board).spend(item, cost=45_000)
    accounts = accounts_of(BoardReader(board.engine.path), now=NOON)
    summary = day_summary(accounts, budget=BUDGET)
    assert (summary["forecast_usd"], summary["cap_reached_at"]) == (0.585, "2026-09-21T12:06:40.000Z")


async def test_what_items_are_short_of_is_the_scope_with_the_least_left(board: Board) -> None:
    (item, other) = await board.post("one", "two")
    assert report(board)["short_of"] == []
    await Spender(board).spend(item, cost=9_999, brain="right")
    claims = await board.claim()
    assert report(board)["short_of"] == []
    await board.engine.snooze(claims[0], until=NOON + DAY, reason="the right brain's budget", waits_for="budget")
    assert report(board)["short_of"] == ["brain:right"]
    await Spender(board).spend(other, cost=40_001)
    await Spender(board).spend(other, cost=1, brain="right")
    assert report(board)["short_of"] == ["brain:right", "day"]


async def test_items_are_never_short_of_what_sensors_may_spend(board: Board) -> None:
    """Its own cap is used up first, and no item waits for that."""
    await board.post("one")
    await board.engine.snooze(await board.claim_one(), until=NOON + DAY, reason="the day's budget", waits_for="budget")
    await Spender(board).spend(None, cost=400_000, brain="sensor", task="read")
    budget = BudgetSettings(daily_usd=0.5, per_item_usd=0.25, per_brain_daily_usd={"sensor": 0.4})
    document = budget_report(BoardReader(board.engine.path), budget=budget, now=board.clock.now())
    assert document["short_of"] == ["day"]


async def test_items_that_wait_for_the_budget_of_an_item_are_short_of_no_scope(board: Board) -> None:
    """Every scope has as much left as an item may cost at all."""
    await board.post("one")
    await board.engine.snooze(await board.claim_one(), until=NOON + DAY, reason="its budget", waits_for="budget")
    budget = BudgetSettings(daily_usd=5.0, per_item_usd=0.25)
    document = budget_report(BoardReader(board.engine.path), budget=budget, now=board.clock.now())
    assert (document["waiting_items"], document["short_of"]) == (1, [])


def test_without_a_board_all_is_left(tmp_path: Path) -> None:
    accounts = accounts_of(BoardReader(tmp_path / "blackboard.db"), now=NOON)
    assert accounts == Accounts(NOON)
    document = budget_document(accounts, budget=BudgetSettings(daily_usd=None))
    assert [(one["scope"], one["cap_usd"], one["left_usd"]) for one in document["scopes"]] == [
        ("day", None, None),
        ("month", 100.0, 100.0),
    ]
