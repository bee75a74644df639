"""One read-only look at the board's file."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from daemon.blackboard.queries import load_queries
from daemon.core.errors import (
    BlackboardError,
    BoardBusyError,
    BoardReadOnlyError,
    CorruptBoardError,
    ForeignBoardError,
    NotFoundError,
)

BUSY_TIMEOUT_SECONDS = 5.0

_BY_CODE: Mapping[int, type[BlackboardError]] = {
    sqlite3.SQLITE_BUSY: BoardBusyError,
    sqlite3.SQLITE_LOCKED: BoardBusyError,
    sqlite3.SQLITE_CORRUPT: CorruptBoardError,
    sqlite3.SQLITE_NOTADB: ForeignBoardError,
    sqlite3.SQLITE_CANTOPEN: BoardReadOnlyError,
    sqlite3.SQLITE_READONLY: BoardReadOnlyError,
}


class Session:
    """A snapshot of the board: every query of one session sees the same moment."""

    def __init__(self, db: sqlite3.Connection, *, file: str) -> None:
        self._db = db
        self._queries = load_queries(file)

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """All rows of a named query."""
        return [dict(row) for row in self._db.execute(self._queries[query], parameters)]

    def row(self, query: str, **parameters: Any) -> dict[str, Any] | None:
        """The first row of a named query, or None."""
        return next(iter(self.rows(query, **parameters)), None)


@contextmanager
def open_session(path: Path, *, file: str) -> Iterator[Session]:
    """Look at the board at `path` with the queries of `<file>.sql`.

    The connection can neither write nor checkpoint: old SQLite versions damage a WAL file when two connections do.
    Raises `NotFoundError` when there is no board, `ForeignBoardError` when the file is none, or what SQLite's fault
    means.
    """
    if not path.exists():
        raise NotFoundError(f"there is no board at {path} yet")
    try:
        with closing(_connect(path)) as db:
            db.execute("BEGIN")
            _check_is_board(db, path=path)
            yield Session(db, file=file)
    except sqlite3.Error as error:
        raise _translated(error, path=path) from error


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None
    )
    db.row_factory = sqlite3.Row
    for pragma in ("query_only = 1", "wal_autocheckpoint = 0"):
        db.execute(f"PRAGMA {pragma}")
    return db


def _check_is_board(db: sqlite3.Connection, *, path: Path) -> None:
    if not db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'items'").fetchone():
        raise ForeignBoardError(f"{path} is not a DavidAgent blackboard")


def _translated(error: sqlite3.Error, *, path: Path) -> BlackboardError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return _BY_CODE.get(code, BlackboardError)(f"cannot read {path}: {error}")
