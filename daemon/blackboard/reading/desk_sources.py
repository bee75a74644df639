"""The sources and the memory, for the dashboard."""

import json
from itertools import pairwise
from pathlib import Path

from daemon.blackboard.reading.desk_overview import read_states
from daemon.blackboard.reading.feedback import sources_with_trust
from daemon.blackboard.reading.rows import Document, Row, event_document, usd
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.reading.source_documents import read_source_documents
from daemon.blackboard.states import State
from daemon.core.clock import iso
from daemon.core.ids import lowest_id

DAY_SECONDS = 86_400
_FILE = "read_desk_sources"


def read_source_table(board: Path, *, now: float, days: int = 14) -> list[Document]:
    """Every source as `BoardReader.sources` shows it, with how it did in the last days (UTC, today among them).

    Besides: `moved_to`, `created_at`, `items`, how many of these are `published`, `calls` and `cost_usd` of these days.
    Raises what opening a board raises.
    """
    first = _first_day(now, days=days)
    with open_session(board, file=_FILE) as session:
        posted = _counts(session, "posted_of_sources", first=first)
        published = _counts(session, "published_of_sources", first=first)
        costs = {row["source_id"]: row for row in session.rows("cost_by_source", first=first)}
        found = [
            document
            | {"moved_to": row["moved_to"], "created_at": iso(row["created_at"])}
            | {"items": posted.get(row["id"], 0)}
            | {"published": published.get(row["id"], 0)}
            | _cost(costs.get(row["id"]))
            for row, document in read_source_documents(board, now=now)
        ]
    return sources_with_trust(board, found)


def source_days(board: Path, *, source_id: int, now: float, days: int) -> list[Document]:
    """How many items a source brought on each of the last days (UTC, today last): `[{"at", "items"}]`.

    Raises what opening a board raises.
    """
    first = _first_day(now, days=days)
    starts = [(first + number) * DAY_SECONDS for number in range(days + 1)]
    bounds = json.dumps(list(pairwise(lowest_id(start) for start in starts)))
    with open_session(board, file=_FILE) as session:
        rows = session.rows("posted_by_day", id=source_id, bounds=bounds)
    return [{"at": iso(start), "items": row["count"]} for start, row in zip(starts, rows, strict=False)]


def source_events(board: Path, *, source_id: int, limit: int) -> list[Document]:
    """What is told of a source, the newest first: readings worth telling, deliveries, and what was done with it.

    Raises what opening a board raises.
    """
    with open_session(board, file=_FILE) as session:
        return [event_document(row) for row in session.rows("events_of_source", id=source_id, limit=limit)]


def memory_counts(board: Path) -> Document:
    """`{"published", "remembered", "unremembered", "waiting_since"}`; the last is None when nothing waits."""
    published = read_states(board)[State.PUBLISHED]
    with open_session(board, file=_FILE) as session:
        missing = int(session.rows("unremembered")[0]["count"])
        first = session.row("longest_unremembered")
    return {
        "published": published,
        "remembered": max(0, published - missing),
        "unremembered": missing,
        "waiting_since": iso(first["finalized_at"]) if first else None,
    }


def _first_day(now: float, *, days: int) -> int:
    return int(now // DAY_SECONDS) + 1 - days


def _counts(session: Session, query: str, *, first: int) -> dict[int, int]:
    lowest = lowest_id(first * DAY_SECONDS)
    return {row["source_id"]: row["count"] for row in session.rows(query, first=lowest)}


def _cost(row: Row | None) -> Document:
    return {"calls": row["calls"], "cost_usd": usd(row["cost_micro"])} if row else {"calls": 0, "cost_usd": 0.0}
