"""The first page, the controls and what stands around them, in each state of the desk."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.core.clock import SystemClock
from dashboard.figures import plain
from tests.fakes.dashboard import TOKEN, open_app, texts_of
from tests.fakes.served_desk import serve_still_desk
from tests.fakes.staged_board import STARTED_AT, Staged, opened, stage

pytestmark = pytest.mark.soak

Open = Callable[..., Any]


@pytest.fixture
def open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """The app on the home of the test: `open_page(page, locale=…)`."""

    def opened_page(page: str | None = None, **options: Any) -> Any:
        return open_app(tmp_path, monkeypatch=monkeypatch, page=page, **options)

    return opened_page


def set_up(home: Path, *, is_staged: bool = True, **vital: Any) -> Staged | None:
    """A board, and what a daemon has written of itself on it."""

    async def made() -> Staged | None:
        async with opened(home, clock=SystemClock()) as engine:
            staged = await stage(engine) if is_staged else None
            for name, value in vital.items():
                await engine.write_vital(name, json.dumps(value))
            return staged

    return asyncio.run(made())


def counts_of(app: Any) -> dict[str, str]:
    """The figures of the board of states, as they are shown."""
    return {one.label: one.value for one in app.metric}


def test_without_a_board_it_says_how_to_get_one(open_page: Open) -> None:
    app = open_page()
    assert "There is no board yet" in texts_of(app)
    assert "The daemon is not running" in texts_of(app)
    assert not app.exception


def test_an_empty_board_is_calm(tmp_path: Path, open_page: Open) -> None:
    set_up(tmp_path, is_staged=False)
    app = open_page()
    assert set(counts_of(app).values()) == {"0"}
    assert "No source is read yet. Add a feed, or bring a list of feeds." in texts_of(app)
    assert ":primary[Add a source]" in [one.label for one in app.get("page_link")]
    assert "Nothing was posted or published in the last 24 hours." in texts_of(app)
    assert "Nothing is in hand." in texts_of(app)


def test_a_busy_board_shows_what_the_read_side_says(tmp_path: Path, open_page: Open) -> None:
    """Counts, money and the list of what needs a person; each link is there."""
    set_up(tmp_path)
    app, reader = open_page(), BoardReader(tmp_path / "blackboard.db")
    shown, counts = counts_of(app), reader.counts()
    assert list(shown.values()) == [
        str(counts[state])
        for state in (
            *("QUEUED", "INGESTING", "DRAFTING", "REVIEWING", "PUBLISHING"),
            *("PUBLISHED", "HELD", "DEAD_LETTER", "DISCARDED"),
        )
    ]
    words = texts_of(app)
    assert "1 item is held for your decision" in words
    assert "1 dead letter: BadKeyError" in words
    assert reader.overview()["today"]["cost_usd"] == 0.0012
    assert "**\\$0.0012 (¥0.0087)**" in words
    assert "Calls: 1; tokens: 100 in, 20 out" in words
    labels = [one.label for one in app.get("page_link")]
    assert ":primary[Decide]" in labels
    assert ":primary[Look and retry]" in labels


def test_it_speaks_chinese_to_a_chinese_browser(tmp_path: Path, open_page: Open) -> None:
    set_up(tmp_path)
    words = texts_of(open_page(locale="zh-CN"))
    assert "1 个条目等你决定" in words
    assert "守护进程未运行" in words


def test_a_chosen_language_wins_over_the_browsers(tmp_path: Path, open_page: Open) -> None:
    set_up(tmp_path)
    app = open_page(locale="zh-CN")
    app.sidebar.button_group[0].set_value("en").run()
    assert "1 item is held for your decision" in texts_of(app)


def test_a_daemon_that_is_down_is_down_since_its_last_sign_of_life(tmp_path: Path, open_page: Open) -> None:
    """In the viewer's zone: 10:13 UTC is 18:13 in Shanghai."""
    at = time.time() // 86_400 * 86_400 - 13 * 60 + 11 * 3600
    set_up(tmp_path, daemon={"pid": 1, "version": "1", "started_at": STARTED_AT, "heartbeat_at": at - 2 * 86_400})
    words = texts_of(open_page())
    assert "The daemon is down since " in words
    assert "18:47" in words
    assert "Start it with `davidagent run`" in words


def test_what_is_unusual_is_said_on_every_page(tmp_path: Path, open_page: Open) -> None:
    """A pause, a level that a person set, and chaos."""

    async def disturb() -> None:
        async with opened(tmp_path, clock=SystemClock()) as engine:
            await engine.set_control("paused", "1", by="test")
            level = {"level": "L3", "until": None, "by": "cli", "why": "a show"}
            await engine.set_control("level_set", json.dumps(level), by="test")
            await engine.set_control("chaos", json.dumps({"enabled": True}), by="test")

    asyncio.run(disturb())
    for page in (None, "control"):
        words = texts_of(open_page(page))
        assert "Paused" in words
        assert "CHAOS IS ON" in words
        assert "Level L3: sources are read, everything else waits" in words
        assert "a show" in words


def test_a_click_pauses_says_so_and_offers_the_way_back(tmp_path: Path, open_page: Open) -> None:
    """Without a daemon, so by a command; the button of the other way stands there afterwards."""
    set_up(tmp_path)
    app = open_page("control")
    app.button(key="control.pause").click().run()
    assert "Paused. Nothing new is taken up" in texts_of(app)
    assert BoardReader(tmp_path / "blackboard.db").controls()["paused"] == "1"
    app.button(key="control.resume").click().run()
    assert "Resumed." in texts_of(app)
    assert "paused" not in BoardReader(tmp_path / "blackboard.db").controls()


