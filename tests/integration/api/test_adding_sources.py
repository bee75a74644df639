"""Adding sources by command or API: what a site leads to, what the answer tells, and lists of hundreds in one go."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from daemon.api.actions import BoardActions
from daemon.api.server import ApiServer
from daemon.runtime.remote import RemoteActions
from sensors.feeds.opml import read_opml
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk
from tests.fakes.feed_server import FeedServer, Reply, redirect
from tests.fakes.feeds import item, rss

FEED = rss(item(1), item(2), title="Tides")
LISTS = Path(__file__).parents[4] / "shared" / "feeds"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[StillDesk]:
    """One that may read from this machine."""
    async with open_still_desk(tmp_path, sensors={"allow_hosts": ["127.0.0.1"]}) as opened:
        yield opened


def announcing(*links: str) -> Reply:
    """A page that announces these; a title after `|`."""
    pairs = [link.partition("|") for link in links]
    tags = [
        f'<link rel=alternate type="application/rss+xml" href="{path}" title="{title}">' for path, _, title in pairs
    ]
    return Reply(f"<html><head><title>Tides</title>{''.join(tags)}</head></html>".encode())


async def add(api: httpx2.AsyncClient, address: str, **more: Any) -> dict[str, Any]:
    answer = await api.post("/api/sources", json={"address": address, "discover": True, **more})
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def addresses(desk: StillDesk) -> list[str]:
    return [one["address"] for one in desk.reader.sources()]


async def test_the_feed_of_a_site_becomes_the_source(
    api: httpx2.AsyncClient, desk: StillDesk, server: FeedServer
) -> None:
    """Under its title, with what was wished; the answer tells how it was found and what else there is."""
    server.on("/feed", Reply(FEED))
    site = server.on("/", announcing("/feed|Tides", "/comments|Comments"))
    added = await add(api, site, tags=["sea"], every="30m", full_text=True)
    assert (added["address"], added["name"], added["tags"]) == (server.url("/feed"), "Tides", ["sea"])
    assert (added["every_seconds"], added["full_text"]) == (1800.0, True)
    assert added["discovery"] == {
        "asked": site,
        "how": "announced",
        "title": "Tides",
        "format": "RSS",
        "entries": 2,
        "warning": None,
        "others": [{"address": server.url("/comments"), "title": "Comments", "format": "RSS", "source_id": None}],
    }
    assert addresses(desk) == [server.url("/feed")]


async def test_a_name_that_was_given_stays(api: httpx2.AsyncClient, server: FeedServer) -> None:
    server.on("/new", Reply(FEED))
    added = await add(api, server.on("/old", redirect("/new", status=308)), name="Mine")
    assert (added["name"], added["address"]) == ("Mine", server.url("/new"))


async def test_all_feeds_of_a_page_become_sources(api: httpx2.AsyncClient, desk: StillDesk, server: FeedServer) -> None:
    """With the same wishes and their own names; one that is there already keeps what it has."""
    server.on("/feed", Reply(FEED))
    await api.post("/api/sources", json={"address": server.url("/b"), "name": "Known"})
    added = await add(api, server.on("/", announcing("/feed|Tides", "/a|A", "/b|B")), all_feeds=True, tags=["sea"])
    others = added["discovery"]["others"]
    assert [one["source_id"] for one in others] == [3, 1]
    assert [(one["name"], one["tags"]) for one in desk.reader.sources()] == [
        ("Known", []),
        ("Tides", ["sea"]),
        ("A", ["sea"]),
    ]


async def test_nothing_is_kept_of_an_address_that_leads_nowhere(
    api: httpx2.AsyncClient, desk: StillDesk, server: FeedServer
) -> None:
    """502 in words; without looking it is kept as it is, as before."""
    address = server.on("/x", Reply(status=404))
    before = desk.reader.last_event_id()
    answer = await api.post("/api/sources", json={"address": address, "discover": True})
    assert (answer.status_code, answer.json()["type"]) == (502, "urn:davidagent:problem:no-feed")
    assert "answered 404" in answer.json()["detail"]
    assert (desk.reader.sources(), desk.reader.last_event_id()) == ([], before)
    plain = (await api.post("/api/sources", json={"address": address})).json()
    assert (plain["address"], plain["discovery"]) == (address, None)


async def test_a_passing_fault_keeps_the_address_with_a_warning(api: httpx2.AsyncClient, server: FeedServer) -> None:
    added = await add(api, address := server.on("/x", Reply(status=503)))
    assert (added["address"], added["discovery"]["how"]) == (address, "given")
    assert "answered 503" in added["discovery"]["warning"]


async def test_a_source_that_is_there_is_answered_without_a_look(api: httpx2.AsyncClient, server: FeedServer) -> None:
    """Also by an address with a secret; what is no address on the web is never looked at."""
    secret = server.url("/f?token=opensesame")
    first = (await api.post("/api/sources", json={"address": secret, "name": "F"})).json()
    again = await add(api, secret, name="G")
    assert (again["id"], again["name"], again["discovery"]) == (first["id"], "F", None)
    assert (await add(api, "@someone", daily_reads=5))["kind"] == "x"
    assert server.asked == []


async def test_what_is_secret_in_a_found_address_is_kept_and_told_nowhere(
    api: httpx2.AsyncClient, desk: StillDesk, server: FeedServer
) -> None:
    """Of the feed and of the others; the sensor still gets the whole address."""
    server.on("/f?token=opensesame", Reply(FEED))
    site = server.on("/", announcing("/f?token=opensesame|Tides", "/g?token=moonstone|G"))
    answer = await api.post("/api/sources", json={"address": site, "discover": True, "all_feeds": True})
    assert answer.json()["discovery"]["others"][0]["source_id"] == 2
    for word in ("opensesame", "moonstone"):
        assert word not in answer.text
        assert word not in str(desk.reader.sources())
        assert word in (desk.settings.home / "sources.secret.json").read_text()


async def test_wishes_that_do_not_belong_are_refused_before_anything_is_asked(
    api: httpx2.AsyncClient, server: FeedServer
) -> None:
    body = {"address": server.url("/"), "discover": True, "daily_reads": 5}
    answer = await api.post("/api/sources", json=body)
    assert (answer.status_code, server.asked) == (422, [])
    assert "go with X alone" in answer.json()["detail"]


async def test_a_command_asks_the_daemon_for_the_same(desk: StillDesk, server: FeedServer) -> None:
    server.on("/feed", Reply(FEED))
    site = server.on("/", announcing("/feed|Tides"))
    running = ApiServer(desk, host="127.0.0.1", port=0)
    async with RemoteActions(await running.start(), token=TOKEN) as remote:
        added = await remote.add_source(site, discover=True, all_feeds=False, tags=["a"], every_seconds=900.0)
        again = await remote.add_source(site)
    await running.stop()
    assert (added["address"], added["tags"], added["every_seconds"]) == (server.url("/feed"), ["a"], 900.0)
    assert (again["address"], again["discovery"]) == (site, None)


# --- lists ---


def opml(addresses: list[str], *, folder: str = "F") -> str:
    outlines = "".join(f'<outline text="{n}" xmlUrl="{one}"/>' for n, one in enumerate(addresses))
    return f'<opml version="2.0"><body><outline text="{folder}">{outlines}</outline></body></opml>'


async def test_a_list_of_thousands_is_a_handful_of_commits(api: httpx2.AsyncClient, desk: StillDesk) -> None:
    """In the order of the list, and the second time all are known."""
    many = [f"https://host{n}.example/feed" for n in range(3000)]
    before = desk.engine.commits
    answer = await api.post("/api/sources/import", json={"opml": opml(many)})
    assert answer.json() == {"added": 3000, "known": 0, "problems": []}
    assert desk.engine.commits - before < 60
    assert addresses(desk) == many
    again = await api.post("/api/sources/import", json={"opml": opml(many + many[:5])})
    assert again.json() == {"added": 0, "known": 3005, "problems": []}


async def test_a_feed_that_is_there_under_another_spelling_is_known(api: httpx2.AsyncClient, desk: StillDesk) -> None:
    """With another scheme, a port or a trailing slash more: it is the same feed."""
    await api.post("/api/sources", json={"address": "https://a.example/feed"})
    await api.post("/api/sources", json={"address": "https://b.example/f?token=opensesame"})
    others = ["http://A.example:80/feed/", "https://b.example/f?token=opensesame", "https://c.example/"]
    answer = await api.post("/api/sources/import", json={"opml": opml(others)})
    assert answer.json() == {"added": 1, "known": 2, "problems": []}
    assert len(addresses(desk)) == 3


async def test_what_is_secret_in_a_list_is_kept_beside_the_board(api: httpx2.AsyncClient, desk: StillDesk) -> None:
    """Of the new feeds; a feed that was known keeps what it has."""
    listed = ["https://a.example/f?token=opensesame", "https://me:moonstone@b.example/", "https://c.example/"]
    answer = await api.post("/api/sources/import", json={"opml": opml(listed[:2])})
    assert answer.json() == {"added": 2, "known": 0, "problems": []}
    kept = desk.settings.home / "sources.secret.json"
    before = kept.stat().st_ino, kept.read_text()
    again = await api.post("/api/sources/import", json={"opml": opml(listed)})
    assert again.json() == {"added": 1, "known": 2, "problems": []}
    assert (kept.stat().st_ino, kept.read_text()) == before
    for word in ("opensesame", "moonstone"):
        assert word in before[1]
        assert word not in str(desk.reader.sources())


@pytest.mark.skipif(not LISTS.is_dir(), reason="the shared lists of feeds are not beside the repository")
@pytest.mark.parametrize("name", ["netnewswire-subs.opml", "rssguard-1.opml"])
async def test_every_feed_of_the_shared_lists_is_accounted_for(desk: StillDesk, name: str) -> None:
    """Added, known or named as a problem; counted against the text itself."""
    actions = BoardActions(engine=desk.engine, reader=desk.reader, settings=desk.settings, by="test")
    text = (LISTS / name).read_text("utf-8")
    named = text.count("xmlUrl=")
    done = await actions.import_sources(text)
    assert named > 20
    assert done["added"] + done["known"] + len(done["problems"]) == named
    assert len(desk.reader.sources()) == done["added"]
    again = await actions.import_sources(text)
    assert (again["added"], again["known"] + len(again["problems"])) == (0, named)


@pytest.mark.skipif(not LISTS.is_dir(), reason="the shared lists of feeds are not beside the repository")
async def test_a_damaged_list_loses_what_is_damaged_and_says_so(desk: StillDesk) -> None:
    """A quotation mark gone in the middle costs that feed, not the half behind it."""
    text = (LISTS / "netnewswire-subs.opml").read_text("utf-8")
    whole = read_opml(text)
    at = text.index('xmlUrl="', len(text) // 2)
    broken = read_opml(text[: at + 7] + text[at + 8 :])
    missing = {one.address for one in whole.sources} - {one.address for one in broken.sources}
    assert 1 <= len(missing) <= 2
    assert all(any(one in problem for problem in broken.problems) for one in missing)


async def test_what_is_wished_stands_on_the_board(api: httpx2.AsyncClient, desk: StillDesk) -> None:
    """Where the sensors read it."""
    wishes = {"address": "search:tides", "daily_reads": 50, "daily_usd": 0.25, "every": 900}
    source_id = (await api.post("/api/sources", json=wishes)).json()["id"]
    with closing(sqlite3.connect(desk.settings.home / "blackboard.db")) as board:
        (settings,) = board.execute("SELECT settings FROM sources WHERE id = ?", [source_id]).fetchone()
    assert '"daily_reads":50' in settings.replace(" ", "")
    assert '"daily_usd":0.25' in settings.replace(" ", "")
