"""The stream of events as plain ASGI: nothing of the framework stays in memory for a client that listens."""

import math
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from daemon.api.callers import NEEDS_TOKEN, caller_in
from daemon.api.events.asking import asked_by
from daemon.api.events.hub import EventHub
from daemon.api.events.stream import Stream
from daemon.api.events.wire import wire_of
from daemon.api.problems import problem_response
from daemon.core.errors import BlackboardError, UsageError

PATH = "/api/events"


class EventLayer:
    """ASGI middleware, to stand right behind `CallerLayer`: answers `GET /api/events`, and passes on all else."""

    def __init__(self, app: ASGIApp, *, hub: EventHub, public: bool) -> None:
        """`public`: without the token too, in the view for everybody."""
        self._app = app
        self._hub = hub
        self._is_public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a stream, or let the application answer."""
        if scope["type"] == "http" and scope["path"] == PATH:
            await serve_events(scope, receive, send, hub=self._hub, public=self._is_public)
        else:
            await self._app(scope, receive, send)


async def serve_events(scope: Scope, receive: Receive, send: Send, *, hub: EventHub, public: bool) -> None:
    """Answer one request for the stream; a problem document when there is none to be had."""
    is_known = caller_in(scope).is_known
    if scope["method"] != "GET":
        allow = {"Allow": "GET"}
        refusal = _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "the events can only be read: GET", headers=allow)
    elif not (is_known or public):
        challenge = {"WWW-Authenticate": "Bearer"}
        refusal = _refusal(HTTPStatus.UNAUTHORIZED, NEEDS_TOKEN, headers=challenge)
    elif not hub.has_room:
        hub.stats.refused += 1
        why = "the daemon stops" if hub.is_closing else "every place is taken (api.events.max_clients)"
        refusal = _refusal(HTTPStatus.SERVICE_UNAVAILABLE, why, headers=_come_back(hub))
    else:
        await _stream(scope, receive, send, hub=hub, is_public=not is_known)
        return
    await refusal(scope, receive, send)


async def _stream(scope: Scope, receive: Receive, send: Send, *, hub: EventHub, is_public: bool) -> None:
    try:
        asked = asked_by(scope, is_public=is_public)
        await hub.start()
    except UsageError as error:
        await _refusal(HTTPStatus.BAD_REQUEST, str(error))(scope, receive, send)
    except BlackboardError as error:
        refusal = _refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers=_come_back(hub))
        await refusal(scope, receive, send)
    else:
        stream = Stream(hub, selection=asked.selection, send=send, address=scope.get("client"), wire=wire_of(scope))
        await stream.serve(receive, after=asked.after)


def _come_back(hub: EventHub) -> dict[str, str]:
    return {"Retry-After": str(math.ceil(hub.return_seconds()))}


def _refusal(status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None) -> ASGIApp:
    return problem_response(PATH, status=status, kind=status.name, detail=detail, headers=headers)
