"""Sources of every kind, their articles and their money on the pages: on a real board, equal to what commands say."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_sources import source_events
from daemon.blackboard.records import NewSource
from daemon.cli.program import run
from daemon.core.clock import SystemClock
from dashboard.figures import number, plain, safe, usd
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.processes import write_config
from tests.fakes.staged_board import opened
from tests.fakes.watched_kinds import ARTICLE_URL, LIMIT, READS, Kinds, watch_kinds

pytestmark = pytest.mark.soak

Show = Callable[..., Any]
Told = Callable[..., Any]
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """`show("sources", locale=…, id=…)`: a page at that address."""
    monkeypatch.chdir(tmp_path)
    write_config(tmp_path, {"memory": {"mode": "off"}, "api": {"host": "127.0.0.1", "port": 8123}})

    def shown(page: str | None = "sources", *, locale: str = "en-US", **query: str) -> Any:
        st.cache_data.clear()
        app = open_app(tmp_path, monkeypatch=monkeypatch, page=page, query=query, locale=locale)
        assert not app.exception
        return app

    return shown


@pytest.fixture
def kinds(tmp_path: Path) -> Kinds:
    return asyncio.run(watch_kinds(tmp_path))


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """What a command says as JSON, on the same home."""

    def asked(*arguments: str) -> Any:
        capsys.readouterr()
        assert run(["--home", str(tmp_path), *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return asked


def press(app: Any, key: str) -> Any:
    """Click, and let the action that it begins be done."""
    return app.button(key=key).click().run()


def metrics(app: Any) -> dict[str, str]:
    return {one.label: one.value for one in app.metric}


def shown_codes(app: Any) -> list[str]:
    return [str(one.value) for one in app.code]


def test_the_list_tells_every_kind_and_what_is_no_trouble_apart_from_it(kinds: Kinds, show: Show) -> None:
    """We fail to read; its budget is used up; nobody has used it yet; all is well: four different states."""
    table = show().dataframe[0].value
    rows = {row["name"]: (row["kind"], row["state"], row["note"]) for row in table.to_dict("records")}
    assert rows["Barred"] == ("X account", "Fails", "Failed 2 times: X wants a token")
    assert rows["lost"] == ("folder", "Fails", "Failed 2 times: the folder cannot be read")
    assert rows["Hacker News"][:2] == ("hackernews", "Fails")
    assert rows["alerts"] == ("webhook", "Unused", "Nobody has sent anything yet.")
    assert rows["builds"][:2] == ("webhook", "In order")
    assert rows["builds"][2].startswith("Last delivery ")
    kind, state, note = rows["search:tides lang:en"]
    assert (kind, state, note.startswith("Its budget is used up; read again ")) == ("X search", "No budget", True)
    assert rows["Example of X"][:2] == ("X account", "In order")
    assert (rows["inbox"][0], rows["A paper"][0]) == ("folder", "feed")


def test_what_reading_costs_is_what_the_command_says(kinds: Kinds, show: Show, told: Told) -> None:
    """Reads and dollars of today with their limits, the pace and the forecast, on the source's own page."""
    reads = next(one["reads"] for one in told("sources") if one["id"] == kinds.account)
    assert (reads["today"], reads["limit"]) == (READS, LIMIT)
    app = show(id=str(kinds.account))
    shown = metrics(app)
    assert shown["Posts read today"] == f"{number(reads['today'])} of {number(reads['limit'])}"
    assert shown["Spent today"] == safe(f"{usd(reads['usd_today'])} of {usd(reads['usd_limit'])}")
    assert shown["Posts on a usual day"] == f"{reads['per_day']:,.1f}"
    assert shown["30 such days"] == safe(usd(reads["usd_month"]))
    never = metrics(show(id=str(kinds.barred)))
    assert (never["Posts on a usual day"], never["30 such days"]) == ("not known yet", "not known yet")
    assert "Posts read today" not in metrics(show(id=str(kinds.folder)))


