"""The pages on sources in Streamlit's own harness, on real boards, with a real feed server behind them."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_sources import source_events
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import item, rss
from tests.fakes.watched_sources import ERROR, NASTY, Watched, watch

pytestmark = pytest.mark.soak

Show = Callable[..., Any]
FROM_HERE = {"SENSORS__ALLOW_HOSTS": '["127.0.0.1"]'}
FEED = rss(item(1, date="Tue, 01 Sep 2026 06:00:00 GMT"), item(2), title="**Tides** [x](https://evil.example)")
PAGE = (
    b'<html><head><title>A blog</title><link rel="alternate" type="application/rss+xml" title="All" href="/f"></head>'
)
SITE = PAGE + b'<link rel="alternate" type="application/rss+xml" title="Notes" href="/comments"></head>'
LIST = """<opml version="2.0"><body><outline text="news"><outline text="A" xmlUrl="https://a.example/f"/></outline>
<outline text="Ok" xmlUrl="https://ok.example/feed"/><outline text="*Bad*" xmlUrl="gopher://b"/></body></opml>"""


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """`show(locale=…, **query)`: the page on sources at that address."""

    def shown(*, locale: str = "en-US", **query: str) -> Any:
        return open_app(tmp_path, monkeypatch=monkeypatch, page="sources", query=query, locale=locale, **FROM_HERE)

    return shown


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return asyncio.run(watch(tmp_path))


@pytest.fixture
def feeds() -> Iterator[FeedServer]:
    """A feed server with a loop of its own: the page under test blocks this one."""
    loop, server, ready, ending = asyncio.new_event_loop(), FeedServer(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with server:
            server.on("/f", Reply(FEED))
            server.on("/page", Reply(PAGE))
            server.on("/site", Reply(SITE))
            server.on("/comments", Reply(rss(item(3), title="Notes")))
            ready.set()
            await ending.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    yield server
    loop.call_soon_threadsafe(ending.set)
    thread.join(10)
    loop.close()


def reader(folder: Path) -> BoardReader:
    return BoardReader(folder / "blackboard.db")


def table(app: Any) -> Any:
    return app.dataframe[0].value


def press(app: Any, key: str) -> Any:
    """Click, and let the action that it begins be done."""
    return app.button(key=key).click().run()


def test_without_a_source_it_says_how_to_get_one(tmp_path: Path, show: Show) -> None:
    """Also while the configuration's are not on the board yet."""
    assert "No source is read yet" in texts_of(show())
    (tmp_path / "davidagent.yaml").write_text("sources: [{rss: 'https://a.example/feed'}]\n")
    assert not show().exception


def test_the_list_tells_how_each_is_and_agrees_with_the_command(tmp_path: Path, watched: Watched, show: Show) -> None:
    """What needs a person stands first; fails, late and merely without news are told apart."""
    app, told = show(), {one["name"]: one for one in reader(tmp_path).sources()}
    shown = table(app)
    assert not app.exception
    assert dict(zip(shown["name"], shown["state"], strict=True)) == {
        NASTY: "Fails",
        "The gone one": "Gone",
        "The late one": "Late",
        "The new one": "New",
        "The quiet one": "In order",
        "The disabled one": "Paused",
        "The ok one": "In order",
        "From the file": "In order",
    }
    assert list(shown["name"])[:4] == [NASTY, "The gone one", "The late one", "The new one"]
    assert set(shown["name"]) == set(told)
    notes = dict(zip(shown["name"], shown["note"], strict=True))
    assert notes[NASTY] == "Failed 3 times: nothing is there (404)"
    assert notes["The late one"].endswith("; the daemon is down.")
    row = shown[shown["name"] == "The ok one"].iloc[0]
    assert (row["items"], row["published"], row["cost"], row["tags"]) == (2, 0, "$0.00", "sea, a, b")
    assert "8 sources: 1 cannot be read, 1 gone, 1 late, 1 new, 1 paused, 3 in order." in texts_of(app)


