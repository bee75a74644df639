"""From a folder to a board that can be written: lock, file, recovery."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiosqlite

from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite import files
from daemon.blackboard.sqlite.faults import translated
from daemon.blackboard.sqlite.lock import Holder, WriterLock

_CONTROLS = load_queries("controls")


@dataclass(frozen=True, slots=True)
class OpenFile:
    """The locked, opened and migrated file."""

    path: Path
    connection: aiosqlite.Connection
    lock: WriterLock
    last_event_id: int


async def open_file(
    *, home: Path, holder: Holder, synchronous: str, before_upgrade: Callable[[files.Upgrade], None]
) -> OpenFile:
    """Take the lock and open the file, off the event loop, where `before_upgrade` is called if it takes its time."""
    path, loop = home / files.BOARD_NAME, asyncio.get_running_loop()

    def tell(upgrade: files.Upgrade) -> None:
        loop.call_soon_threadsafe(partial(before_upgrade, upgrade))

    def connect() -> sqlite3.Connection:
        return files.connect(path, synchronous=synchronous, before_upgrade=tell)

    lock, opened, last_event_id = await asyncio.to_thread(_open, home, path=path, holder=holder, connect=connect)
    # aiosqlite gets a connection that is open already: when its own opening fails, its thread outlives the call.
    connection = await aiosqlite.Connection(lambda: opened, iter_chunk_size=64)
    return OpenFile(path, connection, lock, last_event_id)


def _open(
    home: Path, *, path: Path, holder: Holder, connect: Callable[[], sqlite3.Connection]
) -> tuple[WriterLock, sqlite3.Connection, int]:
    with translated(path):
        home.mkdir(parents=True, exist_ok=True)
        lock = WriterLock.take(home, holder)
        try:
            opened = connect()
            return lock, opened, int(opened.execute(_CONTROLS["last_event_id"]).fetchone()[0])
        except BaseException:
            lock.free()
            raise