def test_a_source_without_budget_says_when_it_goes_on_and_what_would_help(kinds: Kinds, show: Show) -> None:
    """In both languages; nothing is said to have failed."""
    words = texts_of(show(id=str(kinds.search)))
    assert "It goes on by itself." in words
    assert "its 5 posts of today are read" in words
    assert "Failed" not in words
    words = texts_of(show(id=str(kinds.search), locale="zh-CN"))
    assert "到时会自动继续。" in words
    assert "今天可读的 5 条已用完" in words


def test_a_webhook_tells_where_to_send_and_that_it_is_never_asked(kinds: Kinds, show: Show) -> None:
    """With its last delivery; there is nothing to test, and no next reading."""
    app = show(id=str(kinds.hook))
    assert "http://127.0.0.1:8123/hooks/builds" in shown_codes(app)
    words = texts_of(app)
    assert "it is told, never asked" in words
    assert "Last tried" not in words
    assert "source.test" not in [one.key for one in app.button]
    history = [str(cell) for cell in app.table[0].value.to_numpy().ravel()]
    assert "A delivery\\: 1 new item\\." in history
    assert "Nobody has sent anything yet\\." in texts_of(show(id=str(kinds.unused_hook)))


def test_a_folder_tells_what_it_left_out_and_why(kinds: Kinds, show: Show) -> None:
    """Names are plain text, reasons in the viewer's language."""
    cells = [str(cell) for cell in show(id=str(kinds.folder)).table[0].value.to_numpy().ravel()]
    assert cells[0] == "\\*\\*odd\\*\\*\\.pdf"
    assert cells[1] == plain("an encrypted PDF; save it without a password")
    words = texts_of(show(id=str(kinds.folder), locale="zh-CN"))
    assert "有 2 个文件未收入" in words


def test_full_text_is_told_where_there_are_articles(kinds: Kinds, show: Show) -> None:
    assert "Full text: the article behind each entry is fetched" in texts_of(show(id=str(kinds.full_text)))
    assert "Full text" not in texts_of(show(id=str(kinds.account)))


def test_the_form_asks_for_what_the_kind_of_address_has(show: Show, tmp_path: Path) -> None:
    """Limits and a mirror for X, full text for feeds, neither for a webhook; what cannot be tried has no button to."""
    app = show()
    app.text_input(key="sources.new.address.0").set_value("@example").run()
    assert "each post that is read costs money" in texts_of(app)
    assert "sources.test" not in [one.key for one in app.button]
    app.number_input(key="sources.new.daily_reads.0").set_value(50).run()
    app.number_input(key="sources.new.daily_usd.0").set_value(0.25).run()
    app = press(app, "sources.add")
    (added,) = BoardReader(tmp_path / "blackboard.db").sources()
    assert (added["kind"], added["reads"]["limit"], added["reads"]["usd_limit"]) == ("x", 50, 0.25)
    app.text_input(key="sources.new.address.1").set_value("https://a.example/f").run()
    assert app.selectbox(key="sources.new.full_text.1").value is None
    app.text_input(key="sources.new.address.1").set_value("webhook:builds").run()
    assert [one.key for one in app.selectbox if one.key.startswith("sources.new.")] == []


def test_an_account_may_be_read_through_a_mirror(show: Show, tmp_path: Path) -> None:
    """Nothing is asked that costs money. What cannot be looked at now is added when a person says so."""
    app = show()
    app.text_input(key="sources.new.address.0").set_value("@example").run()
    app.text_input(key="sources.new.mirror.0").set_value("https://mirror.example/example").run()
    assert not list(app.number_input)
    app = press(app, "sources.add")
    assert "has no address" in " ".join(one.value for one in app.error)
    assert next(one for one in app.expander if one.label == "Add a source").proto.expanded
    assert "is source 1" in texts_of(press(app, "sources.add.as_is"))
    (added,) = BoardReader(tmp_path / "blackboard.db").sources()
    assert (added["kind"], added["name"], added["reads"]) == ("rss", "@example", None)


