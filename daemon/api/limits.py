"""How much a request may bring, and how long it may take: a body is read whole before anything else is looked at."""

import asyncio
from http import HTTPStatus

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from daemon.api.callers import caller_in
from daemon.api.problems import problem_response
from daemon.core import hooks

MAX_BODY_BYTES = 32 * 1024 * 1024
"""Room for the largest OPML document that is taken, however it is escaped."""
MAX_BODY_BYTES_OF_STRANGERS = 64 * 1024
BODY_SECONDS = 30.0
_CLOSE = {"Connection": "close"}
"""What was not read must not be taken for the next request, and need not be waited for."""


class BodyLimit:
    """ASGI middleware: a body beyond the limit is answered with 413, one that takes too long to come with 408.

    Neither is read to its end, and the connection is closed. What says its length is refused before it is read.
    """

    def __init__(self, app: ASGIApp, *, seconds: float = BODY_SECONDS, most_delivered: int | None = None) -> None:
        """`most_delivered`: what a delivery to a webhook may have, whoever sends it; None: as much as from anyone."""
        self._app = app
        self._seconds = seconds
        self._most_delivered = most_delivered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what the application reads, and look at the time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._most(scope)
        if _announced(scope) > limit:
            await _too_large(scope, limit)(scope, receive, send)
            return
        body = _Body(receive, limit=limit, seconds=self._seconds)
        await self._app(scope, body.receive, send)

    def _most(self, scope: Scope) -> int:
        if self._most_delivered is not None and is_delivery(scope):
            return self._most_delivered
        return MAX_BODY_BYTES if caller_in(scope).is_known else MAX_BODY_BYTES_OF_STRANGERS


class _Body:
    """A body that is read within its limits; what comes after its end (a hang-up) may take its time."""

    def __init__(self, receive: Receive, *, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._read = 0
        self._is_whole = False
        self._until: float | None = None

    async def receive(self) -> Message:
        message = await (self._receive() if self._is_whole else self._in_time())
        self._read += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        if self._read > self._limit:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail=_why_too_large(self._limit), headers=_CLOSE)
        return message

    async def _in_time(self) -> Message:
        self._until = self._until or asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._until):
                return await self._receive()
        except TimeoutError as error:
            detail = f"the body did not come within {self._seconds:g} s"
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, detail=detail, headers=_CLOSE) from error


def is_delivery(scope: Scope) -> bool:
    """It is sent to a webhook, where a signature stands for the token."""
    return bool(scope["method"] == "POST" and scope["path"].startswith(hooks.PATH))


def brings_body(scope: Scope) -> bool:
    """The head of the request says that a body comes."""
    return _announced(scope) > 0 or "transfer-encoding" in Headers(scope=scope)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _too_large(scope: Scope, limit: int) -> ASGIApp:
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    detail = _why_too_large(limit)
    return problem_response(scope["path"], status=status, kind=status.name, detail=detail, headers=_CLOSE)


def _why_too_large(limit: int) -> str:
    return f"the body is longer than {limit:,} bytes"
