"""Trying an address, and the list of feeds as OPML, through the API and the command line's side of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from daemon.api.server import ApiServer
from daemon.core.errors import UsageError
from daemon.runtime.remote import RemoteActions
from sensors.feeds.opml import read_opml
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import item, rss

FEED = rss(item(1, date="Tue, 01 Sep 2026 06:00:00 GMT"), item(2), title="Tides")
SECRET = "https://reader:opensesame@private.example/feed"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[StillDesk]:
    """One that may read from this machine."""
    async with open_still_desk(tmp_path, sensors={"allow_hosts": ["127.0.0.1"]}) as opened:
        yield opened


def traces(desk: StillDesk) -> tuple[object, ...]:
    """Everything that could tell of a look."""
    files = sorted(path.name for path in desk.settings.home.rglob("*"))
    return desk.reader.last_event_id(), desk.reader.sources(), desk.reader.counts(), desk.wakes, files


async def test_an_address_is_told_and_nothing_of_it_is_kept(
    api: httpx2.AsyncClient, desk: StillDesk, server: FeedServer
) -> None:
    """No event, no source, no item, no file."""
    before = traces(desk)
    address = server.on("/f", Reply(FEED))
    answer = await api.post("/api/sources/test", json={"address": address})
    assert answer.status_code == 200
    assert answer.json() == {
        "address": address,
        "readable": True,
        "format": "RSS",
        "title": "Tides",
        "entries": 2,
        "newest": [
            {"title": "Entry 1", "published_at": "2026-09-01T06:00:00.000Z"},
            {"title": "Entry 2", "published_at": None},
        ],
        "found_at": address,
        "moved_to": None,
        "bytes": len(FEED),
        "error": None,
        "ailment": None,
        "help": None,
        "feeds": [],
        "known_as": None,
    }
    assert traces(desk) == before


async def test_what_cannot_be_read_is_an_answer_too(
    api: httpx2.AsyncClient, desk: StillDesk, server: FeedServer
) -> None:
    """With the reason, and of a page the feeds it announces; a source that has the address is named."""
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/f"></head>'
    address = server.on("/page", Reply(page))
    added = (await api.post("/api/sources", json={"address": address, "name": "A page"})).json()
    told = (await api.post("/api/sources/test", json={"address": address})).json()
    assert (told["readable"], told["format"], told["ailment"]) == (False, "web page", "page")
    assert "got a web page" in told["error"]
    assert told["feeds"] == [{"address": server.url("/f"), "title": "", "format": "RSS"}]
    assert told["known_as"] == {"id": added["id"], "name": "A page"}


@pytest.mark.parametrize(("address", "why"), [("@someone", "costs money"), ("webhook:ci", "told, never asked")])
async def test_what_is_no_feed_is_not_looked_at_beforehand(api: httpx2.AsyncClient, address: str, why: str) -> None:
    answer = await api.post("/api/sources/test", json={"address": address})
    assert answer.status_code == 422
    assert why in answer.json()["detail"]


async def test_what_is_no_address_is_refused(api: httpx2.AsyncClient) -> None:
    for address in ("nonsense", "https://", "http://a b/"):
        answer = await api.post("/api/sources/test", json={"address": address})
        assert answer.status_code == 422
        assert address in answer.json()["detail"]


async def test_a_private_address_is_not_read(tmp_path: Path, server: FeedServer) -> None:
    """Unless the configuration names it."""
    address = server.on("/f", Reply(FEED))
    async with open_still_desk(tmp_path / "other") as closed:
        remote_server = ApiServer(closed, host="127.0.0.1", port=0)
        async with RemoteActions(await remote_server.start(), token=TOKEN) as remote:
            told = await remote.try_source(address)
            with pytest.raises(UsageError, match="neither a feed's web address"):
                await remote.try_source("nonsense")
        await remote_server.stop()
    assert told["ailment"] == "private"
    assert server.asked == []


async def test_a_source_of_the_board_is_tried_with_the_secret_that_is_kept(
    api: httpx2.AsyncClient, server: FeedServer
) -> None:
    """By its public address; the answer has the secret nowhere."""
    server.on("/f", Reply(FEED))
    secret = server.url("/f").replace("127.0.0.1", "reader:opensesame@127.0.0.1")
    public = (await api.post("/api/sources", json={"address": secret})).json()["address"]
    answer = await api.post("/api/sources/test", json={"address": public})
    assert answer.json()["readable"]
    assert "opensesame" not in answer.text
    assert server.asked[-1].headers["authorization"].startswith("Basic ")
    lost = (await api.post("/api/sources/test", json={"address": "https://***@x.example/#00000000"})).json()
    assert lost["ailment"] == "secret"


async def test_one_is_tried_at_a_time(api: httpx2.AsyncClient, server: FeedServer) -> None:
    """Each takes a process of its own to parse."""
    paths = [server.on(f"/{name}", Reply(FEED)) for name in "abc"]
    await asyncio.gather(*(api.post("/api/sources/test", json={"address": one}) for one in paths))
    assert (len(server.asked), server.most_at_once) == (3, 1)


async def test_the_feeds_go_out_as_opml_and_come_in_again(api: httpx2.AsyncClient, tmp_path: Path) -> None:
    """With tags as folders, without the address that has a login."""
    feeds = {"https://a.example/f?x=1&y=2": ["news", "ai"], "https://b.example/f": [], SECRET: ["news"]}
    for address, tags in feeds.items():
        await api.post("/api/sources", json={"address": address, "tags": tags})
    answer = await api.get("/api/sources/opml")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/x-opml; charset=utf-8")
    assert "davidagent.opml" in answer.headers["content-disposition"]
    assert "opensesame" not in answer.text
    assert "private.example/feed" not in "".join(one.address for one in read_opml(answer.text).sources)
    assert '<outline text="news" title="news">' in answer.text
    async with open_still_desk(tmp_path / "other") as other:
        server = ApiServer(other, host="127.0.0.1", port=0)
        async with RemoteActions(await server.start(), token=TOKEN) as remote:
            assert await remote.import_sources(answer.text) == {"added": 2, "known": 0, "problems": []}
        await server.stop()
        assert {one["address"]: one["tags"] for one in other.reader.sources()} == {
            "https://a.example/f?x=1&y=2": ["news", "ai"],
            "https://b.example/f": [],
        }
