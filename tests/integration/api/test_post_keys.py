"""A post under an `Idempotency-Key`, sent again because its answer was lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from daemon.api.app import create_app
from daemon.runtime.remote import RemoteActions
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk
from tests.fakes.feed_server import FeedServer, Reply

KEY = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}
NOTE = {"text": "The bridge was closed on Monday for three hours."}
PAGE = Reply(b"<p>The bridge was closed on Monday for three hours, and nobody knows why it was not told before.</p>")


def caller(desk: StillDesk) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=create_app(desk))
    return httpx2.AsyncClient(transport=transport, base_url="http://desk", headers={"Authorization": f"Bearer {TOKEN}"})


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[tuple[FeedServer, httpx2.AsyncClient]]:
    """A server of pages, and a desk that may fetch from it."""
    async with (
        FeedServer() as server,
        open_still_desk(tmp_path, sensors={"allow_hosts": ["127.0.0.1"]}) as desk,
        caller(desk) as api,
    ):
        yield server, api


async def test_the_same_key_with_the_same_body_is_the_same_item(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """202, then 200 with the same id, and nobody is woken for it again."""
    first, again = [await api.post("/api/items", json=NOTE, headers=KEY) for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json() | {"new": False}
    assert desk.wakes == 1


async def test_the_same_key_with_another_body_is_refused(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """422 with a kind of its own, and nothing is posted; also when only the title differs."""
    first = (await api.post("/api/items", json=NOTE, headers=KEY)).json()
    for body in ({"text": "Something else altogether."}, NOTE | {"title": "A title"}):
        refused = await api.post("/api/items", json=body, headers=KEY)
        assert refused.status_code == 422
        assert refused.json()["type"] == "urn:davidagent:problem:key-reused"
        assert first["id"] in refused.json()["detail"]
    assert desk.reader.counts()["QUEUED"] == 1


async def test_a_key_is_known_after_a_restart(tmp_path: Path) -> None:
    """It stands on the board, in the transaction of its item."""
    answers = []
    for _ in range(2):
        async with open_still_desk(tmp_path) as desk, caller(desk) as api:
            answers.append((await api.post("/api/items", json=NOTE, headers=KEY)).json())
    assert answers[1] == answers[0] | {"new": False}


async def test_a_page_is_fetched_once_for_the_same_key(pages: tuple[FeedServer, httpx2.AsyncClient]) -> None:
    """Also when the second arrives while the first still reads."""
    server, api = pages
    page = server.on("/page", PAGE)
    both = await asyncio.gather(*(api.post("/api/items", json={"url": page}, headers=KEY) for _ in range(2)))
    later = await api.post("/api/items", json={"url": page}, headers=KEY)
    assert sorted(one.status_code for one in both) == [200, 202]
    assert {one.json()["id"] for one in (*both, later)} == {later.json()["id"]}
    assert len(server.asked) == 1


async def test_a_page_that_could_not_be_had_keeps_no_key(pages: tuple[FeedServer, httpx2.AsyncClient]) -> None:
    """502 first; the same key gets its item once the page is there."""
    server, api = pages
    page = server.on("/page", Reply(status=404), PAGE)
    assert (await api.post("/api/items", json={"url": page}, headers=KEY)).status_code == 502
    assert (await api.post("/api/items", json={"url": page}, headers=KEY)).status_code == 202


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "half\ttab", "ü"])
async def test_a_key_that_is_none_is_refused(desk: StillDesk, api: httpx2.AsyncClient, key: str) -> None:
    """1 to 255 printable characters."""
    answer = await api.post("/api/items", json=NOTE, headers={"Idempotency-Key": key.encode()})
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]
    assert desk.reader.counts()["QUEUED"] == 0


async def test_a_lost_answer_is_asked_for_again_under_the_same_key() -> None:
    """By the command line, which makes a key for each post; twice, then the answer stays lost."""
    lost = Reply(raw=b"")
    async with FeedServer() as server:
        server.on("/api/items", lost, lost, Reply(b'{"id": "a", "new": true, "state": "QUEUED"}', status=202))
        async with RemoteActions(server.url(""), token="t") as remote:
            assert (await remote.post(url=None, text="x", title=None))["id"] == "a"
            assert (await remote.post(url=None, text="x", title=None))["id"] == "a"
        keys = [one.headers["idempotency-key"] for one in server.asked]
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]
