"""Events that memory has no more, read from the board in pages that all who come back at about the same place share."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from daemon.api.events.encoding import Told, told_from_board
from daemon.api.events.selection import Selection, select
from daemon.blackboard.reading.events import Stretch, newest_events, newest_id, read_events

T = TypeVar("T")

PAGE = 256
"""Events in a page. Pages of everything begin at a multiple of it, so that they are the same for everybody."""
SPAN = 16_384
"""Ids that one reading for some types looks at: it reads them all, and answers few."""
READERS = 2
MOST_BYTES = 8 * 1024 * 1024
_PAGE_BYTES = 1024
"""What a page takes besides its events: also those in which nothing was found must not become more and more."""


@dataclass(frozen=True, slots=True)
class Page:
    """Events of the board, ready to be sent; up to the id `upto` nothing that was asked for is missing."""

    events: tuple[Told, ...]
    upto: int
    size: int

    def after(self, at: int) -> Iterator[Told]:
        """Those after an id."""
        return (one for one in self.events if one.id > at)


class History:
    """Reads a few pages at a time, each once however many ask for it, and keeps the latest for who comes next."""

    def __init__(self, board: Path) -> None:
        self._board = board
        self._readers = asyncio.Semaphore(READERS)
        self._running: dict[Any, asyncio.Task[Any]] = {}
        self._pages: OrderedDict[tuple[Selection, int], Page] = OrderedDict()
        self._bytes = 0
        self.readings = 0
        """How often the board was asked."""

    async def page(self, selection: Selection, *, at: int, newest: int) -> Page:
        """The events after an id that is below `newest`; `upto` of what is answered is above it.

        Raises what reading the board raises.
        """
        wanted = select(is_public=False, types=selection.types, item_id=selection.item_id)
        start, upto = _bounds(wanted, at=at, newest=newest)
        key = (wanted, start)
        found = self._pages.get(key)
        if found is None or found.upto <= at:
            read = partial(_read, self._board, after=start, upto=upto, selection=wanted)
            found = await self._once((*key, upto), read)
            self._keep(key, found)
        self._pages.move_to_end(key)
        return found

    async def newest(self) -> int:
        """The id of the board's newest event."""
        return await self._once("newest", partial(newest_id, self._board))

    async def latest(self, *, limit: int) -> Page:
        """The newest events, whatever their ids."""
        return await self._once("latest", lambda: _page(newest_events(self._board, limit=limit)))

    async def after(self, at: int) -> Page:
        """A page of what the board has now after an id; `upto` is the last one's."""
        read = partial(read_events, self._board, after=at, limit=PAGE)
        return await self._once(("after", at), lambda: _page(read()))

    async def _once(self, key: Any, read: Callable[[], T]) -> T:
        """Read in a thread; who asks for the same meanwhile gets the same answer."""
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = asyncio.create_task(self._in_thread(read), name="board reading")
            running.add_done_callback(lambda _: self._running.pop(key, None))
        # One who goes away takes the answer from nobody else.
        answer: T = await asyncio.shield(running)
        return answer

    async def _in_thread(self, read: Callable[[], T]) -> T:
        async with self._readers:
            self.readings += 1
            return await asyncio.to_thread(read)

    def _keep(self, key: tuple[Selection, int], page: Page) -> None:
        before = self._pages.pop(key, None)
        self._pages[key] = page
        self._bytes += page.size - (before.size if before else 0)
        while self._bytes > MOST_BYTES and len(self._pages) > 1:
            _, oldest = self._pages.popitem(last=False)
            self._bytes -= oldest.size


def _bounds(selection: Selection, *, at: int, newest: int) -> tuple[int, int]:
    if selection.is_everything:
        start = at // PAGE * PAGE
        return start, min(start + PAGE, newest)
    return at, newest if selection.item_id is not None else min(at + SPAN, newest)


def _read(board: Path, *, after: int, upto: int, selection: Selection) -> Page:
    found = read_events(board, after=after, upto=upto, limit=PAGE, types=selection.types, item_id=selection.item_id)
    return _page(found)


def _page(found: Stretch) -> Page:
    events = tuple(told_from_board(one) for one in found.events)
    return Page(events, found.upto, _PAGE_BYTES + sum(one.size for one in events))
