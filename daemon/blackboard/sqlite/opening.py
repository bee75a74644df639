"""From a folder to a board that can be written: lock, file, recovery."""

import sqlite3
from dataclasses import dataclass
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


async def open_file(*, home: Path, holder: Holder, synchronous: str) -> OpenFile:
    """Take the lock and open the file, in the connection's own thread."""
    path = home / files.BOARD_NAME
    taken: list[WriterLock] = []
    last: list[int] = []

    def connect() -> sqlite3.Connection:
        with translated(path):
            home.mkdir(parents=True, exist_ok=True)
            taken.append(WriterLock.take(home, holder))
            connection = files.connect(path, synchronous=synchronous)
            last.append(int(connection.execute(_CONTROLS["last_event_id"]).fetchone()[0]))
            return connection

    try:
        connection = await aiosqlite.Connection(connect, iter_chunk_size=64)
    except BaseException:
        for lock in taken:
            lock.free()
        raise
    return OpenFile(path, connection, taken[0], last[0])
