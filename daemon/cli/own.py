"""A person's verbs without a daemon: this process is the board's writer for the moment."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from brains.memory.base import Memory
from daemon.api.actions import BoardActions
from daemon.api.leveling import LevelSwitch
from daemon.api.recalling import memory_document, search_document
from daemon.api.rotating import rotate_token
from daemon.app import open_memory, rebuild_memory
from daemon.blackboard.engine import Engine
from daemon.blackboard.reading import BoardReader
from daemon.cli.breakers import NO_DAEMON
from daemon.cli.invocation import BOARD_FILE
from daemon.core.errors import WrongStateError
from daemon.core.settings.models import Settings
from daemon.runtime.access import open_access

Document = dict[str, Any]


class OwnActions(BoardActions):
    """`BoardActions`, and those on the memory, which is opened only when one of them is called."""

    def __init__(self, engine: Engine, *, settings: Settings, by: str = "cli") -> None:
        reader = BoardReader(settings.home / BOARD_FILE)
        super().__init__(engine=engine, reader=reader, settings=settings, by=by)

    async def memory_status(self) -> Document:
        """How the memory is."""
        async with self._memory() as memory:
            return await memory_document(memory, reader=self._reader, settings=self._settings)

    async def search_memory(self, text: str, *, limit: int) -> list[Document]:
        """What is nearest in meaning."""
        async with self._memory() as memory:
            return await search_document(memory, text=text, limit=limit)

    async def rebuild_memory(self) -> Document:
        """Empty the memory and fill it again from the board, before this returns."""
        return await self.rebuilt_memory(await rebuild_memory(self._settings, engine=self._engine))

    async def rotate_token(self) -> Document:
        """Make a new token."""
        return await rotate_token(open_access(self._settings), engine=self._engine, by=self._by)

    async def level_status(self) -> Document:
        """The level that a person has set, or L0."""
        return await LevelSwitch(self._engine, by=self._by).status(now=time.time())

    async def set_level(self, wanted: str, *, for_seconds: float | None, why: str) -> Document:
        """Set the level by hand, or leave it to the rules; the next start takes it up."""
        return await LevelSwitch(self._engine, by=self._by).choose(
            wanted, for_seconds=for_seconds, why=why, now=time.time()
        )

    async def reset_breaker(self, name: str) -> Document:
        """Without a daemon there is none to reset: raises `WrongStateError`."""
        del name
        raise WrongStateError(NO_DAEMON)

    @asynccontextmanager
    async def _memory(self) -> AsyncIterator[Memory]:
        memory = open_memory(self._settings, engine=self._engine)
        try:
            yield memory
        finally:
            await memory.close()
