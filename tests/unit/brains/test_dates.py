"""Dates in all their writings."""

import pytest

from brains.grounding.dates import Day, find_dates, is_supported, without_dates

DAY = Day(year=2026, month=11, day=20)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20",
        "20 November 2026",
        "November 20, 2026",
        "Nov. 20, 2026",
        "the 20th of November 2026",
        "20.11.2026",
        "20. November 2026",
        "11/20/2026",
        "20/11/2026",
        "2026年11月20日",
        "二〇二六年十一月二十日",
        "2026/11/20",
    ],
)
def test_one_day_in_many_writings(text: str) -> None:
    """All mean the twentieth of November 2026."""
    (mark,) = find_dates(text)
    assert mark.readings == (DAY,)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("in March", Day(month=3)),
        ("since April 2025", Day(year=2025, month=4)),
        ("the third quarter of 2026", Day(year=2026, quarter=3)),
        ("Q2 2027", Day(year=2027, quarter=2)),
        ("2027年第一季度", Day(year=2027, quarter=1)),
        ("founded in 1998", Day(year=1998)),
        ("on Tuesday", Day(weekday=1)),
        ("周二", Day(weekday=1)),
        ("11月8日", Day(month=11, day=8)),
        ("am 3. März", Day(month=3, day=3)),
    ],
)
def test_a_date_is_as_exact_as_it_is_written(text: str, day: Day) -> None:
    """What is not written is not made up."""
    (mark,) = find_dates(text)
    assert mark.readings == (day,)


@pytest.mark.parametrize("text", ["it may rain", "2,026 people", "$2026", "30 feb", "三个月", "march on", "30年前"])
def test_what_is_no_date(text: str) -> None:
    """Verbs, amounts, spans and impossible days are none."""
    assert find_dates(text) == []


@pytest.mark.parametrize(
    ("stated", "known", "expected"),
    [
        ("20 November", [DAY], True),
        ("in November", [DAY], True),
        ("in 2026", [DAY], True),
        ("20 November 2026", [Day(month=11, day=20)], False),
        ("20 November 2026", [Day(month=11, day=20), Day(year=2026)], True),
        ("21 November", [DAY], False),
        ("20 November", [Day(month=11)], False),
        ("on Friday", [DAY], True),
        ("on Monday", [DAY], False),
        ("03/04/2026", [Day(year=2026, month=4, day=3)], True),
    ],
)
def test_a_date_needs_one_at_least_as_exact(stated: str, known: list[Day], *, expected: bool) -> None:
    """The draft may say less than the source, never more."""
    (mark,) = find_dates(stated)
    assert is_supported(mark, known) is expected


def test_the_digits_of_dates_can_be_blanked() -> None:
    """What is left has the same length."""
    text = "On 3 March 2026 it had 12 rooms."
    assert without_dates(text) == "On              it had 12 rooms."[: len(text)]
    assert len(without_dates(text)) == len(text)