def test_a_feed_with_nothing_new_for_a_day_is_told_apart(tmp_path: Path, watched: Watched, show: Show) -> None:
    """Its state is that of the feed, not of the reading."""
    with closing(sqlite3.connect(tmp_path / "blackboard.db")) as board:
        board.execute("UPDATE sources SET created_at = created_at - 200000 WHERE id = ?", (watched.quiet,))
        board.commit()
    shown = table(show(state="quiet"))
    assert list(shown["state"]) == ["No news"]
    assert shown["note"][0].startswith("Can be read; nothing new since ")


def test_a_filter_stands_in_the_address_and_is_followed(watched: Watched, show: Show) -> None:
    """By words, state, tag and order; what means nothing shows everything."""
    app = show(tag="a, b", sort="name", q="THE ok.example")
    assert list(table(app)["name"]) == ["The ok one"]
    assert app.selectbox(key="sources.field.tag").value == "a, b"
    app.text_input(key="sources.field.q").set_value("").run()
    assert list(table(app)["name"]) == ["The ok one", "The quiet one"]
    assert dict(app.query_params) == {"tag": "a, b", "sort": "name"}
    app.selectbox(key="sources.field.state").set_value("gone").run()
    assert "No source fits this filter." in texts_of(app)
    assert len(table(press(app, "sources.clear"))) == 8
    assert len(table(show(state="nonsense", sort="best"))) == 8


def test_one_source_tells_why_and_what_would_help(tmp_path: Path, watched: Watched, show: Show) -> None:
    """The whole error, the next reading and why then, what it brought, its history; its name is plain text."""
    app = show(id=str(watched.failing))
    words = texts_of(app)
    assert not app.exception
    assert "**Failed 3 times in a row.** Nothing is there any more. Look for the feed's new address" in words
    assert ERROR in [one.value for one in app.code]
    assert "tried again after 1\\.5 h\\: 3 failures in a row" in words
    assert "<script>" not in words.replace("\\<script\\>", "")
    history = [str(cell) for cell in app.table[0].value.to_numpy().ravel()]
    assert any(cell.startswith("Could not be read") and f"`{ERROR}`" in cell for cell in history)
    assert any(cell.startswith("Added by the command line") for cell in history)
    assert len(history) == 2 * len(source_events(tmp_path / "blackboard.db", source_id=watched.failing, limit=9))
    (way,) = [one for one in app.get("page_link") if "See its items" in one.label]
    assert not app.exception
    assert f"source={watched.failing}" in str(way.proto.query_string)
    assert press(app, "sources.back").title[0].value == "Sources"


def test_it_speaks_chinese(watched: Watched, show: Show) -> None:
    """The scheduler's reason and what would help too."""
    words = texts_of(show(id=str(watched.failing), locale="zh-CN"))
    assert "**连续失败 3 次。** 那里已经没有内容。" in words
    assert "连续失败 3 次，1\\.5 小时后重试" in words
    assert "1 个逾期未读" in texts_of(show(locale="zh-CN"))


def test_it_is_paused_and_read_again_and_a_second_click_is_none(tmp_path: Path, watched: Watched, show: Show) -> None:
    """Each leaves its event, with who did it."""
    app = press(show(id=str(watched.ok)), "source.source_disable")
    assert "The ok one is read no more until it is resumed." in texts_of(app)
    (event, *_) = source_events(tmp_path / "blackboard.db", source_id=watched.ok, limit=1)
    assert (event["type"], event["data"]["by"]) == ("source_disabled", "dashboard")
    app = press(app, "source.source_enable")
    assert next(one for one in reader(tmp_path).sources() if one["id"] == watched.ok)["enabled"]
    assert not [one for one in app.button if one.key == "source.source_enable"]


def test_removing_asks_and_what_the_configuration_names_is_removed_there(
    tmp_path: Path, watched: Watched, show: Show
) -> None:
    named = show(id=str(watched.configured))
    assert "It stands in the configuration: remove it there." in texts_of(named)
    assert not [one for one in named.button if one.key == "source.remove.do"]
    app = press(show(id=str(watched.late)), "source.remove.do")
    assert "is removed; its items stay." in texts_of(app)
    assert f"There is no source {watched.late} any more." in texts_of(app)
    assert watched.late not in [one["id"] for one in reader(tmp_path).sources()]
    assert "There is no source" in texts_of(show(id="nonsense"))


