"""A still desk behind a real listener, in a thread of its own, for callers that know nothing of our event loop."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.api.app import create_app
from daemon.api.server import ApiServer
from tests.fakes.desk import StillDesk, open_still_desk
from tests.fakes.staged_board import Staged, stage

_LONGEST_START_SECONDS = 20.0


@dataclass
class Served:
    """Where it listens, what it serves, and what stands on its board."""

    address: str
    desk: StillDesk
    document: dict[str, Any]
    staged: Staged


@contextmanager
def serve_still_desk(home: Path, **settings: Any) -> Iterator[Served]:
    """A staged board, served until the end of the block."""
    thread = _Thread(home, settings)
    thread.start()
    try:
        yield thread.wait_served()
    finally:
        thread.end()


class _Thread(threading.Thread):
    def __init__(self, home: Path, settings: dict[str, Any]) -> None:
        super().__init__(name="served desk", daemon=True)
        self._home = home
        self._settings = settings
        self._is_ready = threading.Event()
        self._served: Served | None = None
        self._fault: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as fault:  # noqa: BLE001 - told to the thread that waits
            self._fault = fault
        finally:
            self._is_ready.set()

    def wait_served(self) -> Served:
        assert self._is_ready.wait(_LONGEST_START_SECONDS)
        if self._served is None:
            raise RuntimeError("the desk did not start") from self._fault
        return self._served

    def end(self) -> None:
        if self._loop is not None and self._ending is not None:
            self._loop.call_soon_threadsafe(self._ending.set)
        self.join(_LONGEST_START_SECONDS)
        if self._fault is not None:
            raise RuntimeError("the desk failed") from self._fault

    async def _serve(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        async with open_still_desk(self._home, **self._settings) as desk:
            staged = await stage(desk.engine)
            document = create_app(desk).openapi()
            server = ApiServer(desk, host="127.0.0.1", port=0)
            self._served = Served(await server.start(), desk, document, staged)
            self._is_ready.set()
            await self._ending.wait()
            await server.stop()
