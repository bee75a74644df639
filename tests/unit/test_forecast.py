import pytest

from daemon.blackboard.reading.forecast import DAY, HOUR, Limits, Rates, Spent, forecast, month_forecast, rates

MIDNIGHT = 1_790_000_000 // DAY * DAY
DOLLAR = 1_000_000


def test_the_rest_of_the_day_goes_on_like_the_last_hour() -> None:
    found = forecast(3 * DOLLAR, hour_micro=DOLLAR // 2, at=MIDNIGHT + 20 * HOUR)
    assert found.end_micro == 5 * DOLLAR
    assert found.day_ends_at == MIDNIGHT + DAY
    assert found.per_minute_micro == pytest.approx(DOLLAR / 120)
    assert found.cap_reached_at is None


def test_a_quiet_hour_adds_nothing() -> None:
    found = forecast(3 * DOLLAR, hour_micro=0, at=MIDNIGHT + HOUR, cap_micro=4 * DOLLAR)
    assert (found.end_micro, found.cap_reached_at) == (3 * DOLLAR, None)


@pytest.mark.parametrize(
    ("cap", "hours"), [(4 * DOLLAR, 2.0), (5 * DOLLAR, None), (6 * DOLLAR, None), (3 * DOLLAR, 0.0), (DOLLAR, 0.0)]
)
def test_the_moment_a_cap_is_reached(cap: int, hours: float | None) -> None:
    """Within this day only; now, when it is used up already."""
    now = MIDNIGHT + 20 * HOUR
    found = forecast(3 * DOLLAR, hour_micro=DOLLAR // 2, at=now, cap_micro=cap)
    assert found.cap_reached_at == (None if hours is None else pytest.approx(now + hours * HOUR))


def test_the_first_second_of_a_day_has_the_whole_day_before_it() -> None:
    assert forecast(0, hour_micro=DOLLAR, at=MIDNIGHT).end_micro == 24 * DOLLAR


@pytest.mark.parametrize(
    ("days", "per_day", "end"),
    [([4 * DOLLAR, 2 * DOLLAR], 3 * DOLLAR, 38 * DOLLAR), ([0, 0], 0, 8 * DOLLAR), ([], 5 * DOLLAR, 58 * DOLLAR)],
)
def test_the_rest_of_the_month_costs_what_the_last_days_did(days: list[int], per_day: int, end: int) -> None:
    """6 are spent of the month, 2 more come today, and ten days follow; a first day speaks for the others."""
    today = forecast(3 * DOLLAR, hour_micro=DOLLAR // 2, at=MIDNIGHT + 20 * HOUR)
    found = month_forecast(6 * DOLLAR, today=today, whole_days_micro=days, month_ends_at=MIDNIGHT + 11 * DAY)
    assert (found.per_day_micro, found.end_micro) == (per_day, end)


def test_rates_split_the_last_minute_from_the_hour_before() -> None:
    now = MIDNIGHT + 5 * HOUR
    rows = [
        Spent(now, 10, 1),
        Spent(now - 59.9, 20, 2),
        Spent(now - 60, 600, 60),
        Spent(now - 3659, 600, 60),
        Spent(now - 3660, 99_999, 99_999),
        Spent(now + 1, 99_999, 99_999),
    ]
    assert rates(rows, at=now) == Rates(tokens=30, micro=3, average_tokens=20.0, average_micro=2.0)


def test_a_reason_names_what_is_too_fast_and_its_limit() -> None:
    limits = Limits(factor=3.0, minimum_tokens=1000, minimum_micro=DOLLAR)
    fast = Rates(tokens=5000, micro=2 * DOLLAR, average_tokens=1500.0, average_micro=0.0)
    assert limits.reason(fast) == (
        "5,000 tokens in a minute, where 4,500 are the limit; $2.0000 in a minute, where $1.0000 are the limit"
    )
    assert limits.reason(Rates(tokens=4500, micro=DOLLAR, average_tokens=1500.0)) is None
