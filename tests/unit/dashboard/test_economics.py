"""What the page on costs is asked for, and what it gives away as files and bars."""

import csv
from io import StringIO
from typing import Any

import pytest

from daemon.blackboard.reading.cost_parts import OTHERS
from daemon.blackboard.reading.costs import BY_HAND
from daemon.blackboard.reading.desk_costs import By
from dashboard.economics.query import MOST_MODELS, Query
from dashboard.economics.sheet import sheet
from dashboard.economics.trend import chart, file_rows, rows_of
from dashboard.economics.words import before_words, extra_words, part_name
from dashboard.figures import exact_usd


def test_an_address_says_what_is_asked_for_and_nothing_usual() -> None:
    query = Query.of({"days": ["30"], "by": ["model"], "show": ["calls"], "with": ["a/b", "c", "a/b"]})
    assert query == Query(days=30, by=By.MODEL, show="calls", models=("a/b", "c"))
    assert query.measure == "calls"
    assert Query.of({name: [value] if isinstance(value, str) else value for name, value in _said(query)}) == query
    assert Query().parameters() == {}


def _said(query: Query) -> Any:
    return query.parameters().items()


@pytest.mark.parametrize("days", ["", "8", "-7", "1e9", "７", "x"])
def test_an_address_that_cannot_be_meant_is_left_out(days: str) -> None:
    assert Query.of({"days": [days], "by": ["colour"], "show": ["money"]}) == Query()
    assert len(Query.of({"with": [str(number) for number in range(99)]}).models) == MOST_MODELS


def read(data: bytes) -> list[list[str]]:
    """A sheet as a spreadsheet reads it, told by its mark that it is UTF-8."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_sheet_keeps_chinese_commas_and_lines() -> None:
    rows = [
        {"name": '海洋, "研究所"\n新闻', "calls": 12_345, "cost_usd": 0.000005, "sources": ["a", "b"], "share": None}
    ]
    columns = ("name", "calls", "cost_usd", "sources", "share", "missing")
    assert read(sheet(rows, columns=columns)) == [
        list(columns),
        ['海洋, "研究所"\n新闻', "12345", "0.000005", "a, b", "", ""],
    ]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://evil","x")', "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_cell_of_text_is_never_a_formula(text: str) -> None:
    assert read(sheet([{"name": text}], columns=("name",)))[1] == [f"'{text}"]


def test_a_number_below_zero_stays_a_number() -> None:
    rows = [{"difference_usd": -0.25}, {"difference_usd": -3.0}, {"difference_usd": 0.0}, {"difference_usd": 100.0}]
    assert [row[0] for row in read(sheet(rows, columns=("difference_usd",)))[1:]] == ["-0.25", "-3", "0", "100"]


def part(cost: float, calls: int = 1) -> dict[str, Any]:
    return {"calls": calls, "prompt_tokens": 10, "completion_tokens": 2, "cost_usd": cost}


TREND = [
    {"day": "2026-11-19", **part(0.0, 0), "parts": {"right": part(0, 0), "left": part(0, 0), "memory": part(0, 0)}},
    {"day": "2026-11-20", **part(0.5), "parts": {"right": part(0.3), "left": part(0.2), "memory": part(0)}},
]


def test_a_bar_has_its_parts_with_exact_figures() -> None:
    rows = rows_of(TREND, Query())
    assert [(row["time"], row["part"], row["value"], row["cost"], row["whole"]) for row in rows] == [
        ("2026-11-20", "right brain", 0.3, "$0.30", "$0.50"),
        ("2026-11-20", "left brain", 0.2, "$0.20", "$0.50"),
    ]
    assert [row["value"] for row in rows_of(TREND, Query(show="in"))] == [10] * 6


def test_days_without_a_call_have_their_place_and_brains_their_colour() -> None:
    drawn = chart(rows_of(TREND, Query()), Query(), times=["2026-11-19", "2026-11-20"]).to_dict()
    assert drawn["encoding"]["x"]["scale"]["domain"] == ["2026-11-19", "2026-11-20"]
    turned = chart(rows_of(TREND, Query())[::-1], Query(), times=["2026-11-20"]).to_dict()
    scale = drawn["encoding"]["color"]["scale"]
    assert scale == turned["encoding"]["color"]["scale"]
    assert scale["domain"] == ["right brain", "left brain"]
    assert len(set(scale["range"])) == 2


def test_the_file_of_a_trend_has_what_was_called() -> None:
    assert [(row["time"], row["part"], row["cost_usd"]) for row in file_rows(TREND)] == [
        ("2026-11-20", "right", 0.3),
        ("2026-11-20", "left", 0.2),
        ("2026-11-20", "memory", 0),
    ]


def test_parts_are_named_in_words_but_models_and_sources_as_they_are() -> None:
    names = [("left", "brain"), ("draft", "task"), ("draft", "model"), ("left", "source"), ("new", "task")]
    assert [part_name(name, kind=kind) for name, kind in names] == [
        "left brain",
        "write the draft",
        "draft",
        "left",
        "new",
    ]
    assert part_name(BY_HAND, kind="source") == "posted by a person"
    assert part_name(OTHERS, kind="model") == "all others"


def test_what_was_paid_besides_is_said_when_it_was() -> None:
    none = {kind: part(0, 0) for kind in ("call", "retries", "repair", "hedge", "batch")}
    assert extra_words(none) == ""
    said = extra_words(none | {"retries": part(0.0003), "hedge": part(1.5, 2)})
    assert said == "Paid besides first tries: retries $0.0003 (1×), second requests beside slow ones $1.50 (2×)."


def test_the_time_before_is_named_by_its_length() -> None:
    before = {"calls": 1234, "cost_usd": 2.0}
    assert before_words({"before": before}, days=1) == "The whole day before: $2.00, 1,234 calls."
    assert before_words({"before": before}, days=30) == "The 30 days before: $2.00, 1,234 calls."
    assert before_words({"before": None}, days=1) == "No call the day before."


@pytest.mark.parametrize(
    ("value", "words"), [(0, "$0.00"), (1.2, "$1.20"), (0.004217, "$0.004217"), (-1234.5, "-$1,234.50")]
)
def test_exact_dollars(value: float, words: str) -> None:
    assert exact_usd(value) == words
