"""A few at a time: a crowd that comes in the same moment must not keep out who only asks how things are."""

import asyncio
from collections import deque

from starlette.types import ASGIApp, Receive, Scope, Send

_AT_ONCE = frozenset({"/api/health", "/api/health/detailed", "/metrics"})
REQUESTS_A_ROUND = 8


class Rounds:
    """Lets at most `most` begin in each round of the event loop; the others begin in the rounds after, in order.

    Between two rounds the loop serves everything else. Without this, two thousand requests that arrive together are
    all worked on in one round, and whatever comes meanwhile waits for the last of them. Who comes alone never waits.
    """

    def __init__(self, most: int = REQUESTS_A_ROUND) -> None:
        self._most = most
        self._begun = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def begin(self) -> None:
        """Return when it is the caller's turn. Cancelled, it gives its turn up."""
        if self._begun == 0:
            asyncio.get_running_loop().call_soon(self._next)
        if self._begun < self._most and not self._waiting:
            self._begun += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def _next(self) -> None:
        self._begun = 0
        while self._waiting and self._begun < self._most:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._begun += 1
        if self._begun:
            asyncio.get_running_loop().call_soon(self._next)


class RoundsLayer:
    """ASGI middleware, the outermost: before its round, a request costs next to nothing."""

    def __init__(self, app: ASGIApp, *, rounds: Rounds) -> None:
        self._app = app
        self._rounds = rounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the request's round; health and metrics never do."""
        if scope["type"] == "http" and scope["path"] not in _AT_ONCE:
            await self._rounds.begin()
        await self._app(scope, receive, send)
