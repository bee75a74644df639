"""A hub over a real board, on a clock a test owns."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from daemon.api.events.hub import EventHub
from daemon.api.events.layer import EventLayer
from daemon.blackboard import SqliteEngine
from daemon.blackboard.reading import BoardReader
from daemon.core.events import Emitter, Event
from daemon.core.settings.api_models import EventStreamSettings
from tests.fakes.clock import ManualClock
from tests.fakes.staged_board import opened


class ForgetfulEmitter(Emitter):
    """One that can keep things to itself, as a part that fails might."""

    is_silent = False

    def emit(self, event: Event) -> None:
        """Tell all listeners, or nobody."""
        if not self.is_silent:
            super().emit(event)


@dataclass
class EventDesk:
    """The parts that tell of events, without a server."""

    engine: SqliteEngine
    emitter: ForgetfulEmitter
    clock: ManualClock
    hub: EventHub

    def layer(self, *, public: bool = False) -> EventLayer:
        """The application that serves the stream."""
        return EventLayer(_nothing_else, hub=self.hub, public=public)

    @asynccontextmanager
    async def restarted(self, **settings: Any) -> AsyncIterator["EventDesk"]:
        """The same board with a hub that begins anew."""
        async with _hub(self.engine, emitter=self.emitter, clock=self.clock, **settings) as hub:
            yield replace(self, hub=hub)

    async def newest(self) -> int:
        """The id of the board's newest event."""
        return await self.hub.history.newest()

    async def note_untold(self, count: int) -> None:
        """Put events on the board of which nobody is told."""
        self.emitter.is_silent = True
        await self.note(count)
        self.emitter.is_silent = False

    async def note(self, count: int = 1, *, type_: str = "test_noted", **data: Any) -> int:
        """Put events on the board; answers the id of the last."""
        last = 0
        for number in range(count):
            last = await self.engine.record_event(type_, data={"number": number, **data})
        return last


@asynccontextmanager
async def event_desk(home: Path, *, before: int = 0, **settings: Any) -> AsyncIterator[EventDesk]:
    """A started hub over a board that has `before` events already."""
    emitter, clock = ForgetfulEmitter(), ManualClock()
    async with opened(home, emitter=emitter) as engine:
        await asyncio.gather(*(engine.record_event("test_noted", data={"number": number}) for number in range(before)))
        async with _hub(engine, emitter=emitter, clock=clock, **settings) as hub:
            yield EventDesk(engine, emitter, clock, hub)


@asynccontextmanager
async def _hub(
    engine: SqliteEngine, *, emitter: Emitter, clock: ManualClock, **settings: Any
) -> AsyncIterator[EventHub]:
    hub = EventHub(
        reader=BoardReader(engine.path),
        emitter=emitter,
        settings=EventStreamSettings(**settings),
        clock=clock,
        rng=random.Random(7),
    )
    await hub.start()
    try:
        yield hub
    finally:
        await hub.close()


async def _nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError(scope["path"])
