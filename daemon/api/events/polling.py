"""The same events for who cannot keep a stream open: asked for again and again."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from daemon.api.events.encoding import Told, json_in
from daemon.api.events.hub import EventHub
from daemon.api.events.selection import Selection

MOST_BYTES = 4 * 1024 * 1024
MOST_EVENTS = 1000
LONGEST_WAIT_SECONDS = 30.0


@dataclass(slots=True)
class _Found:
    """What goes into one answer, up to its limits."""

    selection: Selection
    limit: int
    upto: int
    sent: list[bytes] = field(default_factory=list)
    size: int = 0

    def is_full(self) -> bool:
        """No more is wanted in this answer."""
        return len(self.sent) >= self.limit or self.size >= MOST_BYTES

    def take_all(self, events: Iterable[Told], *, upto: int) -> None:
        """As many of these as fit, of those that are for this listener; they are all there is up to an id."""
        for one in events:
            frame = self.selection.frame_of(one)
            if frame is not None:
                self.sent.append(json_in(frame))
                self.size += len(frame)
            self.upto = one.id
            if self.is_full():
                return
        self.upto = upto


async def poll(
    hub: EventHub, *, selection: Selection, after: int | None, limit: int, wait_seconds: float = 0.0
) -> bytes:
    """The next events after an id, as JSON: `{"events", "last_event_id", "resync"}`.

    `last_event_id` is what to ask after next. Waits for the first event so long, when there is none. `resync`: the
    board has no event of that id, so what the client knows is not of this board. Raises what reading the board raises.
    """
    await hub.start()
    if after is None:
        return _answer([], upto=hub.log.newest)
    if not await hub.reaches(after):
        return _answer([], upto=hub.log.newest, is_resync=True)
    found, rotations = _Found(selection, limit, upto=after), hub.rotations
    await _collect(hub, found)
    if not found.sent and wait_seconds > 0:
        await _wait(hub, found, seconds=wait_seconds)
    if hub.rotations != rotations and not selection.is_public:
        # The token that let it in opens nothing any more.
        return _answer([], upto=after)
    return _answer(found.sent, upto=found.upto)


async def _collect(hub: EventHub, found: _Found) -> None:
    """All there is now, as far as it fits."""
    while found.upto < hub.log.newest and not found.is_full():
        if found.upto < hub.log.floor:
            page = await hub.history.page(found.selection, at=found.upto, newest=hub.log.newest)
            found.take_all(page.after(found.upto), upto=page.upto)
        else:
            found.take_all(hub.log.after(found.upto), upto=hub.log.newest)


async def _wait(hub: EventHub, found: _Found, *, seconds: float) -> None:
    """Look again whenever there is something new, until it is for this listener or the time is up."""
    time_up = asyncio.ensure_future(hub.clock.sleep(seconds))
    try:
        while not (found.sent or time_up.done() or hub.is_closing):
            waiter = hub.wake_up.waiter(found.selection)
            try:
                await asyncio.wait((waiter, time_up), return_when=asyncio.FIRST_COMPLETED)
                hub.wake_up.nudge(waiter, found.selection)
                found.upto = max(found.upto, waiter.result())
            finally:
                hub.wake_up.forget(waiter, found.selection)
            await _collect(hub, found)
    finally:
        time_up.cancel()


def _answer(events: list[bytes], *, upto: int, is_resync: bool = False) -> bytes:
    parts = (b",".join(events), upto, b"true" if is_resync else b"false")
    return b'{"events":[%s],"last_event_id":%d,"resync":%s}' % parts