def test_a_source_that_is_there_already_is_told_as_such(show: Show, told: Told) -> None:
    """Nothing of what was wished is done, so that it is no news."""
    told("sources", "add", "@example")
    app = show()
    app.text_input(key="sources.new.address.0").set_value("@example").run()
    assert "is source 1 already; it is left as it was" in texts_of(press(app, "sources.add"))


def test_the_secret_of_a_new_webhook_is_shown_until_it_is_put_away(show: Show, tmp_path: Path) -> None:
    """Once: it is in no answer that the session keeps, and a new visit does not see it."""
    app = show()
    app.text_input(key="sources.new.address.0").set_value("webhook:builds").run()
    app = press(app, "sources.add")
    (secret,) = [one for one in shown_codes(app) if SECRET.fullmatch(one)]
    assert "It is shown this once" in texts_of(app)
    assert "http://127.0.0.1:8123/hooks/builds" in shown_codes(app)
    assert "builds is source 1" in texts_of(app)
    kept = app.session_state["acting.outcome"]
    assert secret not in repr(kept)
    app = press(app, "sources.secret.done")
    assert secret not in "".join(shown_codes(app))
    assert "sources.secret" not in app.session_state
    assert SECRET.search(texts_of(show())) is None


def test_a_webhook_gets_a_new_secret_which_is_told_in_its_history(show: Show, tmp_path: Path) -> None:
    """Who did it, but not the secret."""
    app = show()
    app.text_input(key="sources.new.address.0").set_value("webhook:builds").run()
    first = next(one for one in shown_codes(press(app, "sources.add")) if SECRET.fullmatch(one))
    app = press(show(id="1"), "source.rotate.do")
    second = next(one for one in shown_codes(app) if SECRET.fullmatch(one))
    assert first != second
    assert "builds has a new secret." in texts_of(app)
    (event, *_) = source_events(tmp_path / "blackboard.db", source_id=1, limit=1)
    assert (event["type"], event["data"]["by"]) == ("hook_rotated", "dashboard")
    assert second not in json.dumps(event)


def test_an_item_tells_whether_its_text_is_the_article(kinds: Kinds, show: Show) -> None:
    """And where that was asked for; what the source itself said stands below it; both are plain text."""
    app = show("items", id=kinds.read)
    words = texts_of(app)
    assert "This is the article, read " in words
    assert ARTICLE_URL in shown_codes(app)
    assert "It has two paragraphs, and \\<b\\>marks\\</b\\>\\." in words
    assert words.index("What the source itself said") > 0
    assert "The feed said only this, with \\*\\*marks\\*\\*\\." in words
    story = [str(cell) for cell in app.table[0].value.to_numpy().ravel()]
    assert any(cell.startswith("Its article was read") for cell in story)


def test_an_item_tells_why_there_is_no_article(kinds: Kinds, show: Show) -> None:
    """Behind a paywall, or still on its way; in both languages."""
    words = texts_of(show("items", id=kinds.paywalled))
    assert "it stands behind a paywall" in words
    assert "only its beginning is there, and then\\: “Subscribe \\*\\*now\\*\\*”" in words
    assert "What the source itself said" not in words
    words = texts_of(show("items", id=kinds.paywalled, locale="zh-CN"))
    assert "全文需付费阅读" in words
    assert "只有开头部分，随后是：“Subscribe \\*\\*now\\*\\*”" in words
    words = texts_of(show("items", id=kinds.awaiting))
    assert "Its article is being fetched." in words
    assert "It waits for its article until " in words


def test_lists_tell_what_waits_for_its_article(kinds: Kinds, show: Show) -> None:
    table = show("items").dataframe[0].value
    notes = dict(zip(table["title"], table["note"], strict=True))
    assert notes["Title of awaiting"] == "waits for its article"
    assert notes["Title of read"] == ""
    assert "1 item waits for its article" in texts_of(show(None))


