"""One read-only look at the board's file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.faults import translated
from daemon.blackboard.sqlite.files import APPLICATION_ID, check_schema, newest_schema
from daemon.core.errors import ForeignBoardError, NotFoundError, OldBoardError

BUSY_TIMEOUT_SECONDS = 5.0


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
    Raises `NotFoundError` when there is no board, `ForeignBoardError` when the file is none or a newer program's,
    `OldBoardError` before its writer has migrated it, or what SQLite's fault means.
    """
    if not path.exists():
        raise NotFoundError(f"there is no board at {path} yet; the first davidagent once or run makes it")
    with translated(path), closing(_connect(path)) as db:
        db.execute("BEGIN")
        _check_is_board(db, path=path)
        yield Session(db, file=file)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None
    )
    db.row_factory = sqlite3.Row
    for pragma in ("query_only = 1", "wal_autocheckpoint = 0"):
        db.execute(f"PRAGMA {pragma}")
    return db


def _check_is_board(db: sqlite3.Connection, *, path: Path) -> None:
    (mark,) = db.execute("PRAGMA application_id").fetchone()
    if mark == APPLICATION_ID:
        check_schema(db, path)
        _require_newest(db, path=path)
        return
    if mark == 0 and not db.execute("SELECT 1 FROM sqlite_schema").fetchone():
        raise NotFoundError(f"the board at {path} is just being made")
    raise ForeignBoardError(f"{path} belongs to another program; move it away or choose another `home`")


def _require_newest(db: sqlite3.Connection, *, path: Path) -> None:
    """Readers ask for what only the newest schema has; bringing it forward is the writer's work."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version < newest_schema():
        raise OldBoardError(
            f"{path} is as an earlier DavidAgent left it (schema {version}, this one reads {newest_schema()}); "
            "the next davidagent run or once brings it up to date"
        )
