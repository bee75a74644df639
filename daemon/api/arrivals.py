"""What a request brings, looked at while it waits: who hangs up is noticed, and nothing that came is lost."""

import asyncio
from collections import deque
from collections.abc import Callable

from starlette.types import Message, Receive

_MOST_HELD_BYTES = 64 * 1024


class Arrival:
    """The `receive` of a request that may have to wait for its place.

    A hang-up shows only behind the body, so as much of that is taken in as the server holds for a connection anyway;
    more of it stays on the wire, and then a hang-up shows only when the request has its place.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._held: deque[asyncio.Future[Message]] = deque()
        self._bytes = 0
        self._on_gone: Callable[[], object] | None = None
        self.has_waited = False
        """It was watched, so it has waited."""

    def watch(self, on_gone: Callable[[], object]) -> None:
        """Call `on_gone` when the client hangs up, until `unwatch`."""
        self._on_gone = on_gone
        self.has_waited = True
        self._ask()

    def unwatch(self) -> None:
        """Look no more; what came is what `receive` answers first."""
        self._on_gone = None

    async def receive(self) -> Message:
        """The next message of the client."""
        if self._held:
            return await self._held.popleft()
        return await self._receive()

    def drop(self) -> None:
        """Nobody will read on."""
        for one in self._held:
            one.cancel()

    def _ask(self) -> None:
        message = asyncio.ensure_future(self._receive())
        self._held.append(message)
        message.add_done_callback(self._on_message)

    def _on_message(self, answered: asyncio.Future[Message]) -> None:
        # What failed is raised again to whoever receives it.
        if self._on_gone is None or answered.cancelled() or answered.exception():
            return
        message = answered.result()
        self._bytes += len(message.get("body", b""))
        if message["type"] == "http.disconnect":
            self._on_gone()
        elif self._bytes <= _MOST_HELD_BYTES:
            self._ask()
