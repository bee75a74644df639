"""A proxy between browser and server that does to event streams what real ones do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from urllib.parse import urlsplit

_STREAM = b" /api/events?"
_HEAD_END = b"\r\n\r\n"
_CHUNK = 65_536


class Streams(StrEnum):
    """What becomes of a request for the event stream; everything else passes."""

    PASS = "pass"
    CUT = "cut"
    """The connection is closed without an answer."""
    SWALLOW = "swallow"
    """No answer ever comes."""
    HOLD_BODY = "hold_body"
    """The head of the answer comes, its body never."""


class StreamProxy:
    """Listens on a port of its own; what it does to streams may change at any time, for later requests."""

    def __init__(self, upstream: str) -> None:
        self._host, self._port = urlsplit(upstream).hostname, urlsplit(upstream).port
        self._open: set[asyncio.StreamWriter] = set()
        self.streams = Streams.PASS
        self.asked_for_stream = 0
        self.is_down = False
        """As if the server had died: every connection is cut, and stays so."""
        self.address = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        if self.is_down:
            writer.transport.abort()
            return
        self._open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._request(reader, writer)
        self._drop(writer)

    def end(self) -> None:
        """Cut every connection."""
        for writer in list(self._open):
            writer.transport.abort()

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(_HEAD_END)
        first, _, rest = head.partition(b"\r\n")
        is_stream = _STREAM in first
        self.asked_for_stream += is_stream
        mode = self.streams if is_stream else Streams.PASS
        if mode is Streams.CUT:
            return
        kept = b"\r\n".join(line for line in rest.split(b"\r\n") if not line.lower().startswith(b"connection:"))
        from_server, to_server = await asyncio.open_connection(self._host, self._port)
        self._open.add(to_server)
        try:
            to_server.write(first + b"\r\nConnection: close\r\n" + kept)
            await asyncio.gather(_pump(reader, to_server), _answer(from_server, writer, mode=mode))
        finally:
            self._drop(to_server)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, mode: Streams) -> None:
    if mode is Streams.HOLD_BODY:
        writer.write(await reader.readuntil(_HEAD_END))
    while chunk := await reader.read(_CHUNK):
        if mode is Streams.PASS:
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def stream_proxy(upstream: str) -> AsyncIterator[StreamProxy]:
    """A running proxy before the server at `upstream`."""
    proxy = StreamProxy(upstream)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        proxy.end()
