"""As much of an HTTP/1.1 server as the fake provider needs, and more control over its faults than a real one gives."""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True)
class HttpRequest:
    """A request as it came. Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


async def read_http(reader: asyncio.StreamReader) -> HttpRequest | None:
    """The next request of the connection; None when there is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return HttpRequest(method, path, headers, body)


class Responder:
    """Writes to one connection."""

    def __init__(self, writer: asyncio.StreamWriter, *, on_event: Callable[[], None] = lambda: None) -> None:
        self._writer = writer
        self._on_event = on_event

    async def json(self, document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """A JSON document."""
        await self.body(json.dumps(document).encode(), status=status, headers=headers or {})

    async def body(
        self,
        body: bytes,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        kind: str = "application/json",
        promised: int | None = None,
    ) -> None:
        """A body; `promised` bytes may be more than there are."""
        shown = {"content-type": kind, "content-length": str(promised or len(body)), **(headers or {})}
        self._writer.write(_head(status, shown) + body)
        await self._writer.drain()

    async def begin_events(self) -> None:
        """The beginning of a stream of server-sent events, chunked."""
        self._writer.write(_head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"}))
        await self._writer.drain()

    async def events(self, events: Iterable[str]) -> None:
        """Some of its events."""
        for event in events:
            data = event.encode()
            self._writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await self._writer.drain()
            self._on_event()

    async def end_events(self) -> None:
        """The end of the stream."""
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def drip(self, body: bytes, *, pause: float) -> None:
        """A JSON body, byte by byte with so many seconds between."""
        self._writer.write(_head(200, {"content-type": "application/json", "content-length": str(len(body))}))
        for start in range(len(body)):
            self._writer.write(body[start : start + 1])
            await self._writer.drain()
            await asyncio.sleep(pause)

    def reset(self) -> None:
        """Break the connection off so that the other side gets a reset."""
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
