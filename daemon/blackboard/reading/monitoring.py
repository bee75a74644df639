"""What health and metrics watch of the board: one cheap look, however many items there are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from daemon.blackboard.budgets import CONTROL, Caps, effective_caps, period_of, read_override
from daemon.blackboard.reading.freshness import Freshness, freshness_of
from daemon.blackboard.reading.rows import Row
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.states import FINAL, State
from daemon.core import hooks
from daemon.core.settings.models import BudgetSettings

_FILE = "read_monitoring"


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """One source. Times are epoch seconds; None: never, or nothing is planned."""

    id: int
    name: str
    freshness: Freshness
    last_success_at: float | None
    last_item_at: float | None
    next_fetch_at: float | None
    errors_in_row: int
    last_error: str | None
    created_at: float


@dataclass(frozen=True, slots=True)
class BoardFigures:
    """The board at one moment (`at`, epoch seconds). Spans are in seconds, money in micro-dollars."""

    at: float
    oldest: Mapping[str, float]
    """How long ago the oldest item was seen, by state; of those that are not final and have items."""
    due: Mapping[str, float]
    """How long the longest waiting item might have been claimed, by state; of those that have such items."""
    last_post_at: float | None
    charged: Mapping[str, int]
    """What stands against each budget (`day`, `month`, `brain:left`) in its running period."""
    caps: Caps
    """The bounds of these budgets; a scope without a bound is absent."""
    sources: Sequence[SourceFigures]

    def freshness(self) -> dict[str, int]:
        """How many sources are how; every word is there."""
        counted = Counter(source.freshness for source in self.sources)
        return {one.value: counted[one] for one in Freshness}


def read_figures(board: Path, *, now: float, budget: BudgetSettings) -> BoardFigures:
    """Take one look. Raises what opening a board raises."""
    with open_session(board, file=_FILE) as session:
        control = session.row("control", key=CONTROL)
        post = session.row("last_post")
        override = read_override(str(control["value"]) if control else None)
        caps = effective_caps(budget, override, at=now)
        return BoardFigures(
            at=now,
            oldest=_oldest(session, now=now),
            due={row["state"]: now - row["due_at"] for row in session.rows("due_work") if _is_due(row, now=now)},
            last_post_at=post["created_at"] if post else None,
            charged=_charged(session, now=now),
            caps={scope: cap for scope, cap in caps.items() if scope != "item"},
            sources=[_source(row, now=now) for row in session.rows("watched_sources")],
        )


def read_sources(board: Path, *, now: float) -> list[SourceFigures]:
    """Every source that has not been removed, and how reading it goes."""
    with open_session(board, file=_FILE) as session:
        return [_source(row, now=now) for row in session.rows("watched_sources")]


def count_states(board: Path) -> tuple[int, dict[str, int]]:
    """The id of the newest event, and how many items stood in each state after it. Reads an index whole."""
    with open_session(board, file=_FILE) as session:
        newest = session.rows("last_event_id")[0]["id"]
        found = {row["state"]: row["count"] for row in session.rows("state_counts")}
    return int(newest), {state.value: found.get(state.value, 0) for state in State}


def _oldest(session: Session, *, now: float) -> dict[str, float]:
    found = {state.value: session.row("oldest_in_state", state=state) for state in State if state not in FINAL}
    return {state: max(0.0, now - row["created_at"]) for state, row in found.items() if row}


def _is_due(row: Row, *, now: float) -> bool:
    return row["due_at"] is not None and row["due_at"] <= now


def _charged(session: Session, *, now: float) -> dict[str, int]:
    day, month = period_of("day", at=now), period_of("month", at=now)
    rows = session.rows("charged_now", day=day, month=month)
    running = {row["scope"]: row["charged_micro"] for row in rows if row["period"] == period_of(row["scope"], at=now)}
    return {"day": 0, "month": 0} | running


def _source(row: Row, *, now: float) -> SourceFigures:
    freshness = freshness_of(row, now=now)
    is_polled = row["kind"] != hooks.KIND and freshness not in (Freshness.DISABLED, Freshness.GONE)
    return SourceFigures(
        id=row["id"],
        name=row["name"],
        freshness=freshness,
        last_success_at=row["last_success_at"],
        last_item_at=row["last_item_at"],
        next_fetch_at=(row["next_fetch_at"] or None) if is_polled else None,
        errors_in_row=row["errors_in_row"],
        last_error=row["last_error"],
        created_at=row["created_at"],
    )
