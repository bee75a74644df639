"""What the contestants of the live-stage bench share: uvicorn on uvloop, and a clock that makes the events.

The process writes its port. On the line `go RATE SECONDS` it makes that many events, evenly, and writes `done COUNT`.
"""

import asyncio
import json
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn
import uvloop

Broadcast = Callable[[int, dict[str, Any]], Awaitable[None]]
"""Hands an event, with its id, to every listener."""


def main(app: Any, *, broadcast: Broadcast) -> None:
    """Serve `app` on a free port until killed."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, broadcast=broadcast))


def event(number: int) -> dict[str, Any]:
    """An event as long as one of the real board."""
    now = time.time()
    return {
        "id": number,
        "type": "item_posted",
        "at": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "item_id": f"01a2b3c4d5e6f7890123456{number:09}",
        "from": None,
        "to": "QUEUED",
        "data": {"title": f"Report {number} t={now:.6f}", "by": "api", "source_id": None},
    }


def encoded(number: int, said: dict[str, Any]) -> bytes:
    """The event as a block of the stream."""
    return f"id: {number}\nevent: {said['type']}\ndata: {json.dumps(said, separators=(',', ':'))}\n\n".encode()


async def _serve(app: Any, *, broadcast: Broadcast) -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    config = uvicorn.Config(app, access_log=False, log_config=None, lifespan="off", http="httptools", backlog=4096)
    serving = asyncio.create_task(uvicorn.Server(config).serve(sockets=[listener]))
    _say(str(listener.getsockname()[1]))
    number = 0
    while line := await asyncio.to_thread(sys.stdin.readline):
        _, rate, seconds = line.split()
        number = await _tick(broadcast, first=number + 1, rate=float(rate), seconds=float(seconds))
        _say(f"done {number}")
    serving.cancel()


async def _tick(broadcast: Broadcast, *, first: int, rate: float, seconds: float) -> int:
    """Answers the last number."""
    loop, count = asyncio.get_running_loop(), int(rate * seconds)
    started = loop.time()
    for index in range(count):
        await asyncio.sleep(max(0.0, started + index / rate - loop.time()))
        await broadcast(first + index, event(first + index))
    return first + count - 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
