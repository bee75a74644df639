"""What is spent and set aside: read for the burn rate and the budget."""

from dataclasses import dataclass
from pathlib import Path

from daemon.blackboard.budgets import period_of
from daemon.blackboard.reading.session import open_session

_FILE = "read_spending"


@dataclass(frozen=True, slots=True)
class SpentMinute:
    """What the calls that began in one minute used. `tokens` leaves out cached ones; `cost_micro` unknown costs."""

    minute: int
    """Its first second, since the epoch."""
    tokens: int
    cost_micro: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """How many calls are open, and what they have set aside, in micro-dollars."""

    calls: int = 0
    micro: int = 0


def spent_by_minute(board: Path, *, since: float) -> list[SpentMinute]:
    """Every minute from a time on in which a call began, oldest first."""
    with open_session(board, file=_FILE) as session:
        return [SpentMinute(**row) for row in session.rows("spent_by_minute", since=since)]


def spending(board: Path, *, scope: str, period: str) -> int:
    """Micro-dollars spent or set aside in a scope (`day`, `month`, `brain:left`) and period; 0 when there is none."""
    with open_session(board, file=_FILE) as session:
        row = session.row("charged", scope=scope, period=period)
    return int(row["charged_micro"]) if row else 0


def spending_at(board: Path, *, at: float) -> dict[str, int]:
    """What is spent or set aside in every scope's period of a time, in micro-dollars."""
    day, month = period_of("day", at=at), period_of("month", at=at)
    with open_session(board, file=_FILE) as session:
        return {row["scope"]: row["charged_micro"] for row in session.rows("charged_in", day=day, month=month)}


def set_aside(board: Path) -> dict[str, SetAside]:
    """The open calls: `sent` (under way) and `batched` (in a provider's batch)."""
    with open_session(board, file=_FILE) as session:
        found = {row["status"]: SetAside(row["calls"], row["micro"]) for row in session.rows("set_aside")}
    return {status: found.get(status, SetAside()) for status in ("sent", "batched")}
