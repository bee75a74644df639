"""How much is taken from callers: posts of each a minute, and requests that are worked on at the same time.

First it is looked how often a client has posted, then the request waits for its place; only there its body is read.
What keeps an eye on the daemon is exempt, so that a full house can still be looked at. A stranger's body is not read at
all: whoever sends it slowly would sit in a place, and a hundred of them in every place there is. Deliveries to webhooks
take no place; they have limits of their own (`deliveries`).
"""

import math
import random
import time
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from daemon.api.arrivals import Arrival
from daemon.api.callers import NEEDS_TOKEN, caller_in
from daemon.api.limits import brings_body, is_delivery
from daemon.api.places import Outcome, Places, Wait
from daemon.api.problems import problem_response
from daemon.api.rounds import Rounds
from daemon.api.windows import MovingWindow
from daemon.core.settings.api_models import LimitSettings

TOO_MANY_POSTS = "too_many_posts"
_EXEMPT = frozenset(
    {"/api/health", "/api/health/detailed", "/metrics", "/api/events", "/api/events/poll", "/api/live", "/live"}
)
_EXEMPT_FILES = "/live/"
_COUNTED = frozenset({("POST", "/api/items")})
_COME_BACK_SECONDS = (1, 10)
"""Those who found no place are asked to come back at different times."""
_REFUSALS_KEPT = 256

_WHY_BUSY = {
    Outcome.QUEUE_FULL: "every place is taken and the queue is full (api.limits.max_queue)",
    Outcome.TIME_UP: "no place became free in time (api.limits.max_concurrent, api.limits.queue_timeout)",
}


