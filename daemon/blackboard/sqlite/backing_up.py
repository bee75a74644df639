"""A copy of the live board, by SQLite's own backup.

Reading the file by other means would be wrong twice: the log holds what the file does not have yet, and closing any
second handle on it in this process would drop the locks SQLite holds. The copy is made from one snapshot of a reader's
connection, so that the writer works on meanwhile: a large board on a slow disk takes minutes.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from daemon.core.errors import BlackboardError


def copy(board: Path, path: Path) -> None:
    """Copy to a new file that is complete or not there. Blocks. Raises `BlackboardError` when `path` exists."""
    if path.exists():
        raise BlackboardError(f"{path} exists already; a backup never writes over a file")
    path.parent.mkdir(parents=True, exist_ok=True)
    partly = path.with_name(f"{path.name}.part")
    partly.unlink(missing_ok=True)
    try:
        with closing(_reading(board)) as source, closing(sqlite3.connect(partly, isolation_level=None)) as target:
            source.backup(target)
            # One file, without a log beside it.
            target.execute("PRAGMA journal_mode = DELETE").fetchone()
        _make_durable(partly)
        partly.rename(path)
        _make_durable(path.parent)
    except BaseException:
        partly.unlink(missing_ok=True)
        raise


def _reading(board: Path) -> sqlite3.Connection:
    source = sqlite3.connect(f"file:{quote(str(board))}?mode=ro", uri=True, isolation_level=None)
    source.execute("PRAGMA query_only = 1")
    source.execute("PRAGMA wal_autocheckpoint = 0")
    return source


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