def test_an_address_is_tried_then_added(tmp_path: Path, feeds: FeedServer, show: Show) -> None:
    """Of a page the announced feed is taken; trying keeps nothing, not even a board; texts of others are plain."""
    app = show()
    assert app.button(key="sources.add").disabled
    app.text_input(key="sources.new.address.0").set_value(feeds.url("/page")).run()
    app = press(app, "sources.test")
    assert "This is a page for people." in texts_of(app)
    assert "The page announces this feed:" in texts_of(app)
    app = press(app, "sources.take.0")
    assert app.text_input(key="sources.new.address.0").value == feeds.url("/f")
    assert "**\\*\\*Tides\\*\\* \\[x\\]\\(https\\:\u2060//evil\\.example\\)**" in texts_of(app)
    cells = [str(cell) for cell in app.table[0].value.to_numpy().ravel()]
    assert cells == ["2026\\-09\\-01 14\\:00", "Entry 1", "–", "Entry 2"]
    assert not (tmp_path / "blackboard.db").exists()
    app.selectbox(key="sources.new.every.0").set_value(1800.0).run()
    app.multiselect(key="sources.new.tags.0").set_value(["sea"]).run()
    app = press(app, "sources.add")
    (added,) = reader(tmp_path).sources()
    assert (added["address"], added["every_seconds"], added["tags"]) == (feeds.url("/f"), 1800.0, ["sea"])
    assert app.text_input(key="sources.new.address.1").value == ""
    assert press(app, "sources.see").header[0].value.startswith("\\*\\*Tides")


def test_each_feed_of_a_site_has_its_own_button(tmp_path: Path, feeds: FeedServer, show: Show) -> None:
    """One after the other is taken, with what is wished of them; what is a source by now says so."""
    app = show()
    app.text_input(key="sources.new.address.0").set_value(feeds.url("/site")).run()
    app.multiselect(key="sources.new.tags.0").set_value(["sea"]).run()
    app = press(app, "sources.test")
    assert "The page announces these 2 feeds:" in texts_of(app)
    app = press(app, "sources.add.0")
    assert "A source already" in texts_of(app)
    assert not [one for one in app.button if one.key == "sources.add.0"]
    app = press(app, "sources.add.1")
    assert [(one["address"], one["tags"]) for one in reader(tmp_path).sources()] == [
        (feeds.url("/f"), ["sea"]),
        (feeds.url("/comments"), ["sea"]),
    ]


def test_a_site_is_added_by_the_feed_it_announces_and_its_others_are_told(
    tmp_path: Path, feeds: FeedServer, show: Show
) -> None:
    app = show()
    app.text_input(key="sources.new.address.0").set_value(feeds.url("/site")).run()
    app = press(app, "sources.add")
    assert [one["address"] for one in reader(tmp_path).sources()] == [feeds.url("/f")]
    assert "This site has more feeds:" in texts_of(app)
    assert feeds.url("/comments") in [one.value for one in app.code]


def test_what_cannot_be_tried_is_one_sentence(show: Show) -> None:
    app = show()
    app.text_input(key="sources.new.address.0").set_value("nonsense").run()
    assert "neither a feed" in " ".join(one.value for one in press(app, "sources.test").error)


def test_a_list_comes_in_with_a_report_and_goes_out(tmp_path: Path, watched: Watched, show: Show) -> None:
    """What was there already and each problem is told; the list that goes out has every feed, tags as folders."""
    app = show()
    upload = app.file_uploader[0]
    upload.set_value(("feeds.opml", LIST.encode(), "text/x-opml")).run()
    app = press(app, "sources.import")
    words = texts_of(app)
    assert "1 source is added." in words
    assert "1 was there already." in words
    assert "1 entry of the list could not be taken:" in words
    assert "\\*Bad\\*" in words
    assert "https://a.example/f" in [one["address"] for one in reader(tmp_path).sources()]
    assert app.download_button[0].label == "Save all 9 feeds as OPML"
    assert not app.download_button[0].disabled
