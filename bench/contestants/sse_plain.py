"""A plain ASGI sender: every event encoded once, one shared list, each listener sends what is new for it. No resume."""

import asyncio
from typing import Any

from bench.contestants.sse_ground import encoded, main

_HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")],
}


class Sender:
    """The application."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._grown = asyncio.Event()

    async def broadcast(self, number: int, said: dict[str, Any]) -> None:
        """Wake every listener."""
        self._blocks.append(encoded(number, said))
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send from now on, until the listener is gone."""
        del scope
        await send(_HEAD)
        sending = asyncio.create_task(self._send_on(send))
        while (await receive())["type"] != "http.disconnect":
            pass
        sending.cancel()

    async def _send_on(self, send: Any) -> None:
        sent = len(self._blocks)
        while True:
            await self._grown.wait()
            while sent < len(self._blocks):
                await send({"type": "http.response.body", "body": self._blocks[sent], "more_body": True})
                sent += 1


if __name__ == "__main__":
    sender = Sender()
    main(sender, broadcast=sender.broadcast)
