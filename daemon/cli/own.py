"""A person's verbs without a daemon: this process is the board's writer for the moment."""

import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from daemon.api.actions import BoardActions
from daemon.api.recalling import memory_document, search_document
from daemon.blackboard import open_board
from daemon.blackboard.engine import Engine
from daemon.blackboard.reading import BoardReader
from daemon.cli.invocation import BOARD_FILE
from daemon.core.clock import SystemClock
from daemon.core.errors import TransientError
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.models import Settings

if TYPE_CHECKING:
    from brains.memory.base import Memory

Document = dict[str, Any]


async def open_own_engine(settings: Settings) -> Engine:
    """Become the board's writer. Raises `WriterLockedError` when another process is."""
    clock = SystemClock()
    return await open_board(
        home=settings.home,
        clock=clock,
        ids=TimeSortedIds(clock.now, random.SystemRandom()),
        boot_id=secrets.token_hex(8),
        synchronous=settings.blackboard.synchronous,
    )


class OwnActions(BoardActions):
    """`BoardActions`, and those on the memory, which is opened only when one of them is called."""

    def __init__(self, engine: Engine, *, settings: Settings) -> None:
        reader = BoardReader(settings.home / BOARD_FILE)
        super().__init__(engine=engine, reader=reader, settings=settings, by="cli")

    async def memory_status(self) -> Document:
        """How the memory is."""
        async with self._memory() as memory:
            return await memory_document(memory, reader=self._reader)

    async def search_memory(self, text: str, *, limit: int) -> list[Document]:
        """What is nearest in meaning."""
        async with self._memory() as memory:
            return await search_document(memory, text=text, limit=limit)

    @asynccontextmanager
    async def _memory(self) -> AsyncIterator["Memory"]:
        from brains.memory.building import build_memory

        settings = self._settings
        memory = build_memory(settings.memory, home=settings.home, clock=SystemClock(), emit=lambda _: None)
        try:
            yield memory
        finally:
            await memory.close()


async def rebuild_own_memory(settings: Settings) -> Document:
    """Empty the memory and fill it again from the board, before this returns.

    Raises `TransientError` when the store does not take it; what is left enters at the next start.
    """
    from daemon.app import open_desk

    async with open_desk(settings) as desk:
        count = await desk.rebuild_memory()
        if not await desk.finish_remembering():
            raise TransientError(f"the memory did not take all of {count} posts; the daemon goes on with them")
    return {"to_remember": count}
