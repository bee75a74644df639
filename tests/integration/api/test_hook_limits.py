"""What strangers and eager senders can do to a webhook: nothing that hurts it, or anybody else."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from daemon.api.app import create_app
from daemon.api.limits import BodyLimit
from daemon.api.server import ApiServer
from daemon.blackboard.sqlite.writer import cross
from daemon.blackboard.states import State
from tests.fakes.desk import StillDesk, open_still_desk
from tests.fakes.hooks import OTHER_SECRET, Sender, configured, put_hook
from tests.fakes.waiting import until
from tests.integration.api.test_slow_clients import answer_to, connected, serving

pytestmark = pytest.mark.soak  # large hostile bodies


LONGEST_TURN_SECONDS = 0.1
"""The sender in this process signs and writes in one turn; to read what it sends takes far longer than that."""


@asynccontextmanager
async def served(home: Path, **webhooks: Any) -> AsyncIterator[tuple[StillDesk, Sender, int]]:
    """A desk with two webhooks behind the real listener; its port comes with it."""
    sources, sensors = [configured(), configured("other")], {"webhooks": webhooks}
    async with open_still_desk(home, sources=sources, sensors=sensors) as desk:
        for name in ("builds", "other"):
            await put_hook(desk, name)
        server = ApiServer(desk, host="127.0.0.1", port=0)
        address = await server.start()
        async with httpx2.AsyncClient(base_url=address, trust_env=False, timeout=60) as client:
            yield desk, Sender(client, at=desk.clock.now()), int(address.rpartition(":")[2])
        await server.stop()


async def test_who_is_too_fast_is_told_when_to_come_back(tmp_path: Path) -> None:
    """One webhook's minute is no other's; and after it there is room again."""
    async with served(tmp_path, per_minute=3) as (desk, sender, _):
        answers = [await sender.send({"text": f"Text {number}."}, id_=f"m{number}") for number in range(4)]
        assert [one.status_code for one in answers] == [202, 202, 202, 429]
        assert answers[-1].headers["retry-after"] == "60"
        assert answers[-1].headers["content-type"] == "application/problem+json"
        other = Sender(sender.client, at=sender.at, name="other")
        assert (await other.send()).status_code == 202
        await desk.clock.advance(60)
        sender.at = desk.clock.now()
        assert (await sender.send({"text": "Text 3."}, id_="m3")).status_code == 202


async def test_three_of_thirty_at_once_are_taken(tmp_path: Path) -> None:
    """What is under way counts too."""
    async with served(tmp_path, per_minute=3) as (desk, sender, _):
        many = (sender.send({"text": f"Text {number}."}, id_=f"m{number}") for number in range(30))
        statuses = [one.status_code for one in await asyncio.gather(*many)]
        assert (statuses.count(202), statuses.count(429)) == (3, 27)
        assert desk.reader.counts()[State.QUEUED] == 3


async def test_strangers_use_up_nobodys_minute(tmp_path: Path) -> None:
    async with served(tmp_path, per_minute=3) as (_, sender, _):
        stranger = Sender(sender.client, at=sender.at, secret=OTHER_SECRET)
        assert {(await stranger.send()).status_code for _ in range(10)} == {401}
        assert (await sender.send()).status_code == 202


async def test_strangers_are_told_of_once_a_minute(tmp_path: Path) -> None:
    """In the log: on the board they leave nothing."""
    async with served(tmp_path) as (desk, sender, _):
        told: list[Any] = []
        desk.emitter.listen(told.append)
        before = desk.reader.last_event_id()
        stranger = Sender(sender.client, at=sender.at, secret=OTHER_SECRET)
        for _ in range(5):
            await stranger.send()
        for name in ("nowhere", "nobody"):
            await Sender(sender.client, at=sender.at, name=name).send()
        assert [(one.type, one.id, one.data["hook"], one.data["status"]) for one in told] == [
            ("hook_refused", None, "builds", 401)
        ]
        await desk.clock.advance(60)
        await stranger.send(at=desk.clock.now())
        assert (len(told), desk.reader.last_event_id()) == (2, before)


async def raw(port: int, sent: bytes) -> bytes:
    """What the listener answers to these bytes, when nothing more comes."""
    async with connected(port) as (reader, writer):
        writer.write(sent)
        return await answer_to(reader)


def head_of(sender: Sender, *, name: str = "builds", length: int, **changed: str) -> str:
    """The head of a delivery of so many bytes, signed for another body."""
    headers = sender.signed("another body") | {"host": "desk", "content-length": str(length)} | changed
    return "\r\n".join([f"POST /hooks/{name} HTTP/1.1", *(f"{key}: {value}" for key, value in headers.items())])


@pytest.mark.parametrize(
    ("name", "changed", "status"),
    [
        ("nowhere", {}, 404),
        ("builds", {"webhook-timestamp": "1"}, 401),
        ("builds", {"webhook-timestamp": "soon"}, 400),
        ("builds", {"webhook-id": "with a space"}, 400),
        ("builds", {"webhook-id": "x" * 300}, 400),
        ("builds", {"content-length": "1048577"}, 413),
    ],
)
async def test_what_cannot_be_right_is_refused_unread(
    tmp_path: Path, name: str, changed: dict[str, str], status: int
) -> None:
    """Before a byte of the body has come; the connection is closed."""
    async with served(tmp_path) as (_, sender, port):
        head = head_of(sender, name=name, length=1000, **changed)
        answer = await raw(port, f"{head}\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 {status}".encode())
    assert b"application/problem+json" in answer


async def test_a_body_that_does_not_come_is_given_up(tmp_path: Path) -> None:
    async with open_still_desk(tmp_path, sources=[configured()]) as desk:
        await put_hook(desk)
        app = create_app(desk)
        for middleware in app.user_middleware:
            if middleware.cls is BodyLimit:
                middleware.kwargs["seconds"] = 0.1

        async def trickle() -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.sleep(30)

        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            headers = Sender(client, at=desk.clock.now()).signed("{}")
            answer = await client.post("/hooks/builds", content=trickle(), headers=headers)
        assert answer.status_code == 408
        assert app.state.hooks._room.held == 0


async def test_who_hangs_up_leaves_nothing(tmp_path: Path) -> None:
    """Neither on the board nor in our memory."""
    async with open_still_desk(tmp_path, sources=[configured()]) as desk:
        await put_hook(desk)
        app = create_app(desk)
        room = app.state.hooks._room
        async with httpx2.AsyncClient() as client, serving(app) as port:
            head = head_of(Sender(client, at=desk.clock.now()), length=1000)
            async with connected(port) as (_, writer):
                writer.write(head.encode() + b"\r\n\r\n" + b"x" * 500)
                await until(lambda: room.held == 500)
            await until(lambda: room.held == 0)
        assert desk.reader.counts()[State.QUEUED] == 0


async def test_slow_strangers_keep_nobody_out(tmp_path: Path) -> None:
    """Many who send half of a body and then nothing: a delivery passes them by, and so does the rest of the API."""
    async with served(tmp_path) as (_, sender, port), AsyncExitStack() as open_ones:
        head = head_of(sender, length=1000).encode() + b"\r\n\r\n"
        for _ in range(110):
            _, writer = await open_ones.enter_async_context(connected(port))
            writer.write(head + b"x" * 500)
            await writer.drain()
        assert (await sender.send()).status_code == 202
        assert (await sender.client.get("/api/health")).status_code == 200


async def test_one_client_cannot_fill_our_memory(tmp_path: Path) -> None:
    """Beyond its share of the room it is sent away; what it holds already stays as it is."""
    sensors = {"webhooks": {"max_body": 1000}}
    async with open_still_desk(tmp_path, sources=[configured()], sensors=sensors) as desk:
        await put_hook(desk)
        app = create_app(desk)
        room = app.state.hooks._room
        async with httpx2.AsyncClient() as client, serving(app) as port, AsyncExitStack() as open_ones:
            head = head_of(Sender(client, at=desk.clock.now()), length=1000).encode() + b"\r\n\r\n"
            for number in range(1, 9):
                _, writer = await open_ones.enter_async_context(connected(port))
                writer.write(head + b"x" * 990)
                await until(lambda number=number: room.held == number * 990)
            assert (await raw(port, head + b"x" * 990)).startswith(b"HTTP/1.1 503")
            assert room.held == 8 * 990


async def test_a_full_board_asks_to_come_again(tmp_path: Path) -> None:
    """Nothing of it is there, the next try is the first that counts, and nobody is told where the board lies."""
    async with served(tmp_path, per_minute=1) as (desk, sender, _):
        await pragma(desk, f"max_page_count = {await pragma(desk, 'page_count')}")
        body = {"text": "A long story. " * 2000}
        refused = await sender.send(body)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert str(tmp_path) not in refused.text
        await pragma(desk, "max_page_count = 1000000")
        assert (await sender.send(body)).status_code == 202


async def pragma(desk: StillDesk, sentence: str) -> Any:
    """Set or ask something of the writer's connection."""
    connection = desk.engine._file.connection
    return (await cross(connection, lambda: connection._conn.execute(f"PRAGMA {sentence}").fetchone()))[0]


