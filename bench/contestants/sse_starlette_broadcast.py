"""sse-starlette as its own example of broadcasting does it: a queue for each listener, one event put into all."""

import asyncio
import json
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from bench.contestants.sse_ground import main


class Stream:
    """What one listener is sent, as the response iterates over it."""

    def __init__(self, request: Request, queues: set[asyncio.Queue[ServerSentEvent]]) -> None:
        self._request = request
        self._queues = queues
        self._queue: asyncio.Queue[ServerSentEvent] = asyncio.Queue()

    def __aiter__(self) -> "Stream":
        self._queues.add(self._queue)
        return self

    async def __anext__(self) -> ServerSentEvent:
        if await self._request.is_disconnected():
            self._queues.discard(self._queue)
            raise StopAsyncIteration
        return await self._queue.get()


class Broadcaster:
    """Knows the queues."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[ServerSentEvent]] = set()

    async def broadcast(self, number: int, said: dict[str, Any]) -> None:
        """Put the event into every queue."""
        one = ServerSentEvent(data=json.dumps(said, separators=(",", ":")), event=said["type"], id=str(number))
        for queue in self._queues:
            queue.put_nowait(one)

    async def listen(self, request: Request) -> EventSourceResponse:
        """The route."""
        return EventSourceResponse(Stream(request, self._queues))


if __name__ == "__main__":
    broadcaster = Broadcaster()
    main(Starlette(routes=[Route("/", broadcaster.listen)]), broadcast=broadcaster.broadcast)
