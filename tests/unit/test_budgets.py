"""The caps of the configuration, and what a person has set in their place."""

from datetime import UTC, datetime

import pytest

from daemon.blackboard.budgets import (
    RaisedCap,
    caps_for,
    configured_caps,
    effective_caps,
    period_end,
    period_of,
    period_start,
    periods,
    read_override,
    with_cap,
    write_override,
)
from daemon.core.settings.models import BudgetSettings

BUDGET = BudgetSettings(daily_usd=5, monthly_usd=100, per_item_usd=0.25, per_brain_daily_usd={"left": 2})


def at(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[arg-type]


NOON = at(2026, 11, 20, 12)


def test_a_call_is_charged_to_its_brains_day_the_day_and_the_month() -> None:
    """Days and months are those of UTC."""
    found = periods(at(2026, 12, 31, 23, 59), brain="left")
    assert found == {"brain:left": "2026-12-31", "day": "2026-12-31", "month": "2026-12"}


@pytest.mark.parametrize(
    ("scope", "period", "start", "end"),
    [
        ("day", "2026-12-31", at(2026, 12, 31), at(2027, 1, 1)),
        ("brain:left", "2026-12-31", at(2026, 12, 31), at(2027, 1, 1)),
        ("month", "2026-12", at(2026, 12, 1), at(2027, 1, 1)),
    ],
)
def test_a_period_has_a_name_a_start_and_an_end(scope: str, period: str, start: float, end: float) -> None:
    """The end is the start of the next; also over the turn of a year."""
    moment = at(2026, 12, 31, 23)
    assert (period_of(scope, at=moment), period_start(scope, at=moment), period_end(scope, at=moment)) == (
        period,
        start,
        end,
    )


def test_the_month_ends_where_the_next_begins() -> None:
    assert [period_end("month", at=at(2026, month, 15)) for month in (1, 2, 11)] == [
        at(2026, 2, 1),
        at(2026, 3, 1),
        at(2026, 12, 1),
    ]


def test_configured_caps_are_whole_micro_dollars() -> None:
    """What is not bounded is absent."""
    assert configured_caps(BUDGET) == {"item": 250_000, "day": 5_000_000, "month": 100_000_000, "brain:left": 2_000_000}
    assert configured_caps(BudgetSettings(daily_usd=None, monthly_usd=0.1, per_item_usd=None)) == {"month": 100_000}


def test_the_engine_gets_the_brains_own_cap_alone() -> None:
    """Under the name `brain`; another brain has none."""
    caps = {"day": 5, "brain:left": 2, "brain:memory": 1}
    assert caps_for(caps, brain="left") == {"day": 5, "brain": 2}
    assert caps_for(caps, brain="right") == {"day": 5}


def test_what_a_person_set_stands_in_the_place_of_its_own_cap() -> None:
    """The other scopes stay as they are configured."""
    override = {"day": RaisedCap(8_000_000, "2026-11-20"), "brain:left": RaisedCap(3_000_000, "2026-11-20")}
    caps = effective_caps(BUDGET, override, at=NOON)
    assert caps == {"item": 250_000, "day": 8_000_000, "month": 100_000_000, "brain:left": 3_000_000}


@pytest.mark.parametrize(
    ("moment", "day", "month"),
    [
        (at(2026, 11, 20, 23, 59, 59), 8, 150),
        (at(2026, 11, 21), 5, 150),
        (at(2026, 11, 19, 23), 5, 150),
        (at(2026, 12, 1), 5, 100),
        (at(2027, 11, 20), 5, 100),
    ],
)
def test_it_counts_for_its_own_period_only(moment: float, day: int, month: int) -> None:
    override = {"day": RaisedCap(8_000_000, "2026-11-20"), "month": RaisedCap(150_000_000, "2026-11")}
    caps = effective_caps(BUDGET, override, at=moment)
    assert (caps["day"], caps["month"]) == (day * 1_000_000, month * 1_000_000)


def test_it_is_written_and_read_again() -> None:
    """As the control holds it."""
    override = with_cap({}, scope="day", usd=8, at=NOON)
    override = with_cap(override, scope="month", usd=150.5, at=NOON)
    text = write_override(override)
    assert text == '{"day": {"usd": 8.0, "period": "2026-11-20"}, "month": {"usd": 150.5, "period": "2026-11"}}'
    assert read_override(text) == override


def test_setting_one_drops_what_is_over_and_taking_the_last_back_clears_it() -> None:
    before = {"day": RaisedCap(1, "2026-11-19"), "brain:left": RaisedCap(2, "2026-11-20")}
    after = with_cap(before, scope="month", usd=1, at=NOON)
    assert after == {"brain:left": RaisedCap(2, "2026-11-20"), "month": RaisedCap(1_000_000, "2026-11")}
    cleared = with_cap(with_cap(after, scope="month", usd=None, at=NOON), scope="brain:left", usd=None, at=NOON)
    assert write_override(cleared) is None


@pytest.mark.parametrize(("scope", "usd"), [("item", 1.0), ("day", -1.0), ("day", float("nan")), ("day", float("inf"))])
def test_what_cannot_be_set_is_refused(scope: str, usd: float) -> None:
    """An item has no period, and an amount is a number not below zero."""
    with pytest.raises(ValueError, match=r"budget|amount"):
        with_cap({}, scope=scope, usd=usd, at=NOON)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "no JSON",
        "[]",
        "7",
        '{"day": 8}',
        '{"day": {"usd": "8", "period": "2026-11-20"}}',
        '{"day": {"usd": true, "period": "2026-11-20"}}',
        '{"day": {"usd": -1, "period": "2026-11-20"}}',
        '{"day": {"usd": NaN, "period": "2026-11-20"}}',
        '{"day": {"usd": 8}}',
    ],
)
def test_what_cannot_be_read_is_left_out(text: str | None) -> None:
    """The configured cap holds then, whoever wrote that into the control."""
    assert read_override(text) == {}