@pytest.mark.parametrize(
    "body",
    [
        "[" * 500_000,
        '{"data":' * 5000 + "1" + "}" * 5000,
        '{"text": "' + "<div>" * 150_000 + '"}',
        '{"a": ' + "9" * 900_000 + "}",
        "[" + ",".join(["null"] * 200_000) + "]",
        '{"x": ' + ", ".join(['"a": NaN'] * 3)[5:] + "}",
        '{"text": "\\ud800\\u0000\\u202e"}',
    ],
    ids=["brackets", "objects", "tags", "digits", "entries", "nan", "halves"],
)
async def test_hostile_content_is_read_elsewhere_and_stops_nobody(tmp_path: Path, body: str) -> None:
    """By who has the secret: it is an item or refused, and our own loop turns all the while."""
    async with served(tmp_path) as (_, sender, _):
        await sender.send({"text": "So that the parser's process runs."}, id_="first")
        watching = asyncio.create_task(longest_turn())
        answer = await sender.send(body)
        watching.cancel()
        assert answer.status_code in (202, 422)
        assert await watching < LONGEST_TURN_SECONDS


async def longest_turn() -> float:
    """The longest turn of the loop until it is cancelled, in seconds of its own work: other programs do not count."""
    longest, last = 0.0, time.thread_time()
    try:
        while True:
            # Not without a pause, which would take the processor from what is watched.
            await asyncio.sleep(0.001)
            longest, last = max(longest, time.thread_time() - last), time.thread_time()
    except asyncio.CancelledError:
        return longest
