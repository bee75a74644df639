"""What every answer says to a browser, and what pages of other origins may do."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from daemon.api.app import create_app
from daemon.api.hardening import SecurityHeaders
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk

PAGE = "https://desk.example"
BEARING = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def open_to_page(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """An API that a page of another origin may use; one post a minute."""
    api = {"cors_origins": [PAGE], "limits": {"posts_per_minute": 1}}
    async with open_still_desk(tmp_path, api=api) as desk:
        transport = httpx2.ASGITransport(app=create_app(desk), raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk", headers=BEARING) as client:
            yield client


def assert_hardened(answer: httpx2.Response) -> None:
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/health", 200),
        ("GET", "/api/items", 200),
        ("GET", "/api/items/nope", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/api/items", 405),
        ("POST", "/api/items", 422),
        ("GET", "/openapi.json", 200),
    ],
)
async def test_every_answer_is_hardened(api: httpx2.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await api.request(method, path)
    assert answer.status_code == status
    assert_hardened(answer)


async def test_also_to_strangers_and_refused_bodies(stranger: httpx2.AsyncClient) -> None:
    for answer in (await stranger.get("/api/items"), await stranger.post("/api/items", content=b" " * 100_000)):
        assert answer.status_code in (401, 413)
        assert_hardened(answer)


async def test_also_a_fault_of_our_own(desk: StillDesk, stranger: httpx2.AsyncClient) -> None:
    desk.reader = None  # type: ignore[assignment]  # what no code expects
    answer = await stranger.get("/api/items", headers=BEARING)
    assert answer.status_code == 500
    assert_hardened(answer)


async def test_what_a_route_says_itself_stands() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        own = [(b"Content-Security-Policy", b"default-src 'self'"), (b"cache-control", b"max-age=60")]
        await send({"type": "http.response.start", "status": 200, "headers": own})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx2.ASGITransport(app=SecurityHeaders(app))
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
        answer = await client.get("/")
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert answer.headers.get_list("cache-control") == ["max-age=60"]
    assert answer.headers["x-frame-options"] == "DENY"


async def test_no_other_origin_is_let_in_unless_it_is_configured(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/api/items", headers={"Origin": PAGE})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    asked = await api.options("/api/items", headers={"Origin": PAGE, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 405


async def test_a_configured_page_may_read_and_post(open_to_page: httpx2.AsyncClient) -> None:
    answer = await open_to_page.get("/api/items", headers={"Origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == {
        *("DavidAgent-Next-Cursor", "Link", "Retry-After")
    }
    wanted = "authorization, content-type, idempotency-key, last-event-id, davidagent-client"
    asked = await open_to_page.options(
        "/api/items",
        headers={
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": wanted,
            "Authorization": "",
        },
    )
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, PAGE)
    assert "access-control-allow-credentials" not in asked.headers


async def test_a_configured_page_can_read_why_it_was_refused(open_to_page: httpx2.AsyncClient) -> None:
    origin = {"Origin": PAGE}
    await open_to_page.post("/api/items", json={"text": "The first."}, headers=origin)
    refused = await open_to_page.post("/api/items", json={"text": "The second."}, headers=origin)
    stranger = await open_to_page.get("/api/items", headers=origin | {"Authorization": "Bearer wrong"})
    assert (refused.status_code, stranger.status_code) == (429, 401)
    for answer in (refused, stranger):
        assert answer.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://desk.example.evil.example", "null", "http://desk.example"]
)
async def test_every_other_page_is_refused(open_to_page: httpx2.AsyncClient, origin: str) -> None:
    answer = await open_to_page.get("/api/items", headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers
    asked = await open_to_page.options(
        "/api/items", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
    )
    assert asked.status_code == 400


async def test_a_page_that_gives_this_machine_its_own_name_learns_nothing(stranger: httpx2.AsyncClient) -> None:
    """DNS rebinding: to be local opens nothing, the token does; a browser has no pass for the foreign name."""
    for path in ("/api/items", "/api/admin/stats", "/openapi.json"):
        assert (await stranger.get(path, headers={"Host": "evil.example:8787"})).status_code == 401