class LimiterStats:
    """What the limiter does and did, for metrics."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.refused: Counter[str] = Counter({TOO_MANY_POSTS: 0, Outcome.QUEUE_FULL: 0, Outcome.TIME_UP: 0})
        """Requests that were refused, by why."""
        self.gone = 0
        """Requests whose client hung up while they waited."""

    @property
    def waiting(self) -> int:
        """Requests that wait for a place."""
        return self._places.waiting

    @property
    def in_flight(self) -> int:
        """Requests that have one."""
        return self._places.taken


class Limiter:
    """What the limits stand at; one for the whole API.

    A post counts from the moment it was accepted (202). One that was refused or failed, or that the board had already
    (200), uses nothing up; while it is under way it does, so that nobody gets more by asking for many at once. A client
    whose minute is full is refused before its body is read, also when it only says again what it said before.
    """

    def __init__(
        self,
        settings: LimitSettings,
        *,
        now: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self.queue_timeout = settings.queue_timeout
        self.rounds = Rounds()
        self.places = Places(settings.max_concurrent, max_waiting=settings.max_queue)
        most = settings.posts_per_minute
        self.posts = None if most is None else MovingWindow(most, now=now)
        self.posts_per_minute = most
        self.stats = LimiterStats(self.places)
        self._rng = rng or random.SystemRandom()

    def come_back_seconds(self) -> int:
        """When who found no place may try again."""
        return self._rng.randint(*_COME_BACK_SECONDS)


class LimitLayer:
    """ASGI middleware: lets a request in, lets it wait, or refuses it (429, 503). It stands behind `CallerLayer`."""

    def __init__(self, app: ASGIApp, *, limiter: Limiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the request to the limits."""
        if scope["type"] != "http" or _is_exempt(scope["path"]) or is_delivery(scope):
            await self._app(scope, receive, send)
        elif not caller_in(scope).is_known and brings_body(scope):
            await _stranger(scope["path"])(scope, receive, send)
        elif (scope["method"], scope["path"]) in _COUNTED and self._limiter.posts is not None:
            await self._counted(scope, posts=self._limiter.posts, receive=receive, send=send)
        else:
            await self._placed(self._app, scope, receive=receive, send=send)

    async def _counted(self, scope: Scope, *, posts: MovingWindow, receive: Receive, send: Send) -> None:
        client = caller_in(scope).identity
        wait_seconds = posts.enter(client)
        if wait_seconds > 0:
            await self._refuse_post(wait_seconds, scope)(scope, receive, send)
            return
        tried = _Tried(self._app)
        try:
            await self._placed(tried, scope, receive=receive, send=send)
        finally:
            posts.leave(client, counts=tried.counts)

    async def _placed(self, app: ASGIApp, scope: Scope, *, receive: Receive, send: Send) -> None:
        arrival = Arrival(receive)
        try:
            outcome = await self._ask_for_place(arrival)
            if outcome is Outcome.PLACE:
                await self._work(app, scope, arrival=arrival, send=send)
            elif outcome is Outcome.GONE:
                self._limiter.stats.gone += 1
            else:
                await self._limiter.rounds.begin()
                await self._refuse_place(outcome, scope)(scope, receive, send)
        finally:
            arrival.drop()

    async def _work(self, app: ASGIApp, scope: Scope, *, arrival: Arrival, send: Send) -> None:
        try:
            if arrival.has_waited:
                # A hundred answered by one commit give a hundred places back at once.
                await self._limiter.rounds.begin()
            await app(scope, arrival.receive, send)
        finally:
            self._limiter.places.give_back()

    async def _ask_for_place(self, arrival: Arrival) -> Outcome:
        places = self._limiter.places
        if places.try_take():
            return Outcome.PLACE
        wait = Wait()
        arrival.watch(lambda: wait.end(Outcome.GONE))
        try:
            return await places.take(wait, within=self._limiter.queue_timeout)
        finally:
            arrival.unwatch()

    def _refuse_post(self, wait_seconds: float, scope: Scope) -> ASGIApp:
        self._limiter.stats.refused[TOO_MANY_POSTS] += 1
        seconds = max(1, math.ceil(wait_seconds))
        most = self._limiter.posts_per_minute
        detail = f"a client may post {most} a minute (api.limits.posts_per_minute); there is room again in {seconds} s"
        return _refusal(
            scope["path"], status=HTTPStatus.TOO_MANY_REQUESTS, kind="TooManyPosts", detail=detail, seconds=seconds
        )

    def _refuse_place(self, outcome: Outcome, scope: Scope) -> ASGIApp:
        self._limiter.stats.refused[outcome] += 1
        seconds = self._limiter.come_back_seconds()
        detail = _WHY_BUSY[outcome]
        return _refusal(
            scope["path"], status=HTTPStatus.SERVICE_UNAVAILABLE, kind="Busy", detail=detail, seconds=seconds
        )


class _Tried:
    """Whether a post counts: not before it was begun; then by its answer, and without one it does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.counts = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def looked_at(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.counts = message["status"] == HTTPStatus.ACCEPTED
            await send(message)

        self.counts = True
        try:
            await self._app(scope, receive, looked_at)
        except Exception:
            self.counts = False
            raise


def _stranger(path: str) -> ASGIApp:
    """Nothing behind the limits takes anything from who is not known."""
    headers = {"WWW-Authenticate": "Bearer", "Connection": "close"}
    return problem_response(
        path, status=HTTPStatus.UNAUTHORIZED, kind=HTTPStatus.UNAUTHORIZED.name, detail=NEEDS_TOKEN, headers=headers
    )


def _is_exempt(path: str) -> bool:
    return path in _EXEMPT or path.startswith(_EXEMPT_FILES)


@lru_cache(maxsize=_REFUSALS_KEPT)
def _refusal(path: str, *, status: HTTPStatus, kind: str, detail: str, seconds: int) -> ASGIApp:
    """In a storm the same refusal is sent a thousand times; to make one takes longer than all the rest of it."""
    headers = {"Retry-After": str(seconds)}
    return problem_response(path, status=status, kind=kind, detail=detail, headers=headers)
