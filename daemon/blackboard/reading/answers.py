"""Which requests were answered, so that the same request of another item need not be sent."""

from pathlib import Path
from typing import NamedTuple

from daemon.blackboard.reading.session import open_session

_FILE = "read_answers"
_MOST = 10_000


class Answered(NamedTuple):
    """A request that was answered, for which item, and when (epoch seconds)."""

    request_hash: str
    item_id: str
    ended_at: float


def answered(board: Path, *, task: str, since: float) -> list[Answered]:
    """The newest ten thousand answers of a task whose calls began since then, oldest first."""
    with open_session(board, file=_FILE) as session:
        rows = session.rows("answered", task=task, since=since, limit=_MOST)
    return [Answered(**row) for row in reversed(rows)]
