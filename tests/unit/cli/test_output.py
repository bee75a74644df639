"""What a person reads: spans, money, counts, safe text, tables."""

from datetime import UTC, datetime, timedelta

import pytest

from daemon.cli.listing import Listing
from daemon.cli.output import age, clean, count, cut, moment, money, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0s"),
        (-5, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3600, "1h"),
        (86_400, "1d"),
        (200_000, "2d"),
        (9e7, "3y"),
    ],
)
def test_a_span_has_one_unit(seconds: float | None, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "unknown"), (0, "$0.00"), (0.0012, "$0.0012"), (1.5, "$1.50"), (0.5, "$0.5000")]
)
def test_small_money_keeps_its_digits(value: float | None, text: str) -> None:
    assert money(value) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 posts"), (1, "1 post"), (1200, "1,200 posts")])
def test_a_count_agrees_with_its_noun(number: int, text: str) -> None:
    assert count(number, "post") == text


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\x9b2Jb", "a2Jb"),
        ("a\rb\x07c\x7f", "abc"),
        ("\u202etxt.exe\u2069", "txt.exe"),
        ("two\nlines\tand 中文", "two\nlines\tand 中文"),
        (None, ""),
        (7, "7"),
    ],
)
def test_text_is_safe_for_a_terminal(raw: object, safe: str) -> None:
    assert clean(raw) == safe


def test_times_of_nothing_are_nothing() -> None:
    assert (moment(None), age(None)) == ("", "")


def test_an_age_is_counted_from_now() -> None:
    assert age((datetime.now(UTC) - timedelta(hours=3, minutes=1)).isoformat()) == "3h"


def test_a_plain_table_lines_up_also_with_wide_characters(capsys: pytest.CaptureFixture[str]) -> None:
    listing = Listing("name", ">n", "note")
    listing.add("电池", 5, None)
    listing.add("abc", 1200, "x\ny")
    listing.show()
    assert capsys.readouterr().out == "name     n  note\n电池     5\nabc   1200  x y\n"


@pytest.mark.parametrize(
    ("width", "shown"), [(12, "钠离子储能站"), (11, "钠离子储能…"), (10, "钠离子储…"), (3, "钠…"), (1, "…")]
)
def test_wide_characters_are_cut_without_a_gap(width: int, shown: str) -> None:
    assert cut("钠离子储能站", width) == shown


def test_the_flexible_column_gives_way_first_and_the_first_never() -> None:
    listing = Listing("id", "title", "source", flexible="title")
    listing.add("0123456789abc", "t" * 60, "s" * 20)
    assert listing.widths(200) == [13, 60, 20]
    assert listing.widths(80) == [13, 43, 20]
    assert listing.widths(60) == [13, 24, 19]
    assert listing.widths(40) == [13, 13, 10]


def test_a_column_is_never_wider_than_it_may() -> None:
    listing = Listing("id", "title", "source", flexible="title", at_most={"source": 8})
    listing.add("0123456789abc", "t" * 60, "s" * 20)
    assert listing.widths(200) == [13, 60, 8]