def test_the_first_page_names_what_has_no_budget_but_no_webhook_that_waits(kinds: Kinds, show: Show) -> None:
    """Sources that cannot be read, with why; what is merely unused needs nobody."""
    app = show(None)
    words = texts_of(app)
    assert "1 source waits for its budget" in words
    assert "Barred: X wants a token" in words
    assert "alerts" not in words
    ways = [str(one.proto.query_string) for one in app.get("page_link")]
    assert "state=waiting" in "".join(ways)


def test_the_readings_in_the_economics_are_those_of_the_commands(kinds: Kinds, show: Show, told: Told) -> None:
    """Each source, the sum of the reader, and its cost by source."""
    app, costs = show("economics", days="1"), told("costs", "--day", "today")
    frames = [one.value for one in app.dataframe]
    (table,) = [one for one in frames if "reads_today" in one.columns]
    paid = {one["name"]: one["reads"] for one in told("sources") if one["reads"] is not None}
    assert set(table["source"]) == set(paid)
    for row in table.to_dict("records"):
        reads = paid[row["source"]]
        assert (row["reads_today"], row["reads_limit"]) == (reads["today"], reads["limit"])
        assert (row["usd_today"], row["usd_limit"]) == (reads["usd_today"], reads["usd_limit"])
    reader = costs["by_brain"]["sensor"]
    assert safe(f"In this period: {usd(reader['cost_usd'])}, {number(reader['calls'])} requests.") in texts_of(app)
    (by_source,) = [one for one in frames if "source" in one.columns and "share" in one.columns]
    assert dict(zip(by_source["source"], by_source["calls"], strict=True)) == {
        name: one["calls"] for name, one in costs["by_source"].items()
    }


def test_what_cost_nothing_to_read_shows_no_readings(show: Show, tmp_path: Path) -> None:
    """No table where no source is paid for."""
    assert run(["--home", str(tmp_path), "sources", "add", "webhook:builds", "--json"]) == 0
    assert "Paid readings of sources" not in texts_of(show("economics"))


def test_the_budget_of_reading_stands_with_the_others(kinds: Kinds, show: Show, told: Told, tmp_path: Path) -> None:
    """On the page of controls and in the economics, as the command has it."""
    budget = {"per_brain_daily_usd": {"sensor": 0.5}}
    write_config(tmp_path, {"memory": {"mode": "off"}, "budget": budget})
    scope = next(one for one in told("budget")["scopes"] if one["scope"] == "brain:sensor")
    assert (scope["cap_usd"], scope["spent_usd"]) == (0.5, 0.21)
    words = f"{usd(scope['left_usd'])} of {usd(scope['cap_usd'])} left of the source reader's day"
    for page in ("control", "economics"):
        assert safe(words) in [one.text for one in show(page).get("progress")]


@pytest.mark.parametrize(("locale", "words"), [("en-US", "reaches no host since"), ("zh-CN", "本机无法连接任何主机")])
def test_a_machine_that_reaches_nobody_says_so_above_the_list(
    show: Show, tmp_path: Path, locale: str, words: str
) -> None:
    """Once, from the vital sign of the board; a webhook without its secret says in its own row what is wrong."""

    async def made() -> None:
        async with opened(tmp_path, clock=SystemClock()) as engine:
            await engine.add_source(NewSource("webhook", "webhook:ci", "ci"), by="test")
            await engine.write_vital("network", json.dumps({"since": 1_790_000_000.0, "hosts": ["a.example"]}))

    asyncio.run(made())
    app = show(locale=locale)
    assert sum(words in str(one.value) for one in app.warning) == 1
    (row,) = app.dataframe[0].value.to_dict("records")
    assert row["note"] in {"Nobody can send to it: its secret is lost", "无法接收推送：签名密钥已丢失"}
