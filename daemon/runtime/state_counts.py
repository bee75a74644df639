"""How many items stand in each state, kept from the events: counting a million rows again and again costs too much."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from daemon.blackboard.reading.monitoring import count_states
from daemon.core.events import Event

_LONGEST_BACKLOG = 100_000
"""Changes that came while the board was counted; with more than that it is counted anew."""


class StateCounts:
    """Counts the board once, then follows its events.

    Ids of events grow by one and come in order. When one is missing the board is counted anew, so that a mistake does
    not stay.
    """

    def __init__(self, board: Path) -> None:
        self._board = board
        self._counts: dict[str, int] | None = None
        self._newest = 0
        self._backlog: list[Event] | None = None
        """Changes since counting began; None: nobody has asked yet."""
        self._counting = asyncio.Lock()

    def on_event(self, event: Event) -> None:
        """Follow one event."""
        if event.id is None or (self._counts is None and self._backlog is None):
            return
        if self._backlog is not None:
            self._backlog.append(event)
        else:
            self._follow(event)

    async def read(self) -> Mapping[str, int]:
        """The counts now; every state is there. Raises what opening a board raises."""
        async with self._counting:
            while self._counts is None:
                await self._count()
        return self._counts

    async def _count(self) -> None:
        self._backlog = []
        try:
            self._newest, self._counts = await asyncio.to_thread(count_states, self._board)
        finally:
            missed, self._backlog = self._backlog, None
        if len(missed) > _LONGEST_BACKLOG:
            self._counts = None
        for event in missed:
            self._follow(event)

    def _follow(self, event: Event) -> None:
        if self._counts is None or event.id is None or event.id <= self._newest:
            return
        if event.id != self._newest + 1:
            self._counts = None
            return
        self._newest = event.id
        if event.from_state != event.to_state:
            for state, change in ((event.from_state, -1), (event.to_state, 1)):
                if state is not None:
                    self._counts[state] = self._counts.get(state, 0) + change
