"""What is spent and set aside: read for the burn rate and the budget."""

from pathlib import Path
from typing import NamedTuple

from daemon.blackboard.reading.session import open_session

_FILE = "read_spending"


class SpentMinute(NamedTuple):
    """What the calls that began in one minute used. `tokens` leaves out cached ones; `cost_micro` unknown costs."""

    minute: int
    """Its first second, since the epoch."""
    tokens: int
    cost_micro: int


def spent_by_minute(board: Path, *, since: float) -> list[SpentMinute]:
    """Every minute from a time on in which a call began, oldest first. Batches and readings do not count."""
    with open_session(board, file=_FILE) as session:
        return [SpentMinute(**row) for row in session.rows("spent_by_minute", since=since)]


def spending(board: Path, *, scope: str, period: str) -> int:
    """Micro-dollars spent or set aside in a scope (`day`, `month`, `brain:left`) and period; 0 when there is none."""
    with open_session(board, file=_FILE) as session:
        row = session.row("charged", scope=scope, period=period)
    return int(row["charged_micro"]) if row else 0
