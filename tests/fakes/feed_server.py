"""A scripted HTTP server on loopback that behaves as well or as badly as a test wants."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Reply:
    """One answer.

    `drip_seconds`: waits so long before every `drip_bytes` of the body. `cut_after`: closes the connection after so
    many bytes of the body, having announced all of it. `is_endless`: repeats the body until the client goes away.
    `hold`: waits for this event before answering. `raw`: these bytes instead of an HTTP answer (they may drip).
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_chunked: bool = False
    drip_seconds: float | None = None
    drip_bytes: int = 1
    cut_after: int | None = None
    is_endless: bool = False
    hold: asyncio.Event | None = None
    raw: bytes | None = None


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]


def redirect(location: str, *, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(status=status, headers={"Location": location})


class FeedServer:
    """Answers each path with its replies in order; the last one stays. Use as an async context manager.

    `asked` lists all requests; `most_at_once` is the largest number that were being answered at one moment.
    """

    def __init__(self, *, ssl_context: ssl.SSLContext | None = None, at: str = "127.0.0.1") -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.bytes_sent = 0
        self.arrived = asyncio.Event()
        self._ssl_context = ssl_context
        self._at = at
        self._scripts: dict[str, list[Reply]] = {}
        self._now_answering = 0
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        closing = {"ssl_shutdown_timeout": 0.1} if self._ssl_context else {}
        self._server = await asyncio.start_server(self._connected, self._at, 0, ssl=self._ssl_context, **closing)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        """The address of a path on this server, under any name that leads here."""
        return f"http{'s' if self._ssl_context else ''}://{host}:{self.port}{path}"

    def on(self, path: str, *replies: Reply) -> str:
        """Script a path; answers its address."""
        self._scripts[path] = list(replies)
        return self.url(path)

    def asked_for(self, path: str) -> list[Asked]:
        """The requests of one path."""
        return [asked for asked in self.asked if asked.path == path]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._serve(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = _read_head(await reader.readuntil(b"\r\n\r\n"))
        self.asked.append(asked)
        self._now_answering += 1
        self.most_at_once = max(self.most_at_once, self._now_answering)
        self.arrived.set()
        try:
            return await self._answer(writer, self._next(asked.path))
        finally:
            self._now_answering -= 1

    def _next(self, path: str) -> Reply:
        script = self._scripts.get(path, [Reply(b"not scripted", status=404)])
        return script.pop(0) if len(script) > 1 else script[0]

    async def _answer(self, writer: asyncio.StreamWriter, reply: Reply) -> bool:
        if reply.hold is not None:
            await reply.hold.wait()
        if reply.raw is not None:
            await self._send_body(writer, replace(reply, body=reply.raw))
            return False
        await self._send(writer, _head(reply))
        await self._send_body(writer, reply)
        return reply.cut_after is None and not reply.is_endless

    async def _send_body(self, writer: asyncio.StreamWriter, reply: Reply) -> None:
        body = reply.body[: reply.cut_after]
        while reply.is_endless:
            await self._send(writer, _chunk(body))
        if reply.drip_seconds is not None:
            for start in range(0, len(body), reply.drip_bytes):
                await asyncio.sleep(reply.drip_seconds)
                await self._send(writer, body[start : start + reply.drip_bytes])
        elif reply.is_chunked:
            await self._send(writer, _chunk(body) + b"0\r\n\r\n")
        else:
            await self._send(writer, body)

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        self.bytes_sent += len(data)
        await writer.drain()


def _read_head(head: bytes) -> Asked:
    lines = head.decode("latin-1").split("\r\n")
    method, path, _ = lines[0].split(" ", 2)
    pairs = (line.partition(":") for line in lines[1:] if line)
    return Asked(method=method, path=path, headers={name.strip().lower(): value.strip() for name, _, value in pairs})


def _head(reply: Reply) -> bytes:
    headers = dict(reply.headers)
    if reply.is_chunked or reply.is_endless:
        headers["Transfer-Encoding"] = "chunked"
    elif reply.status != 304:
        headers.setdefault("Content-Length", str(len(reply.body)))
    lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n" if data else b""
