"""Requests to the API: how many, how long, by the template of their route."""

import time
from collections.abc import Callable
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from daemon.api.metrics.labels import Words
from daemon.api.metrics.series import Series

UNMATCHED = "unmatched"
"""No route has such a path."""
REFUSED = "refused"
"""It was answered before its route was looked for: too many, too much, nobody may come in so."""
_STREAM = "/api/events"
"""Is answered by a layer before the routes, and has its own name all the same."""
_UNTIMED = frozenset({_STREAM, "/api/events/poll"})
"""Streams, and questions that wait for something to happen: how long they take says nothing."""
_NO_ANSWER = "none"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class RequestMetrics:
    """The series of requests. The raw path is never a label."""

    def __init__(self, registry: CollectorRegistry, *, method: Words) -> None:
        self.method = method
        self.count = Series(
            Counter(
                "davidagent_http_requests",
                "Requests that were answered, by the template of the route; `unmatched`: there is no such route, "
                "`refused`: answered before a route was looked for.",
                ("method", "route", "status"),
                registry=registry,
            )
        )
        self.seconds = Series(
            Histogram(
                "davidagent_http_request_duration_seconds",
                "How long requests took; without streams and long polls.",
                ("method", "route"),
                buckets=_BUCKETS,
                registry=registry,
            )
        )
        self.under_way = Gauge(
            "davidagent_http_requests_in_progress", "Requests that are under way, streams too.", registry=registry
        )


class RequestLayer:
    """ASGI middleware, the outermost: counts and times every request."""

    def __init__(
        self, app: ASGIApp, *, metrics: RequestMetrics, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch one request from its begin to its end."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _Request(scope, metrics=self._metrics, started=self._clock())
        self._metrics.under_way.inc()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.answered(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            request.answered(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise
        finally:
            self._metrics.under_way.dec()
            request.ended(self._clock())


class _Request:
    """One request. A stream counts from its begin, everything else at its end."""

    def __init__(self, scope: Scope, *, metrics: RequestMetrics, started: float) -> None:
        self._scope = scope
        self._metrics = metrics
        self._started = started
        self._status: int | None = None
        self._is_counted = False

    def answered(self, status: int) -> None:
        """It has its status; the first one counts."""
        if self._status is None:
            self._status = status
            if self._route() in _UNTIMED:
                self._count()

    def ended(self, at: float) -> None:
        """It is over."""
        self._count()
        route = self._route()
        if route not in _UNTIMED:
            self._metrics.seconds(self._method(), route).observe(max(0.0, at - self._started))

    def _count(self) -> None:
        if not self._is_counted:
            self._is_counted = True
            status = _NO_ANSWER if self._status is None else str(int(self._status))
            self._metrics.count(self._method(), self._route(), status).inc()

    def _route(self) -> str:
        path = getattr(self._scope.get("route"), "path", None)
        if isinstance(path, str):
            return path
        if self._scope["path"] == _STREAM:
            return _STREAM
        return UNMATCHED if self._status == HTTPStatus.NOT_FOUND else REFUSED

    def _method(self) -> str:
        return self._metrics.method(self._scope["method"])
