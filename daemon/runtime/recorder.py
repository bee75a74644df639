"""Puts the events of parts that do not write to the board on the board, in order."""

import asyncio
from collections import deque
from dataclasses import replace

from daemon.blackboard.engine import Engine
from daemon.core.errors import BlackboardError
from daemon.core.events import Emitter, Event
from daemon.core.redaction import scrub

LONGEST_QUEUE = 1000


class Recorder:
    """Takes events at once, scrubs and commits them soon; the board then tells the emitter, with their ids.

    When the board cannot take one, the listeners are told all the same, without an id. When events come faster than
    the board takes them, the oldest waiting ones are told without an id.
    """

    def __init__(self, *, engine: Engine, emitter: Emitter) -> None:
        self._engine = engine
        self._emitter = emitter
        self._queue: deque[Event] = deque()
        self._arrived = asyncio.Event()

    def emit(self, event: Event) -> None:
        """Take one event."""
        scrubbed = scrub(event.data)
        event = replace(event, data=scrubbed if isinstance(scrubbed, dict) else {"hidden": scrubbed})
        if len(self._queue) >= LONGEST_QUEUE:
            self._emitter.emit(self._queue.popleft())
        self._queue.append(event)
        self._arrived.set()

    async def run(self) -> None:
        """Commit until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            await self.flush()

    async def flush(self) -> None:
        """Commit what waits."""
        while self._queue:
            event = self._queue.popleft()
            try:
                await self._engine.record_event(event.type, item_id=event.item_id, data=event.data)
            except (BlackboardError, TypeError, ValueError):
                # The board is away, or no board could keep this one; those behind it must not be lost for that.
                self._emitter.emit(event)
