"""What SQLite's and the system's errors mean for us: the one table of translations."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon.core.errors import (
    BlackboardError,
    BoardBusyError,
    BoardFullError,
    BoardReadOnlyError,
    CorruptBoardError,
    ForeignBoardError,
)

_PRIMARY = 0xFF
_FULL_BELOW_BYTES = 1024 * 1024

_BY_CODE: dict[int, tuple[type[BlackboardError], str]] = {
    sqlite3.SQLITE_BUSY: (BoardBusyError, "is locked by another program; close whatever has it open and try again"),
    sqlite3.SQLITE_LOCKED: (BoardBusyError, "is locked by another program; close whatever has it open and try again"),
    sqlite3.SQLITE_READONLY: (BoardReadOnlyError, "cannot be written; check the owner and the mode of file and folder"),
    sqlite3.SQLITE_PERM: (BoardReadOnlyError, "cannot be written; check the owner and the mode of file and folder"),
    sqlite3.SQLITE_CANTOPEN: (BoardReadOnlyError, "cannot be opened; check that its folder exists and can be written"),
    sqlite3.SQLITE_FULL: (BoardFullError, "cannot grow: the disk is full; nothing was changed. Free some space"),
    sqlite3.SQLITE_NOTADB: (ForeignBoardError, "is not a database; move it away or choose another `home`"),
    sqlite3.SQLITE_CORRUPT: (CorruptBoardError, "is damaged; stop the daemon and put back a backup"),
}
_BY_ERRNO: dict[int, tuple[type[BlackboardError], str]] = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _BY_CODE[sqlite3.SQLITE_READONLY]),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _BY_CODE[sqlite3.SQLITE_FULL]),
}


def translate(error: Exception, path: Path) -> BlackboardError:
    """Our error for one of SQLite or the system; it names the file and what to do."""
    kind, sentence = _meaning(error, path)
    return kind(f"{path} {sentence}")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise our errors for those of SQLite and the system."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise translate(error, path) from error


def _meaning(error: Exception, path: Path) -> tuple[type[BlackboardError], str]:
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0, (BlackboardError, f"failed: {error}"))
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & _PRIMARY
    if primary == sqlite3.SQLITE_IOERR and _is_full(path):
        primary = sqlite3.SQLITE_FULL
    return _BY_CODE.get(primary or 0, (BlackboardError, f"failed: {error}"))


def _is_full(path: Path) -> bool:
    """A write that fails for want of space comes as a plain I/O error from some file systems."""
    try:
        return shutil.disk_usage(path.parent).free < _FULL_BELOW_BYTES
    except OSError:
        return False
