"""The database file: opened, recognised, migrated, settled after a crash."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from daemon.core.errors import ForeignBoardError

BOARD_NAME = "blackboard.db"
APPLICATION_ID = 0x44415649
"""`DAVI`, in the header of every board, so that another program's file is refused."""
BUSY_TIMEOUT_SECONDS = 5.0
CACHED_STATEMENTS = 256
LONGEST_LOG_BYTES = 128 * 1024 * 1024
_READERS_MAY_TAKE_MILLISECONDS = 1000
SLOW_FROM_BYTES = 64 * 1024 * 1024
"""A smaller board is brought forward before anybody wonders."""
_SECONDS_PER_GIGABYTE = 10.0
"""Measured: a minute and less for 5.7 gigabytes, by how many schemas it is behind."""
PAGE_BYTES = 8192
"""Rows with a model's answer fill pages of 4096; larger ones make a tenth less work of a step."""

# One writer, so checkpoints are ours alone: passive while live, a truncating one at start and end. No memory map: it
# turns a fault of any program on the file into a damaged board.
_SETTINGS = """
PRAGMA synchronous = {synchronous};
PRAGMA foreign_keys = ON;
PRAGMA wal_autocheckpoint = 1000;
PRAGMA journal_size_limit = 67108864;
PRAGMA cache_size = -16000;
PRAGMA mmap_size = 0;
"""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A board that is about to be brought forward to a newer schema, and takes its time."""

    schema: int
    to: int
    size: int
    """In bytes."""

    @property
    def about_seconds(self) -> float:
        """How long that is likely to take, rather too much than too little."""
        return round(self.size / 1e9 * _SECONDS_PER_GIGABYTE, 1)


def connect(
    path: Path, *, synchronous: str, before_upgrade: Callable[[Upgrade], None] | None = None
) -> sqlite3.Connection:
    """Open the board for writing, made or migrated to the newest schema; a large one tells `before_upgrade` so.

    Raises `ForeignBoardError` for another program's file or a newer board, and sqlite3's own errors.
    """
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        timeout=BUSY_TIMEOUT_SECONDS,
        cached_statements=CACHED_STATEMENTS,
        check_same_thread=False,
    )
    try:
        _recognise(connection, path)
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.executescript(_SETTINGS.format(synchronous="NORMAL" if synchronous == "normal" else "FULL"))
        if before_upgrade is not None and (upgrade := _upgrade(connection, path)) is not None:
            before_upgrade(upgrade)
        migrate(connection)
        # Only now: what SQLite notes down to rewrite a table of gigabytes must not be held in memory.
        connection.execute("PRAGMA temp_store = MEMORY")
        checkpoint(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, *, to: int | None = None) -> None:
    """Bring the schema forward, in one transaction, to the newest one or to an earlier: no reader sees a half."""
    version, last = _pragma(connection, "user_version"), to or newest_schema()
    scripts = [script for number, script in migrations() if version < number <= last]
    if not scripts:
        return
    marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {last};"
    try:
        connection.executescript("\n".join(("BEGIN IMMEDIATE;", *scripts, marks, "COMMIT;")))
    finally:
        if connection.in_transaction:
            connection.rollback()


def _upgrade(connection: sqlite3.Connection, path: Path) -> Upgrade | None:
    version, size = _pragma(connection, "user_version"), path.stat().st_size
    return Upgrade(version, newest_schema(), size) if version < newest_schema() and size >= SLOW_FROM_BYTES else None


def migrations() -> list[tuple[int, str]]:
    """All migrations by number, `NNNN_what.sql`."""
    folder = files("daemon.blackboard") / "sql" / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", entry.name))
    return [(int(name[:4]), (folder / name).read_text("utf-8")) for name in names]


@cache
def newest_schema() -> int:
    """The schema this program makes and knows."""
    return migrations()[-1][0]


def check_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a board that a newer program has migrated. Raises `ForeignBoardError`."""
    version, newest = _pragma(connection, "user_version"), newest_schema()
    if version > newest:
        raise ForeignBoardError(
            f"{path} comes from a newer DavidAgent (schema {version}, this one knows {newest}); update DavidAgent"
        )


def checkpoint(connection: sqlite3.Connection) -> None:
    """Bring all of the log into the file and empty it, as far as readers let it."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def shorten_log(connection: sqlite3.Connection, path: Path, *, longest_bytes: int) -> None:
    """Empty a log that has grown beyond all measure, because at every moment some reader was in the way.

    The passive checkpoints cannot do that: they never wait. This one holds back the next reader until those of now are
    done, but not for long. What does not succeed (a reader that stays for minutes) is tried again later.
    """
    with suppress(sqlite3.Error, OSError):
        if path.with_name(f"{path.name}-wal").stat().st_size <= longest_bytes:
            return
        patience = _pragma(connection, "busy_timeout")
        connection.execute(f"PRAGMA busy_timeout = {_READERS_MAY_TAKE_MILLISECONDS}")
        try:
            checkpoint(connection)
        finally:
            connection.execute(f"PRAGMA busy_timeout = {patience}")


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    application, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    is_empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if is_empty and application == 0 and version == 0:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        return
    if application != APPLICATION_ID:
        raise ForeignBoardError(f"{path} belongs to another program; move it away or choose another `home`")
    check_schema(connection, path)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
