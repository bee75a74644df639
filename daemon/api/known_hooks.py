"""The webhooks there are, and what their deliveries may hold of our memory."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from daemon.blackboard.reading import BoardReader
from daemon.core.events import Emitter, Event
from daemon.core.hooks import KIND, hook_name

POLLED = "source_polled"
SHARE_OF_ONE: Final = 4
"""One client may hold the fourth part of the room: a stranger who sends slowly does not keep out the others."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that is enabled."""

    source_id: int
    name: str
    tags: tuple[str, ...]


class KnownHooks:
    """The enabled webhooks by name, read anew when a source was changed: guessing names costs no look at the board."""

    def __init__(self, reader: BoardReader, *, emitter: Emitter) -> None:
        self._reader = reader
        self._hooks: dict[str, Hook] = {}
        self._changes = 1
        self._read_at_change = 0
        self._reading = asyncio.Lock()
        emitter.listen(self._on_event)

    async def get(self, name: str) -> Hook | None:
        """The webhook of this name; None when there is none, or it is disabled. Raises what opening a board raises."""
        while self._read_at_change != self._changes:
            async with self._reading:
                if self._read_at_change != self._changes:
                    await self._read()
        return self._hooks.get(name)

    async def _read(self) -> None:
        changes = self._changes
        found = await asyncio.to_thread(self._reader.sources)
        hooks = [
            Hook(source_id=int(one["id"]), name=hook_name(one["address"]), tags=tuple(one["tags"]))
            for one in found
            if one["kind"] == KIND and one["enabled"]
        ]
        self._hooks, self._read_at_change = {hook.name: hook for hook in hooks}, changes

    def _on_event(self, event: Event) -> None:
        if event.type.startswith("source_") and event.type != POLLED:
            self._changes += 1


class Room:
    """So many bytes of bodies may be held at once by all, and a share of that by one client."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._share = most_bytes // SHARE_OF_ONE
        self._held: Counter[str] = Counter()
        self.held = 0
        """Bytes that are held now."""

    @contextmanager
    def enter(self, client: str) -> Iterator["Held"]:
        """What one request holds, until it ends."""
        held = Held(self, client)
        try:
            yield held
        finally:
            self._give_back(client, held.count)

    def take(self, client: str, count: int) -> bool:
        """So many bytes more; False when there is no room for them."""
        if self.held + count > self._most or self._held[client] + count > self._share:
            return False
        self.held += count
        self._held[client] += count
        return True

    def _give_back(self, client: str, count: int) -> None:
        self.held -= count
        self._held[client] -= count
        if self._held[client] <= 0:
            del self._held[client]


class Held:
    """The bytes of one request."""

    def __init__(self, room: Room, client: str) -> None:
        self._room = room
        self._client = client
        self.count = 0

    def add(self, count: int) -> bool:
        """Hold so many more; False when there is no room for them."""
        if not self._room.take(self._client, count):
            return False
        self.count += count
        return True