def test_the_second_click_of_a_double_click_is_none(tmp_path: Path, open_page: Open) -> None:
    """Its callback comes when the first is over: the sentence of the first stays, and nothing is done again."""
    set_up(tmp_path)
    app = open_page("control")
    app.button(key="backup.do").click().run()
    assert "holds the board" in texts_of(app)
    app.button(key="backup.do").click().run()
    assert "holds the board" in texts_of(app)


def test_money_is_spent_only_after_the_amount_was_said(tmp_path: Path, open_page: Open) -> None:
    set_up(tmp_path)
    app = open_page("control")
    assert app.button(key="budget.do").disabled
    app.number_input(key="budget.usd.day").set_value(8.5).run()
    assert "At most \\$8.50 in all may be spent of the day." in texts_of(app)
    app.button(key="budget.do").click().run()
    assert "The budget is changed." in texts_of(app)
    assert "of \\$8.50 left of the day" in app.get("progress")[0].text
    app.button(key="budget.reset").click().run()
    assert "The configured budget holds." in texts_of(app)


def test_what_cannot_be_done_is_one_sentence(tmp_path: Path, open_page: Open) -> None:
    set_up(tmp_path)
    app = open_page("control")
    (path,) = [one for one in app.text_input if one.label == "File"]
    path.set_value(str(tmp_path / "blackboard.db")).run()
    app.button(key="backup.do").click().run()
    assert [one.value for one in app.error if one.value.startswith("Not done: ")]
    assert not app.exception


def test_settings_are_shown_with_secrets_hidden(tmp_path: Path, open_page: Open) -> None:
    app = open_page("control", API__TOKEN="a-secret-nobody-sees", is_signed_in=False)
    assert "a-secret-nobody-sees" not in texts_of(app)
    app.text_input[0].set_value("a-secret-nobody-sees")
    app.button[0].click().run()
    (settings,) = [one.value for one in app.code if "synchronous" in one.value]
    assert "a-secret-nobody-sees" not in settings
    assert "token: '***'" in settings


def test_who_does_not_know_the_token_sees_nothing(tmp_path: Path, open_page: Open) -> None:
    set_up(tmp_path)
    app = open_page(is_signed_in=False)
    assert counts_of(app) == {}
    assert "opens with its token" in texts_of(app)
    app.text_input[0].set_value("a-wrong-one")
    app.button[0].click().run()
    assert "That is not the token." in texts_of(app)
    assert counts_of(app) == {}
    app.text_input[0].set_value(TOKEN)
    app.button[0].click().run()
    assert counts_of(app) != {}


def test_a_session_ends_with_the_token_it_came_in_by(tmp_path: Path, open_page: Open) -> None:
    set_up(tmp_path)
    app = open_page()
    assert counts_of(app) != {}
    (tmp_path / "api.token").write_text("another\n")
    app.run()
    assert counts_of(app) == {}
    assert "opens with its token" in texts_of(app)


@pytest.mark.parametrize(
    ("pragma", "words"),
    [
        ("user_version = 1", "brought up to date"),
        ("user_version = 999", "not a board that this version can read"),
        ("application_id = 7", "not a board that this version can read"),
    ],
    ids=["old", "newer", "foreign"],
)
def test_a_board_that_cannot_be_read_is_one_sentence(tmp_path: Path, open_page: Open, pragma: str, words: str) -> None:
    set_up(tmp_path, is_staged=False)
    with sqlite3.connect(tmp_path / "blackboard.db") as db:
        db.execute(f"PRAGMA {pragma}")
    db.close()
    app = open_page()
    assert words in texts_of(app)
    assert not app.exception


def test_a_configuration_that_cannot_work_is_one_sentence(open_page: Open) -> None:
    app = open_page(BUDGET__DAILY_USD="many")
    (said,) = [one.value for one in app.error]
    assert said.startswith("The configuration cannot work")
    assert plain("budget.daily_usd") in said


def test_a_breaker_that_is_not_closed_has_a_button_while_a_daemon_runs(tmp_path: Path, open_page: Open) -> None:
    """One click closes it, and says so; as a daemon that is gone left it, there is nothing to click."""
    breakers = [
        {"name": "writer", "state": "closed"},
        {"name": "vendor/m", "state": "open", "reason": "3 of 3 calls failed", "next_probe_at": time.time() + 3600},
    ]
    set_up(tmp_path, is_staged=False, breakers=breakers)
    assert "breaker.vendor/m" not in {one.key for one in open_page("control").button}
    with serve_still_desk(tmp_path) as served:
        served.desk.ill.open("vendor/m")
        tell_address(tmp_path, served.address)
        assert open_page("control", locale="zh-CN").button(key="breaker.vendor/m").label == "立即恢复调用"
        app = open_page("control")
        assert "breaker.writer" not in {one.key for one in app.button}
        app.button(key="breaker.vendor/m").click().run()
        assert not app.exception
        assert "vendor/m is asked again. What waited for it goes on." in texts_of(app)
        assert served.desk.breakers()[0]["state"] == "closed"
    assert BoardReader(tmp_path / "blackboard.db").events(after=0)[-1]["data"]["by"] == "dashboard"


def tell_address(home: Path, address: str) -> None:
    """A daemon's place in the lock file that the desk of the test holds."""
    lock = home / "blackboard.lock"
    lock.write_bytes(json.dumps(json.loads(lock.read_text()) | {"address": address}).encode().ljust(1024))
