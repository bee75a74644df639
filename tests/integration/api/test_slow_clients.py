"""Clients that are slow, endless or silent, against the real listener."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from daemon.api.app import create_app
from daemon.api.connections import bounded_http
from daemon.api.limits import BodyLimit
from daemon.api.server import ApiServer
from tests.fakes.desk import TOKEN, StillDesk
from tests.fakes.waiting import until

HEAD = f"POST /api/items HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


@asynccontextmanager
async def serving(app: Any, **options: Any) -> AsyncIterator[int]:
    """A listener with limits of its own; answers its port."""
    config = uvicorn.Config(app, port=0, lifespan="off", ws="none", log_config=None, access_log=False, **options)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


@pytest.fixture
async def port(desk: StillDesk) -> AsyncIterator[int]:
    server = ApiServer(desk, host="127.0.0.1", port=0)
    address = await server.start()
    yield int(address.rsplit(":", 1)[1])
    await server.stop()


async def answer_to(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(5):
        return await reader.read()


async def test_what_says_that_it_is_too_long_is_refused_unread(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(f"{HEAD}Content-Length: {33 * 1024 * 1024}\r\n\r\n".encode())
        answer = await answer_to(reader)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in answer


async def test_a_stranger_is_refused_from_64_kib_on(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(b"POST /live/sign-in HTTP/1.1\r\nHost: desk\r\nContent-Length: 65537\r\n\r\n")
        assert (await answer_to(reader)).startswith(b"HTTP/1.1 413")


async def test_a_body_that_does_not_come_gives_its_place_back(desk: StillDesk) -> None:
    app = create_app(desk)
    for middleware in app.user_middleware:
        if middleware.cls is BodyLimit:
            middleware.kwargs["seconds"] = 0.1
    async with serving(app) as port, connected(port) as (reader, writer):
        writer.write(f"{HEAD}Content-Length: 100\r\n\r\n{{".encode())
        answer = await answer_to(reader)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"the body did not come within 0.1 s" in answer
    assert app.state.limiter.stats.in_flight == 0


async def test_who_hangs_up_in_the_middle_of_a_body_gives_its_place_back(desk: StillDesk) -> None:
    app = create_app(desk)
    async with serving(app) as port:
        async with connected(port) as (_, writer):
            writer.write(f"{HEAD}Content-Length: 100\r\n\r\n{{".encode())
            await until(lambda: app.state.limiter.stats.in_flight == 1)
        await until(lambda: app.state.limiter.stats.in_flight == 0)


async def test_a_head_without_end_is_cut_off(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(b"GET /api/health HTTP/1.1\r\n")
        for _ in range(66):
            writer.write(b"X: " + b"a" * 1000 + b"\r\n")
            await asyncio.sleep(0)
        assert (await answer_to(reader)).startswith(b"HTTP/1.1 431")


async def test_a_second_head_on_a_connection_is_bounded_too(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(b"GET /api/health HTTP/1.1\r\nHost: desk\r\n\r\n")
        await reader.readuntil(b"}")
        writer.write(b"GET /api/health HTTP/1.1\r\n")
        for _ in range(66):
            writer.write(b"X: " + b"a" * 1000 + b"\r\n")
            await asyncio.sleep(0)
        assert (await answer_to(reader)).startswith(b"HTTP/1.1 431")


async def test_a_long_body_is_no_long_head(port: int) -> None:
    """A post of half a megabyte in many pieces, then another request on the same connection."""
    body = b'{"text": "' + b"The bridge was closed. " * 20_000 + b'"}'
    async with connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode())
            for at in range(0, len(body), 50_000):
                writer.write(body[at : at + 50_000])
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                assert (await reader.readuntil(b"}"))[9:12] in (b"202", b"200")


@pytest.mark.parametrize("sent", [b"", b"GET /api/health HTTP/1.1\r\nHost: de"])
async def test_who_says_nothing_or_not_enough_is_not_kept(desk: StillDesk, sent: bytes) -> None:
    bounded = bounded_http(head_seconds=0.1)
    async with serving(create_app(desk), http=bounded) as port, connected(port) as (reader, writer):
        writer.write(sent)
        assert await answer_to(reader) == b""


async def test_a_request_that_takes_its_time_is_kept(desk: StillDesk) -> None:
    """The time is for the head alone: a stream goes on."""
    release = asyncio.Event()

    async def slow(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await release.wait()
        await send({"type": "http.response.body", "body": b"at last"})

    async with serving(slow, http=bounded_http(head_seconds=0.05)) as port, connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n")
        asyncio.get_running_loop().call_later(0.15, release.set)
        assert b"at last" in await answer_to(reader)


async def test_a_request_whose_body_came_later_is_kept_too() -> None:
    """The end of a body is no head: neither does its length count as one, nor does another have to come."""
    release = asyncio.Event()

    async def slow(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        asyncio.get_running_loop().call_later(0.15, release.set)
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"at last"})

    async with serving(slow, http=bounded_http(head_seconds=0.05)) as port, connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: desk\r\nConnection: close\r\nContent-Length: 900000\r\n\r\n")
        await writer.drain()
        writer.write(b" " * 900_000)
        assert b"at last" in await answer_to(reader)


async def test_a_crowd_of_silent_connections_keeps_nobody_out(port: int) -> None:
    silent = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(300)))
    async with connected(port) as (reader, writer):
        writer.write(b"GET /api/health HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n")
        assert (await answer_to(reader)).startswith(b"HTTP/1.1 200")
    for _, writer in silent:
        writer.transport.abort()


async def test_a_stranger_with_a_slow_body_takes_nobodys_place(desk: StillDesk) -> None:
    """It is refused before anything of its body is read."""
    app = create_app(desk)
    async with serving(app) as port:
        for length in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
            async with connected(port) as (reader, writer):
                writer.write(f"POST /api/sources HTTP/1.1\r\nHost: desk\r\n{length}\r\n\r\n".encode())
                answer = await answer_to(reader)
            assert answer.startswith(b"HTTP/1.1 401")
            assert b"connection: close" in answer.lower()
    assert app.state.limiter.stats.in_flight == 0
