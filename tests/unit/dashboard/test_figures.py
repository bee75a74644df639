"""Figures as a viewer reads them."""

import pytest

from dashboard import figures


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "$0.00"), (1.2, "$1.20"), (0.0042, "$0.0042"), (1234.5, "$1,234.50"), (-0.5, "-$0.5000"), (None, "unknown")],
)
def test_dollars(value: float | None, words: str) -> None:
    assert figures.usd(value) == words


def test_money_also_comes_in_the_configured_currencies() -> None:
    assert figures.money(2.0, currency={"CNY": 7.25, "EUR": 0.9, "SEK": 10.0}) == "$2.00 (¥14.50, €1.80, SEK 20.00)"
    assert figures.money(2.0, currency={}) == "$2.00"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_800, "2 d"), (-5, "0 s")],
)
def test_a_span_has_the_unit_that_says_most(seconds: float, words: str) -> None:
    assert figures.span(seconds) == words


def test_nothing_is_shown_for_a_time_that_is_not_there() -> None:
    assert (figures.moment(None), figures.age(None), figures.span(None), figures.clock("")) == ("", "", "", "")


def test_an_iso_time_and_epoch_seconds_are_the_same_moment() -> None:
    assert figures.moment("2026-11-20T10:00:00+00:00") == figures.moment(1795168800.0) == "2026-11-20 10:00"


@pytest.mark.parametrize(("count", "words"), [(12, "12 B"), (1500, "1.5 KB"), (5_700_000_000, "5.7 GB")])
def test_a_size(count: int, words: str) -> None:
    assert figures.size(count) == words


def test_text_from_outside_makes_no_markdown() -> None:
    shown = figures.plain("**bold** [x](http://evil) :red[y] $a$ <b>\n# head")
    assert "\n" not in shown
    assert "\\[x\\]\\(http" in shown
    assert "\\://" not in shown
    assert "\\*\\*bold\\*\\*" in shown
