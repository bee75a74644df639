"""Rotating the token: the old one opens nothing from that moment on."""

import contextlib
from pathlib import Path

import httpx2
import pytest

from daemon.api.callers import PASS_COOKIE
from daemon.api.server import ApiServer
from daemon.core.errors import ConfigError
from daemon.core.settings.models import Settings
from daemon.runtime.access import Access, open_access, read_token
from tests.fakes.desk import StillDesk, open_still_desk
from tests.fakes.staged_board import seen


@pytest.fixture
def kept(desk: StillDesk) -> Access:
    """A desk whose token is in its file."""
    desk.access = open_access(desk.settings)
    return desk.access


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_the_old_token_and_its_passes_open_nothing_any_more(
    desk: StillDesk, kept: Access, stranger: httpx2.AsyncClient
) -> None:
    old, old_pass = kept.token, {"Cookie": f"{PASS_COOKIE}={kept.browser_pass}"}
    assert (await stranger.get("/api/items", headers=old_pass)).status_code == 200
    answer = await stranger.post("/api/admin/token/rotate", headers=bearing(old))
    assert answer.json() == {"rotated": True, "path": str(desk.settings.home / "api.token")}
    assert [(await stranger.get("/api/items", headers=one)).status_code for one in (bearing(old), old_pass)] == [
        401,
        401,
    ]
    new = read_token(desk.settings)
    assert new not in (None, old)
    assert new not in answer.text
    assert (await stranger.get("/api/items", headers=bearing(new or ""))).status_code == 200


async def test_who_rotated_stands_in_the_history_without_the_token(
    desk: StillDesk, kept: Access, stranger: httpx2.AsyncClient
) -> None:
    await stranger.post("/api/admin/token/rotate", headers=bearing(kept.token) | {"DavidAgent-Client": "dashboard"})
    (event,) = [one for one in desk.reader.events(after=0, limit=100) if one["type"] == "token_rotated"]
    assert event["data"] == {"by": "dashboard"}


async def test_what_the_old_token_opened_is_told_to_end(kept: Access, stranger: httpx2.AsyncClient) -> None:
    ended: list[str] = []
    kept.on_rotated(lambda: ended.append(kept.token))
    await stranger.post("/api/admin/token/rotate", headers=bearing(kept.token))
    assert ended == [kept.token]


@pytest.mark.parametrize("headers", [{}, bearing("wrong")])
async def test_nobody_rotates_without_the_token(
    kept: Access, stranger: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    before = kept.token
    with_pass = headers | {"Cookie": f"{PASS_COOKIE}={kept.browser_pass}"}
    for one in (headers, with_pass):
        assert (await stranger.post("/api/admin/token/rotate", headers=one)).status_code == 401
    assert kept.token == before


async def test_a_configured_token_is_changed_where_it_stands(api: httpx2.AsyncClient) -> None:
    answer = await api.post("/api/admin/token/rotate")
    assert answer.status_code == 422
    assert "change it there, and restart" in answer.json()["detail"]


async def test_a_token_that_cannot_be_written_stays_as_it_is(tmp_path: Path) -> None:
    access = open_access(Settings(home=tmp_path))
    before = access.token
    (tmp_path / ".api.token.new").mkdir()
    with pytest.raises(ConfigError, match="cannot write the token"):
        access.rotate()
    assert access.token == before == read_token(Settings(home=tmp_path))


@pytest.mark.parametrize("is_public", [False, True])
async def test_a_stream_ends_with_the_token_that_opened_it(tmp_path: Path, *, is_public: bool) -> None:
    """Also where the public may listen: a stream with the token shows more than that."""
    async with open_still_desk(tmp_path, api={"public_events": is_public}) as desk:
        desk.access = open_access(desk.settings)
        server = ApiServer(desk, host="127.0.0.1", port=0)
        client = httpx2.AsyncClient(base_url=await server.start(), trust_env=False, timeout=5)
        async with client, client.stream("GET", "/api/events", headers=bearing(desk.access.token)) as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            await client.post("/api/admin/token/rotate", headers=bearing(desk.access.token))
            with contextlib.suppress(httpx2.TransportError):
                async for _ in lines:
                    pass
        await server.stop()


async def test_a_public_stream_outlives_the_token(tmp_path: Path) -> None:
    async with open_still_desk(tmp_path, api={"public_events": True}) as desk:
        desk.access = open_access(desk.settings)
        server = ApiServer(desk, host="127.0.0.1", port=0)
        client = httpx2.AsyncClient(base_url=await server.start(), trust_env=False, timeout=5)
        async with client, client.stream("GET", "/api/events") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            await client.post("/api/admin/token/rotate", headers=bearing(desk.access.token))
            await desk.engine.post([seen("after")], source_id=None, by="test")
            async for line in lines:
                if line.startswith("event: item_posted"):
                    break
            assert line == "event: item_posted"
        await server.stop()
