"""How much a request may bring: FastAPI reads a body whole before it looks at anything else, the token included."""

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from daemon.api.callers import caller_in

MAX_BODY_BYTES = 32 * 1024 * 1024
"""Room for the largest OPML document that is taken, however it is escaped."""
MAX_BODY_BYTES_OF_STRANGERS = 64 * 1024
_TOO_LARGE = 413


class BodyLimit:
    """ASGI middleware: a body beyond the limit is answered with 413, and is not read to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what the application reads."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = MAX_BODY_BYTES if caller_in(scope).is_known else MAX_BODY_BYTES_OF_STRANGERS
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(_TOO_LARGE, detail=f"the body is longer than {limit:,} bytes")
            return message

        await self._app(scope, counted, send)
