"""Where the events of the board come in, and everybody who listens finds them."""

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.api.events.encoding import Told, told
from daemon.api.events.history import PAGE, History
from daemon.api.events.log import EventLog
from daemon.api.events.selection import EVERYTHING
from daemon.api.events.waking import WakeUp
from daemon.blackboard.reading import BoardReader
from daemon.core.clock import Clock, iso
from daemon.core.errors import DavidAgentError
from daemon.core.events import Emitter, Event
from daemon.core.settings.api_models import EventStreamSettings

if TYPE_CHECKING:
    from daemon.api.events.stream import Stream

Address = tuple[str, int]

RETRY_FILL_SECONDS = 1.0
CLOSE_SECONDS = 2.0
_TICKS = 4
_PRELOADED = 1000
_LATEST_RETURN_SECONDS = 10.0


@dataclass(slots=True)
class StreamStats:
    """What became of the streams; all but `clients` only grow."""

    clients: int = 0
    """Streams that are open now."""
    events_sent: int = 0
    """Events given to the connections, of all streams together."""
    resyncs: int = 0
    dropped: int = 0
    """Clients that took nothing for too long."""
    refused: int = 0
    """Clients for whom there was no place."""


class EventHub:
    """Hears of every event once, and keeps the newest for all who listen.

    It starts from the board's newest event. What the emitter does not tell is read from the board, so that no listener
    ever misses an id; events without one are not on the board, and are told to nobody. Lives on one event loop.
    """

    def __init__(
        self,
        *,
        reader: BoardReader,
        emitter: Emitter,
        settings: EventStreamSettings,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.settings = settings
        self.stats = StreamStats()
        self.log = EventLog(most_events=settings.remembered)
        self.history = History(reader.path)
        self.wake_up = WakeUp()
        self.clock = clock
        self.rng = rng
        self.abort: Callable[[Address], None] = _nothing
        """Cuts the connection of a peer at once. Whoever has the connections sets it."""
        self.ticks = 0
        period = min(settings.ping, settings.stall_timeout) / _TICKS
        self.ticks_to_ping = math.floor(settings.ping / period)
        self.ticks_to_stall = math.ceil(settings.stall_timeout / period) + 1
        self.is_closing = False
        self.started_at: str | None = None
        self.rotations = 0
        """How often everybody the token had let in was sent away."""
        self._period = period
        self._emitter = emitter
        self._seen = 0
        self._is_filling = True
        self._beginning: asyncio.Task[None] | None = None
        self._filling: asyncio.Task[None] | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._streams: set[Stream] = set()

    async def start(self) -> None:
        """Begin at the board's newest event; a second call waits for the first. Raises what reading the board does."""
        if self._beginning is None:
            self._emitter.listen(self.on_event)
        if self._beginning is None or _has_failed(self._beginning):
            self._beginning = asyncio.create_task(self._begin(), name="event hub")
        await asyncio.shield(self._beginning)

    async def close(self) -> None:
        """End all streams now, and let nobody in any more; who takes nothing is cut off. A second call does nothing."""
        self.is_closing = True
        for service in (self._filling, self._ticking):
            if service is not None:
                service.cancel()
        self.wake_up.tell_all()
        for stream in list(self._streams):
            stream.end()
        tasks = [stream.task for stream in self._streams]
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
        for stream in list(self._streams):
            stream.cut()

    def on_event(self, event: Event) -> None:
        """Take an event of the emitter."""
        if event.id is None or event.id <= self._seen or self.is_closing:
            return
        self._seen = event.id
        if self._is_filling:
            return
        if event.id == self.log.newest + 1:
            self._take(told(event))
        else:
            self._fill()

    async def reaches(self, event_id: int) -> bool:
        """Wait until the event of this id is here; False when the board has none."""
        if event_id > self.log.newest:
            newest = await self.history.newest()
            if event_id > newest:
                return False
            # Committed, and not told yet.
            self._seen = max(self._seen, event_id)
            self._fill()
            while event_id > self.log.newest and not self.is_closing:
                await self.wake_up.waiter(EVERYTHING)
        return True

    # --- streams ---

    @property
    def has_room(self) -> bool:
        """One more may listen."""
        return not self.is_closing and len(self._streams) < self.settings.max_clients

    def retry_seconds(self) -> float:
        """When a client shall come back that lost its connection: for each another time."""
        shortest, longest = sorted(self.settings.retry)
        return self.rng.uniform(shortest, longest)

    def return_seconds(self) -> float:
        """When a client shall come back that is sent away with all others, or for want of room: well apart."""
        shortest, longest = sorted(self.settings.retry)
        return self.rng.uniform(shortest, max(longest, shortest + _LATEST_RETURN_SECONDS))

    def enter(self, stream: "Stream") -> None:
        """It listens now."""
        self._streams.add(stream)
        self.stats.clients = len(self._streams)
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.create_task(self._tick(), name="event streams")

    def leave(self, stream: "Stream") -> None:
        """It listens no more."""
        self._streams.discard(stream)
        self.stats.clients = len(self._streams)

    def end_private(self) -> None:
        """Cut off everybody the token let in, because it opens nothing any more; who is in the public goes on."""
        self.rotations += 1
        for stream in list(self._streams):
            if not stream.is_public:
                stream.cut()

    async def _tick(self) -> None:
        """Look after the silent and the stalled, while there are any streams."""
        while self._streams:
            await self.clock.sleep(self._period)
            self.ticks += 1
            for stream in list(self._streams):
                stream.tick()

    # --- what the emitter did not tell ---

    async def _begin(self) -> None:
        latest = await self.history.latest(limit=min(_PRELOADED, self.settings.remembered))
        floor = latest.events[0].id - 1 if latest.events else latest.upto
        self.log.begin(latest.events, floor=floor, newest=latest.upto)
        self.started_at = iso(self.clock.now())
        self._is_filling = False
        if self._seen > self.log.newest:
            self._fill()

    def _fill(self) -> None:
        if not self._is_filling and not self.is_closing:
            self._is_filling = True
            self._filling = asyncio.create_task(self._fill_from_board(), name="events from the board")

    async def _fill_from_board(self) -> None:
        try:
            while self.log.newest < self._seen:
                await self._fill_some()
        finally:
            self._is_filling = False

    async def _fill_some(self) -> None:
        aim = self._seen
        try:
            page = await self.history.after(self.log.newest)
        except DavidAgentError:
            # The board is busy or away. Nobody is told anything until it is back, and nothing is left out then.
            await self.clock.sleep(RETRY_FILL_SECONDS)
            return
        for one in page.events:
            self._take(one)
        if len(page.events) < PAGE:
            # The board had no more when it was read: what was told of before that is there, or was never kept.
            self.log.reach(max(self.log.newest, aim))
            self.wake_up.tell_all()

    def _take(self, one: Told) -> None:
        self.log.append(one)
        self.wake_up.tell(one)


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _nothing(_: Address) -> None:
    """Where nobody has the connections, they end by themselves."""
