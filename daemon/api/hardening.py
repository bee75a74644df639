"""What every answer says to a browser, and which other web pages may use the API."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""For the most careful case. A route that shows a page sets its own policy and caching, and that stands."""

_ALLOWED_METHODS = ("GET", "POST", "DELETE")
_ALLOWED_HEADERS = ("Authorization", "Content-Type", "DavidAgent-Client", "Idempotency-Key", "Last-Event-ID")
_EXPOSED_HEADERS = ("DavidAgent-Next-Cursor", "Link", "Retry-After")
_PREFLIGHT_SECONDS = 600


class SecurityHeaders:
    """ASGI middleware, outside everything else: adds the headers that are not there. It touches no body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the start of the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with_headers(message.get("headers", ()))}
            await send(message)

        await self._app(scope, receive, guarded)


def _with_headers(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    given = {name.lower() for name, _ in headers}
    return [*headers, *((name, value) for name, value in _HEADERS.items() if name not in given)]


class OtherOrigins(CORSMiddleware):
    """The web pages of these origins may use the API with the token.

    Cookies are never taken from another origin, so a page can do no more there than who wrote it could do without.
    """

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=_ALLOWED_METHODS,
            allow_headers=_ALLOWED_HEADERS,
            expose_headers=_EXPOSED_HEADERS,
            allow_credentials=False,
            max_age=_PREFLIGHT_SECONDS,
        )
