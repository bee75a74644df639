"""The newest events in memory, for all who listen: everybody reads the same bytes from a place of their own."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from daemon.api.events.encoding import Told
from daemon.api.events.selection import Selection
from daemon.api.events.wire import framed

MOST_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 32 * 1024
"""One write is about that long: what a slow client makes the server keep is bounded by it."""
_MOST_CHUNKS = 256


@dataclass(frozen=True)
class Chunk:
    """Events joined for one write. Up to the id `upto` nothing is missing; `body` may be empty."""

    body: bytes
    upto: int
    count: int

    @cached_property
    def framed(self) -> bytes:
        """The same for the short way."""
        return framed(self.body)


class EventLog:
    """Events in the order of their ids, bounded in number and bytes; the oldest leave first.

    All events of the board between `floor` (not in it) and `newest` are here.
    """

    def __init__(self, *, most_events: int, most_bytes: int = MOST_BYTES) -> None:
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._events: list[Told] = []
        self._bytes = 0
        self._chunks: dict[tuple[Selection, int], Chunk] = {}
        self.floor = 0
        self.newest = 0

    def begin(self, events: Iterable[Told], *, floor: int, newest: int) -> None:
        """Start from what the board has: `events` are all between `floor` and `newest`."""
        self._events, self._bytes = [], 0
        self.floor = self.newest = floor
        for one in events:
            self.append(one)
        self.reach(newest)

    def append(self, one: Told) -> None:
        """Take the next event; its id is above all that are here."""
        self._events.append(one)
        self._bytes += one.size
        self.reach(one.id)
        while len(self._events) > self._most_events or (self._bytes > self._most_bytes and len(self._events) > 1):
            oldest = self._events.pop(0)
            self._bytes -= oldest.size
            self.floor = oldest.id

    def reach(self, newest: int) -> None:
        """There is nothing else up to this id."""
        self.newest = newest
        self._chunks.clear()

    def after(self, at: int) -> Iterator[Told]:
        """The events after an id that is not below `floor`."""
        return islice(self._events, bisect_right(self._events, at, key=_id_of), None)

    def chunk(self, selection: Selection, *, at: int) -> Chunk:
        """What comes after an id for one selection, as much of it as makes one write. Shared by all who stand there."""
        key = (selection, at)
        found = self._chunks.get(key)
        if found is None:
            if len(self._chunks) >= _MOST_CHUNKS:
                self._chunks.clear()
            found = self._chunks[key] = join(self.after(at), selection, upto=self.newest)
        return found


def join(events: Iterable[Told], selection: Selection, *, upto: int) -> Chunk:
    """The first of these events in one piece. `upto`: the id up to which they are complete."""
    parts: list[bytes] = []
    size = 0
    for one in events:
        sent = selection.frame_of(one)
        if sent is None:
            continue
        parts.append(sent)
        size += len(sent)
        if size >= CHUNK_BYTES:
            return Chunk(b"".join(parts), one.id, len(parts))
    return Chunk(b"".join(parts), upto, len(parts))


def _id_of(one: Told) -> int:
    return one.id
