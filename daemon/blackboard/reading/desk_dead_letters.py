"""Dead letters for who decides about them: what a filter means, what a retry may cost, and how one goes on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.blackboard.reading.patterns import containing
from daemon.blackboard.reading.rows import Document, event_document, group_document, item_document, usd
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.states import LIVE, State

_FILE = "read_dead_letters"
_ABOVE_EVERY_ID = "~"
_MOST_LOOKED_AT = 50
"""Of one group, to see whether some were retried before."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters are meant: all that fit every part that is given."""

    group: str | None = None
    """The fingerprint of the failure."""
    step: State | None = None
    """The state they died in."""
    source_id: int | None = None
    search: str | None = None
    """Words in title or URL, or an id."""

    @property
    def is_empty(self) -> bool:
        """Every dead letter is meant."""
        return self == Filter()

    @property
    def is_group_alone(self) -> bool:
        """Nothing but a group is named."""
        return self == Filter(group=self.group)

    def parameters(self) -> dict[str, Any]:
        """What the queries ask for."""
        return {
            "failure_group": self.group,
            "step": self.step,
            "source_id": self.source_id,
            "search": containing(self.search),
            "exact": self.search,
        }


def dead_letter_groups(
    board: Path, meant: Filter = Filter(), *, per_item_usd: float | None, limit: int = 50
) -> list[Document]:
    """By failure, the largest group first: `[{"group", "count", "first_at", "last_at", "sample", "again", …}]`.

    `again`: how many of the newest 50 were put back to work before, and have failed anew. The rest of a group is what
    `retry_cost` answers for it.
    """
    with open_session(board, file=_FILE) as session:
        rows = session.rows("groups_meant", **meant.parameters(), limit=limit)
        return [_group(row, session=session, per_item_usd=per_item_usd) for row in rows]


def dead_letters(board: Path, meant: Filter, *, before: str | None = None, limit: int = 50) -> list[Document]:
    """A page of them as listings show items, each with its `failure_group`; newest first."""
    page = {"before": before or _ABOVE_EVERY_ID, "limit": limit}
    with open_session(board, file=_FILE) as session:
        rows = session.rows("letters_meant", **meant.parameters(), **page)
    return [item_document(row) | {"failure_group": row["failure_group"]} for row in rows]


def ids_of(board: Path, meant: Filter, *, limit: int, after: str = "") -> list[str]:
    """The ids a filter means, oldest first."""
    with open_session(board, file=_FILE) as session:
        rows = session.rows("ids_meant", **meant.parameters(), after=after, limit=limit)
    return [row["id"] for row in rows]


def retry_cost(board: Path, meant: Filter, *, per_item_usd: float | None) -> Document:
    """What a retry would do: `{"count", "groups", "charged_usd", "at_most_usd"}`.

    `charged_usd`: what these items have been charged with so far, by their own calls. `at_most_usd`: what their budgets
    allow from then on, because a retry gives each item its budget (`budget.per_item_usd`) anew; None without one.
    """
    with open_session(board, file=_FILE) as session:
        row = session.row("count_meant", **meant.parameters()) or {"count": 0, "charged_micro": 0, "groups": 0}
    return _cost(row, per_item_usd=per_item_usd) | {"groups": row["groups"]}


def failed_attempts(board: Path, item_id: str) -> list[Document]:
    """Every failed attempt of an item, its burials and revivals in between: events, oldest first."""
    with open_session(board, file=_FILE) as session:
        return [event_document(row) for row in session.rows("failed_attempts", id=item_id)]


def retry_progress(board: Path, *, after: int, upto: int) -> Document:
    """Where those stand now that were revived between two events.

    `{"revived", "published", "dead", "held", "discarded", "working", "waiting", "dead_letters"}`; `working` is in a
    worker's hands, `waiting` for its turn, a backoff or what else holds it up. `dead_letters` are those that failed
    again: `[{"id", "title", "error", "group"}]`.
    """
    with open_session(board, file=_FILE) as session:
        rows = session.rows("revived_between", after=after, upto=upto)
    counts = dict.fromkeys(("published", "dead", "held", "discarded", "working", "waiting"), 0)
    for row in rows:
        counts[_stands(row)] += 1
    return {"revived": len(rows), **counts, "dead_letters": [_brief(row) for row in rows if _stands(row) == "dead"]}


def _stands(row: dict[str, Any]) -> str:
    state = State(row["state"])
    if state in LIVE:
        return "working" if row["claimed_by"] else "waiting"
    return "dead" if state is State.DEAD_LETTER else state.value.lower()


def _brief(row: dict[str, Any]) -> Document:
    return {"id": row["id"], "title": row["title"], "error": row["error"], "group": row["failure_group"]}


def _group(row: dict[str, Any], *, session: Session, per_item_usd: float | None) -> Document:
    sample = session.row("sample_of", id=row["sample_id"]) or {}
    again = session.row("dead_again", failure_group=row["failure_group"], most=_MOST_LOOKED_AT) or {"count": 0}
    return group_document(row, sample=sample) | _cost(row, per_item_usd=per_item_usd) | {"again": again["count"]}


def _cost(row: dict[str, Any], *, per_item_usd: float | None) -> Document:
    at_most = None if per_item_usd is None else round(row["count"] * per_item_usd, 6)
    return {"count": row["count"], "charged_usd": usd(row["charged_micro"]), "at_most_usd": at_most}
