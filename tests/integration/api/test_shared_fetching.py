"""What a person wants of a host shares its limit with the polls: goes before them, and does not wait for ever."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import httpx2
import pytest

from daemon.api.app import create_app
from sensors.web.headers import Validators
from tests.fakes.article_site import HTML, PAGE
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import item, rss
from tests.fakes.waiting import until

FEED = rss(item(1), title="Tides")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[StillDesk]:
    """One that may read from this machine."""
    async with open_still_desk(tmp_path, sensors={"allow_hosts": ["127.0.0.1"], "timeout": 30.0}) as opened:
        yield opened


class Polls:
    """Three feeds of one host that are being read, the first of which hangs until it is let go."""

    def __init__(self, desk: StillDesk, server: FeedServer) -> None:
        self._desk = desk
        self._server = server
        self.hold = asyncio.Event()
        self.paths = ("/poll0", "/poll1", "/poll2")

    async def __aenter__(self) -> Self:
        urls = [self._server.on(path, Reply(FEED, hold=self.hold)) for path in self.paths]
        fetching = [self._desk.fetcher.fetch(url, validators=Validators()) for url in urls]
        self._running = asyncio.gather(*fetching, return_exceptions=True)
        await asyncio.wait_for(self._server.arrived.wait(), 30)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hold.set()
        await self._running


async def _wanted(api: httpx2.AsyncClient, what: str, url: str) -> httpx2.Response:
    if what == "post":
        return await api.post("/api/items", json={"url": url})
    if what == "add":
        return await api.post("/api/sources", json={"address": url, "discover": True})
    return await api.post("/api/sources/test", json={"address": url})


@pytest.mark.parametrize("what", ["add", "test", "post"])
async def test_a_person_goes_before_the_polls_and_never_beside_them(
    api: httpx2.AsyncClient, desk: StillDesk, server: FeedServer, what: str
) -> None:
    """One request at a time reaches the host, and the person's is the one after that which was under way."""
    url = server.on("/mine", Reply(PAGE, headers=HTML) if what == "post" else Reply(FEED))
    async with Polls(desk, server) as polls:
        asking = asyncio.create_task(_wanted(api, what, url))
        await until(lambda: bool(desk.fetcher._hosts._hosts["127.0.0.1"].first))
        assert server.asked_for("/mine") == []
        polls.hold.set()
        answer = await asking
    assert answer.is_success, answer.text
    assert server.most_at_once == 1
    assert [one.path for one in server.asked][1] == "/mine"


@pytest.mark.parametrize("what", ["add", "test", "post"])
async def test_a_host_that_stays_busy_is_told_in_time(tmp_path: Path, server: FeedServer, what: str) -> None:
    """Within `sensors.timeout`, and the busy host is asked nothing more; the feed is added with a warning."""
    url = server.on("/mine", Reply(FEED))
    async with open_still_desk(tmp_path, sensors={"allow_hosts": ["127.0.0.1"], "timeout": 0.2}) as desk:
        transport = httpx2.ASGITransport(app=create_app(desk), raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            httpx2.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as api,
            desk.fetcher._hosts.slot("127.0.0.1"),
        ):
            answer = await _wanted(api, what, url)
    assert "127.0.0.1 is still busy with other requests of ours after 0.2 s (sensors.per_host is 1)" in answer.text
    assert answer.status_code == {"add": 201, "test": 200}.get(what, 502)
    assert server.asked == []
