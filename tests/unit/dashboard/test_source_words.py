"""What is said of sources: why they are read when they are, what ails them, in which order they stand."""

import random

import pytest

from dashboard.sourcing.query import SORTS, STATES, Query
from dashboard.sourcing.reasons import reason_words
from dashboard.sourcing.telling import sentence
from dashboard.texts import tables
from sensors.headers import Floor
from sensors.remedies import ALL
from sensors.schedule import Rhythm, after_failure, after_success

HOUR, DAY = 3600.0, 86_400.0


def planned(rhythm: Rhythm, *floors: Floor) -> str:
    return after_success(rhythm, floors=floors, now=0.0, rng=random.Random(1)).reason


def failed(times: int, *, retry_after: float | None = None) -> str:
    rhythm = Rhythm(default_seconds=HOUR)
    return after_failure(rhythm, errors_in_row=times, retry_after=retry_after, now=0.0, rng=random.Random(1)).reason


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (planned(Rhythm(HOUR, wish_seconds=45.0)), "every 45 s, as set for it"),
        (planned(Rhythm(HOUR)), "every 60 min, as usual"),
        (planned(Rhythm(HOUR, gap_seconds=3 * HOUR)), "it posts about every 3 h"),
        (planned(Rhythm(HOUR, gap_seconds=9 * DAY)), "it has not posted for 9 d"),
        (planned(Rhythm(HOUR, quiet_seconds=4 * DAY)), "nothing new for 4 d"),
        (
            planned(Rhythm(HOUR), Floor(5 * HOUR, "Cache-Control")),
            "the server asks for 5 h between readings: Cache-Control",
        ),
        (failed(1), "tried again 60 min after the first failure"),
        (failed(3), "tried again after 4 h: 3 failures in a row"),
        (failed(1, retry_after=DAY), "the server asks to wait 24 h"),
        ("something of a later version", "something of a later version"),
        (None, ""),
    ],
)
def test_every_reason_of_the_scheduler_has_its_words(reason: str | None, words: str) -> None:
    assert reason_words(reason) == words


def test_every_ailment_has_its_words() -> None:
    """A short one and what would help."""
    assert [one.name for one in ALL if f"help.{one.name}" not in tables()["en"]] == []
    assert [one.name for one in ALL if f"cause.{one.name}" not in tables()["en"]] == []


def test_every_state_and_order_has_its_words() -> None:
    wanted = [f"sources.{kind}_{name}" for name in STATES for kind in ("state", "count", "why")]
    wanted += [f"sources.sort_{name}" for name in SORTS]
    assert [key for key in wanted if key not in tables()["en"]] == []


@pytest.mark.parametrize(
    ("type_", "data", "words"),
    [
        ("source_polled", {"outcome": "read", "new": 2}, "Read; 2 new items\\."),
        (
            "source_polled",
            {"outcome": "read", "new": 1, "moved_to": "https://b.example/f", "is_moved": True},
            "Read; 1 new item\\. It has moved\\: `https://b.example/f`",
        ),
        (
            "source_polled",
            {"outcome": "unchanged", "new": 0, "moved_to": "https://b.example/f", "is_moved": False},
            "Read; 0 new items\\. It has moved to where another source is already\\: `https://b.example/f`",
        ),
        (
            "source_polled",
            {"outcome": "failed", "error": "http://a answered 404 `x` <b>"},
            "Could not be read\\: nothing is there \\(404\\)\\. `http://a answered 404 'x' <b>`",
        ),
        ("source_polled", {"outcome": "gone"}, "Its server says that it is gone for good\\."),
        ("source_added", {"by": "config"}, "Added by the configuration\\."),
        ("source_removed", {"by": "*me*"}, "Removed by \\*me\\*\\."),
        ("source_of_tomorrow", {}, "source of tomorrow"),
    ],
)
def test_an_event_is_one_sentence_and_what_others_said_is_code(type_: str, data: dict[str, object], words: str) -> None:
    assert sentence({"type": type_, "data": data}) == words


def one(name: str, **more: object) -> dict[str, object]:
    usual = {"id": 1, "health": "ok", "freshness": "fresh", "last_item_at": None, "items": 0, "published": 0}
    usual |= {"kind": "rss", "ailment": None, "help": None, "errors_in_row": 0, "last_error": None}
    return usual | {"name": name, "cost_usd": 0.0, "tags": [], "address": f"https://{name}.example/f"} | more


def test_each_order_is_what_it_says() -> None:
    """Equal ones stand by name; what never was newest, last."""
    sources = [
        one("b", items=2, cost_usd=0.5),
        one("A", last_item_at="2026-11-20T00:00:00.000Z"),
        one("c", health="late", published=3, last_item_at="2026-11-21T00:00:00.000Z"),
    ]
    orders = {sort: "".join(str(one["name"]) for one in Query(sort=sort).of_all(sources)) for sort in SORTS}
    assert orders == {"need": "cAb", "name": "Abc", "newest": "cAb", "items": "bAc", "published": "cAb", "cost": "bAc"}


def test_all_words_must_be_found_anywhere() -> None:
    """In name, address or tags, in any order and case."""
    found = one("Tides", tags=["Sea, wide"])
    assert Query(q="SEA tides.ex").of_all([found]) == [found]
    assert Query(q="sea land").of_all([found]) == []
    assert Query(tag="Sea").of_all([found]) == []
