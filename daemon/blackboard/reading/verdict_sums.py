"""How many verdicts the items of each source have: counted once and kept until a verdict changes.

A verdict does not say of which source its item is, and looking thousands of items up takes a tenth of a second.
"""

import threading
from functools import lru_cache
from pathlib import Path

from daemon.blackboard.reading.rows import Document
from daemon.blackboard.reading.session import Session


class VerdictSums:
    """The sums of one board. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark: Document | None = None
        self._sums: list[Document] = []

    def read(self, session: Session) -> list[Document]:
        """`[{"source_id", "up", "down", "corrected"}]` at the session's moment, over `read_feedback.sql`.

        The most `down` first; `source_id` is None for what people posted.
        """
        mark = session.rows("mark_of_verdicts")[0]
        with self._lock:
            if mark != self._mark:
                self._sums = session.rows("sums_by_source")
                self._mark = mark
            return [dict(one) for one in self._sums]


def sums_of(board: Path) -> VerdictSums:
    """The sums of the board at a path; another file there (a restored backup) gets others."""
    found = board.stat()
    return _sums(found.st_dev, found.st_ino)


@lru_cache(maxsize=8)
def _sums(device: int, inode: int) -> VerdictSums:
    del device, inode
    return VerdictSums()
