"""Who listens to the events: a client of the application itself, and one on a real socket."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message

from daemon.api.callers import CALLER, Caller

PATIENCE_SECONDS = 20.0
_SMALL_WINDOW = 4096


@dataclass
class Block:
    """One block of a stream: an event, `retry:`, or a comment."""

    text: str

    @cached_property
    def fields(self) -> dict[str, str]:
        return dict(line.partition(": ")[::2] for line in self.text.split("\n") if not line.startswith(":"))

    @property
    def id(self) -> int | None:
        return int(self.fields["id"]) if "id" in self.fields else None

    @property
    def event(self) -> str | None:
        return self.fields.get("event")

    @property
    def data(self) -> Any:
        return json.loads(self.fields["data"])

    @property
    def retry_ms(self) -> int | None:
        return int(self.fields["retry"]) if "retry" in self.fields else None


@dataclass
class Heard:
    """What came so far."""

    body: bytes = b""
    blocks: list[Block] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    _rest: bytes = b""

    @property
    def events(self) -> list[Block]:
        return [block for block in self.blocks if block.event is not None]

    @property
    def ids(self) -> list[int]:
        return [block.id or 0 for block in self.events]

    @property
    def pings(self) -> int:
        return sum(block.text == ": ping" for block in self.blocks)

    def take(self, data: bytes) -> None:
        self.body += data
        *whole, self._rest = (self._rest + data).split(b"\n\n")
        self.blocks += [Block(one.decode()) for one in whole]
        self.came.set()

    async def until_id(self, event_id: int) -> None:
        """The event of this id came."""
        await self.until(lambda: event_id in self.ids)

    async def until(self, is_so: Any) -> None:
        """It is so, after something came."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():
                self.came.clear()
                await self.came.wait()


class AppListener(Heard):
    """A client of an ASGI application, which can stop taking what it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_ended = False
        self.left = asyncio.Event()
        self._is_open = asyncio.Event()
        self._is_open.set()
        self.task: asyncio.Task[None] | None = None

    def stop_taking(self) -> None:
        self._is_open.clear()

    def take_again(self) -> None:
        self._is_open.set()

    def leave(self) -> None:
        self.left.set()
        self._is_open.set()

    async def send(self, message: Message) -> None:
        await self._is_open.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        elif not self.left.is_set():
            self.is_ended = not message.get("more_body", False)
            self.take(message.get("body", b""))

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def ended(self) -> None:
        assert self.task is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait([self.task])


@asynccontextmanager
async def listening(
    app: ASGIApp,
    query: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    is_known: bool = True,
    method: str = "GET",
    port: int = 1,
) -> AsyncIterator[AppListener]:
    """Listens to an application that has no layer to find out who calls."""
    listener = AppListener()
    scope = {
        "type": "http",
        "method": method,
        "path": "/api/events",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "client": ("127.0.0.1", port),
        CALLER: Caller(is_known=is_known, address="127.0.0.1"),
    }
    listener.task = asyncio.create_task(app(scope, listener.receive, listener.send))  # type: ignore[arg-type]
    try:
        yield listener
    finally:
        listener.leave()
        await asyncio.wait([listener.task])
        listener.task.result()


class SocketListener(Heard):
    """A client on a socket of its own, which reads only while it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self.head = b""
        self.is_ended = False
        self._reader = reader
        self._writer = writer
        self.reading: asyncio.Task[None] | None = None

    @property
    def status(self) -> int:
        return int(self.head.split(b" ", 2)[1])

    def read_on(self) -> None:
        self.reading = asyncio.create_task(self._read())

    async def close(self) -> None:
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.wait([self.reading])
        self._writer.transport.abort()

    async def _read(self) -> None:
        try:
            while size := int(await self._reader.readuntil(b"\r\n"), 16):
                self.take((await self._reader.readexactly(size + 2))[:-2])
            self.is_ended = True
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.came.set()


@asynccontextmanager
async def connected(
    address: str, path: str = "/api/events", *, headers: Sequence[str] = (), reads: bool = True
) -> AsyncIterator[SocketListener]:
    """Listens on a real connection; without `reads` the head alone is read."""
    parts = urlsplit(address)
    connection = socket.socket()
    connection.setblocking(False)
    if not reads:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_WINDOW)
    await asyncio.get_running_loop().sock_connect(connection, (parts.hostname or "", parts.port or 80))
    reader, writer = await asyncio.open_connection(sock=connection, limit=_SMALL_WINDOW if not reads else 2**16)
    lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", *headers, "", ""]
    writer.write("\r\n".join(lines).encode())
    listener = SocketListener(reader, writer)
    try:
        listener.head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
        if reads and b"chunked" in listener.head.lower():
            listener.read_on()
        yield listener
    finally:
        await listener.close()
