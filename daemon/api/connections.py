"""Connections that are not a request yet: how long a request's head may be, and how long it may take to come.

uvicorn bounds neither with httptools, so anybody could fill our memory with one head, or our sockets with none.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

CYCLE = "davidagent.cycle"
"""Where a request's scope keeps uvicorn's own view of it."""
HEAD_SECONDS = 20.0
MOST_HEAD_BYTES = 64 * 1024
_WHY = b"the head of the request is too long\n"
_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(_WHY), _WHY)
)


class _Bounds(asyncio.Protocol):
    """What stands before uvicorn's protocol; whichever of them it is, a new `cycle` says that a head has ended."""

    head_seconds = HEAD_SECONDS
    most_head_bytes = MOST_HEAD_BYTES
    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    cycle: Any
    scope: Any
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ended()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # What ends a body is of the body: it is no head, and none need come while its request is worked on.
        before, is_body = self.cycle, self._is_reading_body()
        super().data_received(data)
        if self.cycle is not before:
            self._head_ended()
        elif not is_body:
            self._head_went_on(len(data))

    def on_headers_complete(self) -> None:
        # The application begins in a later turn of the loop, so it finds it there.
        super().on_headers_complete()  # type: ignore[misc]
        if self.cycle is not None:
            self.scope[CYCLE] = self.cycle

    def _is_reading_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete

    def _head_went_on(self, count: int) -> None:
        self._head_bytes += count
        if self._head_timer is None:
            self._await_head()
        if self._head_bytes > self.most_head_bytes and not self.transport.is_closing():
            if self.cycle is None or not self.cycle.more_body:
                self.transport.write(_TOO_LONG)
            self.transport.close()

    def _await_head(self) -> None:
        self._head_timer = asyncio.get_running_loop().call_later(self.head_seconds, self._end)

    def _head_ended(self) -> None:
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end(self) -> None:
        self.transport.close()


def bounded_http(*, head_seconds: float = HEAD_SECONDS) -> type[asyncio.Protocol]:
    """The protocol of uvicorn for HTTP, the quickest there is, with these bounds; what breaks them is closed."""
    return type("BoundedHttp", (_Bounds, AutoHTTPProtocol), {"head_seconds": head_seconds})
