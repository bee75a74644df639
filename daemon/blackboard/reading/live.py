"""The board at one moment, as a live view starts from it."""

import json
from pathlib import Path

from daemon.blackboard.reading.reader import start_of_day
from daemon.blackboard.reading.rows import Document, Row, usd
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.states import State
from daemon.core.clock import iso

MOST_ITEMS = 60
MOST_POSTS = 20
_EVENTS_LOOKED_AT = 2000
_FILE = "read_live"


def read_live(board: Path, *, now: float) -> Document:
    """`{"last_event_id", "at", "paused", "states", "items", "posts", "today"}`, all of the same moment.

    The items are those that are worked on, then those the newest events tell of, then the newest. Of one that was sent
    back, `reason` says why, a line each. Raises what opening a board raises.
    """
    with open_session(board, file=_FILE) as session:
        newest = int(_only(session, "newest_id")["id"])
        return {
            "last_event_id": newest,
            "at": iso(now),
            "paused": session.row("paused") is not None,
            "states": _states(session),
            "items": _items(session, newest=newest),
            "posts": [_post(row) for row in session.rows("newest_posts", limit=MOST_POSTS)],
            "today": _sums(_only(session, "total_since", since=start_of_day(now))),
        }


def _only(session: Session, query: str, **parameters: float) -> Row:
    return session.rows(query, **parameters)[0]


def _states(session: Session) -> dict[str, int]:
    found = {row["state"]: row["count"] for row in session.rows("state_counts")}
    return {state.value: found.get(state.value, 0) for state in State}


def _items(session: Session, *, newest: int) -> list[Document]:
    wanted = [
        *session.rows("claimed_items", limit=MOST_ITEMS),
        *session.rows("told_items", after=newest - _EVENTS_LOOKED_AT, limit=MOST_ITEMS),
        *session.rows("newest_items", limit=MOST_ITEMS),
    ]
    ids = list(dict.fromkeys(row["id"] for row in wanted))[:MOST_ITEMS]
    return [_item(row) for row in session.rows("these_items", ids=json.dumps(ids))]


def _item(row: Row) -> Document:
    is_sent_back = row["state"] == State.DRAFTING and row["round"] > 0
    return {
        "id": row["id"],
        "title": row["title"],
        "state": row["state"],
        "round": row["round"],
        "updated_at": iso(row["updated_at"]),
        "reason": row["reason"] if is_sent_back else None,
        "is_working": bool(row["is_working"]),
        "waits_for": row["waits_for"],
    }


def _post(row: Row) -> Document:
    return {"title": row["title"] or "", "slug": row["slug"], "summary": row["summary"] or "", "at": iso(row["at"])}


def _sums(row: Row) -> Document:
    sums = {key: row[key] for key in ("calls", "prompt_tokens", "completion_tokens")}
    return sums | {"cost_usd": usd(row["cost_micro"])}
