"""How many items stand in each state, counted once and then kept by the events: counting a million rows takes long."""

import threading
from functools import lru_cache
from pathlib import Path

from daemon.blackboard.reading.session import Session
from daemon.blackboard.states import State

_MOST_EVENTS = 50_000
"""With more new events than that, counting anew is as quick."""


class StateTally:
    """The counts of one board. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._upto = 0
        self._counts: dict[str, int] | None = None

    def read(self, session: Session) -> dict[str, int]:
        """The counts at the session's moment; every state is there. `session` is one over `read_desk_overview.sql`."""
        newest = int(session.rows("last_event_id")[0]["id"])
        with self._lock:
            counts = self._followed(session, newest=newest)
            if counts is None:
                counts = _counted(session)
            self._counts, self._upto = counts, newest
            return dict(counts)

    def _followed(self, session: Session, *, newest: int) -> dict[str, int] | None:
        """None when the events cannot tell: nothing was counted yet, too many are new, or one is missing."""
        new = newest - self._upto
        if self._counts is None or not 0 <= new <= _MOST_EVENTS:
            return None
        counts, followed = dict(self._counts), 0
        for row in session.rows("moves_between", after=self._upto, upto=newest) if new else ():
            followed += row["count"]
            if row["from_state"] != row["to_state"]:
                _move(counts, row["from_state"], -row["count"])
                _move(counts, row["to_state"], row["count"])
        return counts if followed == new else None


def tally_of(board: Path) -> StateTally:
    """The tally of the board at a path; another file there (a restored backup) gets another one."""
    found = board.stat()
    return _tally(found.st_dev, found.st_ino)


@lru_cache(maxsize=8)
def _tally(device: int, inode: int) -> StateTally:
    del device, inode
    return StateTally()


def _counted(session: Session) -> dict[str, int]:
    found = {row["state"]: row["count"] for row in session.rows("count_by_state")}
    return {state.value: found.get(state.value, 0) for state in State}


def _move(counts: dict[str, int], state: str | None, change: int) -> None:
    if state is not None:
        counts[state] = counts.get(state, 0) + change
