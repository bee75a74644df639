"""What the address of a page says: a stranger may have written the link."""

import pytest

from daemon.core.errors import UsageError
from dashboard.dead.query import Query as LetterQuery
from dashboard.feedback.query import Query as FeedbackQuery
from dashboard.listing.query import Query as ItemQuery

IMAGE = "![x](https://elsewhere.example/seen.png)"


@pytest.mark.parametrize("query", [FeedbackQuery, ItemQuery])
@pytest.mark.parametrize("told", [{"source": "9" * 19}, {"source": "-1"}, {"at": IMAGE}, {"at": "a:x:1"}])
def test_what_cannot_be_meant_is_left_out(query: type[FeedbackQuery] | type[ItemQuery], told: dict[str, str]) -> None:
    """A number that SQLite does not take, and a place that is none."""
    assert query.of(told) == query()


def test_a_number_that_sqlite_does_not_take_is_no_source_of_dead_letters() -> None:
    assert LetterQuery.of({"source": "9" * 19}) == LetterQuery()


def test_a_place_that_a_page_names_is_kept() -> None:
    assert FeedbackQuery.of({"at": "a:1790000000.5:3", "source": "7"}).wanted()["at"] == "a:1790000000.5:3"


def test_a_fault_that_quotes_the_address_shows_no_picture_and_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words are text."""
    import streamlit as st

    from dashboard.faults import told_faults

    shown: list[str] = []
    monkeypatch.setattr(st, "error", shown.append)
    for error in (UsageError(f"{IMAGE!r} is no place"), ValueError(IMAGE)):
        with told_faults():
            raise error
    assert len(shown) == 2
    assert not any("![x](" in words for words in shown)
