"""What is said of sources: why they are read when they are, what ails them, in which order they stand."""

import random
from pathlib import Path

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.core.settings.models import ApiSettings, Settings
from dashboard.desk import Desk
from dashboard.sourcing.condition import condition_of, help_of, why
from dashboard.sourcing.kinds import form_of
from dashboard.sourcing.left_out import left_out_words
from dashboard.sourcing.particulars import hook_address
from dashboard.sourcing.query import SORTS, STATES, Query
from dashboard.sourcing.reasons import reason_words
from dashboard.sourcing.telling import sentence
from dashboard.texts import tables
from sensors.remedies import ALL
from sensors.schedule import Rhythm, after_failure, after_success
from sensors.web.headers import Floor

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
        ("every 15 s, the default (sensors.folders.every)", "every 15 s, as usual"),
        ("its 100 reads of today are used up; it goes on at 00:00 UTC", "its 100 posts of today are read"),
        ("its 1.00 USD of today are used up; it goes on at 2026-12-01 00:00 UTC", "its $1.00 of today are spent"),
        ("the budget leaves no room for reading; it goes on at 00:00 UTC", "the budget of the desk leaves no room"),
        ("X takes no more requests for now; it goes on at 11:15 UTC", "X takes no more requests for now"),
        ("there is more to read", "there is more to read"),
        ("more files wait", "there is more to read"),
        ("a file may still be written", "a file may still be written"),
        ("a post waits 2 min for the rest of its thread", "a post waits 2 min for the rest of its thread"),
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
        ("source_polled", {"outcome": "waiting"}, "Not asked, because its budget is used up\\."),
        ("hook_delivered", {"new": 1, "known": 0}, "A delivery\\: 1 new item\\."),
        ("hook_delivered", {"new": 2, "known": 1}, "A delivery\\: 2 new items\\. Some of it was known already\\."),
        ("hook_rotated", {"by": "dashboard"}, "A new secret was made by this page\\."),
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


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("@example", "x"),
        ("search:tides lang:en", "x"),
        ("webhook:builds", "webhook"),
        ("hackernews:front", "added"),
        ("https://example.org", "web"),
        ("HTTP://example.org/feed", "web"),
        ("/home/me/inbox", "path"),
        ("./inbox", "path"),
        ("~/feeds/a.xml", "path"),
        ("inbox", "path"),
        ("", ""),
    ],
)
def test_an_address_tells_what_can_be_wished_of_it(address: str, form: str) -> None:
    assert form_of(address) == form
    assert f"sources.form_{form or 'none'}" in tables()["en"]


@pytest.mark.parametrize(
    ("source", "condition", "words"),
    [
        (one("w", kind="webhook", health="new"), "unused", "Nobody has sent anything yet."),
        (one("w", kind="webhook", freshness="quiet", last_success_at=None), "quiet", "Last delivery ."),
        (one("x", kind="x", ailment="budget"), "waiting", "Its budget is used up; read again ."),
        (one("x", kind="x", ailment="budget", health="disabled"), "disabled", "Not read until it is resumed."),
        (one("x", kind="x", ailment="x_account", health="failing", errors_in_row=1), "failing", "Failed once: "),
        (one("p", kind="hackernews", ailment="of_its_own", health="failing", errors_in_row=2), "failing", "Failed 2 "),
    ],
)
def test_what_is_no_trouble_is_told_apart_from_it(source: dict[str, object], condition: str, words: str) -> None:
    """A webhook that nobody used, one that is silent, a source without budget: none of them fails."""
    usual = {"next_fetch_at": None, "created_at": None}
    assert condition_of(source) == condition
    assert why(usual | source, is_read=True).startswith(words)


def test_what_would_help_is_in_the_words_of_a_sensor_that_is_not_ours() -> None:
    """Made harmless, as all text of others."""
    assert help_of(one("p", ailment="of_its_own", help="ask *them*")) == "ask \\*them\\*"
    assert help_of(one("p", ailment="missing")).startswith("Nothing is there any more.")


@pytest.mark.parametrize(
    ("why_out", "words"),
    [
        (
            "files of this kind (.docx) are not read; save it as text, Markdown, HTML or PDF",
            "files of this kind (.docx)",
        ),
        ("it is 20,000,000 bytes, more than 10,485,760 (sensors.folders.max_file)", "larger than 10,485,760 bytes"),
        ("it is more than 1,024 bytes (sensors.folders.max_file)", "larger than 1,024 bytes"),
        ("it is a symbolic link, and links are not followed", "a link"),
        ("it is no regular file (a pipe, a socket or a device)", "not a regular file"),
        ("it is no regular file any more", "not a regular file"),
        ("it is empty", "empty"),
        ("it is a picture, not a text", "not a text"),
        ("it is no text (binary)", "not a text"),
        ("there is no text in it", "there is no text in it"),
        ("reading it is not permitted", "the daemon may not read it"),
        ("the PDF is encrypted; save it without a password", "an encrypted PDF"),
        ("the PDF is damaged: PdfReadError: EOF", "a damaged PDF"),
        ("the PDF has 3 pages but no text: it is scanned, and would need text recognition first", "a scanned PDF"),
        ("the PDF unpacks to more than can be read", "a PDF that unpacks"),
        ("the document takes longer to parse than 20 s; its parser was stopped", "it could not be read in time"),
        ("cannot be looked into: Permission denied", "cannot be looked into: Permission denied"),
    ],
)
def test_why_a_file_was_left_out_has_its_words(why_out: str, words: str) -> None:
    assert left_out_words(why_out).startswith(words)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8787/hooks/a"),
        ("0.0.0.0", "http://127.0.0.1:8787/hooks/a"),  # noqa: S104 - a setting that is shown
        ("::1", "http://[::1]:8787/hooks/a"),
        ("desk.example", "http://desk.example:8787/hooks/a"),
    ],
)
def test_the_address_of_a_webhook_is_one_that_a_sender_can_use(host: str, address: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, api=ApiSettings(host=host))
    here = Desk(settings, tmp_path / "board", BoardReader(tmp_path / "board"), None)
    assert hook_address("/hooks/a", here=here) == address
