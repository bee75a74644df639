"""The stream over real sockets: order, coming back, slow and stalled clients, and the end of the server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from daemon.api.server import ApiServer
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk
from tests.fakes.listeners import PATIENCE_SECONDS, SocketListener, connected
from tests.fakes.staged_board import Staged, seen
from tests.fakes.waiting import until

BEARER = f"Authorization: Bearer {TOKEN}"


@asynccontextmanager
async def served(home: Path, **events: Any) -> AsyncIterator[tuple[StillDesk, ApiServer]]:
    async with open_still_desk(home, api={"events": events}) as desk:
        server = ApiServer(desk, host="127.0.0.1", port=0)
        await server.start()
        try:
            yield desk, server
        finally:
            await server.stop()


@asynccontextmanager
async def stream(server: ApiServer, query: str = "", *more: str, **how: Any) -> AsyncIterator[SocketListener]:
    path = f"/api/events?{query}" if query else "/api/events"
    async with connected(server.address or "", path, headers=[BEARER, *more], **how) as listener:
        yield listener


async def test_every_listener_hears_every_event_once_in_order_while_many_post(tmp_path: Path) -> None:
    async with served(tmp_path) as (desk, server), stream(server) as one, stream(server) as other:
        await one.until(lambda: one.blocks)
        await other.until(lambda: other.blocks)
        await asyncio.gather(
            *(desk.engine.post([seen(f"n{number}")], source_id=None, by="test") for number in range(100))
        )
        await one.until_id(100)
        await other.until_id(100)
        assert one.ids == other.ids == list(range(1, 101))
        assert one.body.split(b"\n\n", 1)[1] == other.body.split(b"\n\n", 1)[1]


async def test_a_client_comes_back_to_a_restarted_server_and_misses_nothing(tmp_path: Path) -> None:
    heard: list[int] = []
    for turn in range(3):
        async with served(tmp_path) as (desk, server):
            await desk.engine.record_event("test_noted", data={"turn": turn})
            last = f"Last-Event-ID: {heard[-1] if heard else 0}"
            async with stream(server, "last_event_id=0", last) as client:
                await desk.engine.record_event("test_noted", data={"turn": turn})
                await client.until_id(2 * turn + 2)
                await server.stop()
                await client.until(lambda client=client: client.is_ended)
                assert client.blocks[-1].retry_ms is not None
                heard += client.ids
    assert heard == [1, 2, 3, 4, 5, 6]


async def test_a_client_that_reads_nothing_for_a_while_is_told_to_begin_anew(tmp_path: Path) -> None:
    """The kernel's buffers hold megabytes; what comes after them stops at this one client, and at no other."""
    async with (
        served(tmp_path, buffer=50) as (desk, server),
        stream(server, reads=False) as slow,
        stream(server) as quick,
    ):
        for _ in range(6):
            last = await desk.engine.record_event("test_noted", data={"text": "x" * 1_000_000})
            await quick.until_id(last)
        for number in range(80):
            last = await desk.engine.record_event("test_noted", data={"number": number})
        await quick.until_id(last)
        assert quick.ids == list(range(1, last + 1))
        slow.read_on()
        await slow.until(lambda: any(block.event == "resync" for block in slow.events))
        resync = slow.events[-1]
        missed = resync.data
        assert slow.ids[:-1] == list(range(1, missed["from"] + 1))
        assert missed["to"] == resync.id == last
        last = await desk.engine.record_event("test_noted", data={})
        await slow.until_id(last)


async def test_a_client_that_takes_nothing_is_dropped_with_what_was_kept_for_it(tmp_path: Path) -> None:
    async with (
        served(tmp_path, stall_timeout=0.4, ping=0.4) as (desk, server),
        stream(server, reads=False) as stalled,
    ):
        hub = server.events
        for _ in range(6):
            await desk.engine.record_event("test_noted", data={"text": "x" * 1_000_000})
        await until(lambda: hub.stats.dropped == 1 and hub.stats.clients == 0)
        stalled.read_on()
        await stalled.until(lambda: stalled.reading is not None and stalled.reading.done())
        assert not stalled.is_ended


async def test_the_connection_of_who_is_cut_off_is_gone_whoever_else_listens(tmp_path: Path) -> None:
    """Nobody is looked for among all the others: two thousand would hold everything for seconds."""
    async with served(tmp_path) as (_, server), stream(server) as one, stream(server) as other:
        await until(lambda: server.events.stats.clients == 2)
        server.events.abort = lambda peer: pytest.fail(f"looked for {peer}")
        server.events.end_private()
        for client in (one, other):
            await client.until(lambda client=client: client.reading is not None and client.reading.done())
            assert not client.is_ended
        assert server.events.stats.clients == 0


async def test_stopping_ends_the_streams_at_once_also_those_that_take_nothing(tmp_path: Path) -> None:
    async with (
        served(tmp_path) as (desk, server),
        stream(server) as one,
        stream(server, reads=False),
    ):
        for _ in range(6):
            last = await desk.engine.record_event("test_noted", data={"text": "x" * 1_000_000})
        await one.until_id(last)
        started = asyncio.get_running_loop().time()
        await server.stop()
        assert asyncio.get_running_loop().time() - started < 4
        await one.until(lambda: one.is_ended)
        assert one.blocks[-1].retry_ms is not None


async def test_the_stream_says_how_it_is_to_be_kept(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, server), stream(server) as client:
        head = client.head.decode().lower()
        assert client.status == 200
        assert "content-type: text/event-stream; charset=utf-8" in head
        assert "cache-control: no-store, no-transform" in head
        assert "x-accel-buffering: no" in head
        assert "x-content-type-options: nosniff" in head


async def test_a_stranger_gets_a_problem_and_no_stream(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, server), connected(server.address or "", "/api/events") as stranger:
        assert stranger.status == 401
        assert b"application/problem+json" in stranger.head


async def test_the_route_alone_serves_the_same_stream(tmp_path: Path, staged: Staged, desk: StillDesk) -> None:
    """Where the layer is not there, the framework answers, with the same events."""
    from fastapi import FastAPI

    from daemon.api.callers import CallerLayer
    from daemon.api.events import open_events
    from daemon.api.routes import events
    from tests.fakes.listeners import AppListener

    app = FastAPI()
    app.state.desk = desk
    app.state.events, app.state.live = open_events(desk)
    app.add_middleware(CallerLayer, access=desk.access)
    app.include_router(events.router)
    client = AppListener()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/events",
        "query_string": b"last_event_id=0&types=item_posted",
        "headers": [(b"authorization", f"Bearer {TOKEN}".encode())],
    }
    serving = asyncio.create_task(app(scope, client.receive, client.send))
    await client.until(lambda: len(client.events) == 5)
    assert json.loads(client.events[0].fields["data"])["data"]["title"] == "Title of dead"
    await app.state.events.close()
    await asyncio.wait_for(serving, PATIENCE_SECONDS)
    assert client.is_ended
