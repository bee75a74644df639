"""The board's events for those who listen: a stretch of ids, of some types or of one item alone."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.blackboard.reading.rows import Document, event_document
from daemon.blackboard.reading.session import open_session

_FILE = "read_events"
_NEWEST_POSSIBLE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was found between two ids. Up to `upto` nothing that was asked for is missing."""

    events: list[Document]
    upto: int


def read_events(
    board: Path,
    *,
    after: int,
    limit: int,
    upto: int = _NEWEST_POSSIBLE,
    types: Collection[str] = (),
    item_id: str | None = None,
) -> Stretch:
    """The next events after an id, at most `limit`; of all types when none is named, of all items without one.

    Raises what opening a board raises.
    """
    span: dict[str, Any] = {"after": after, "upto": upto, "limit": limit}
    wanted = json.dumps(sorted(types)) if types else None
    with open_session(board, file=_FILE) as session:
        if item_id is not None:
            rows = session.rows("events_of_item", item=item_id, types=wanted, **span)
        elif wanted is not None:
            rows = session.rows("events_of_types", types=wanted, **span)
        else:
            rows = session.rows("events_between", **span)
    is_cut = len(rows) == limit
    return Stretch([event_document(row) for row in rows], rows[-1]["id"] if is_cut else upto)


def newest_events(board: Path, *, limit: int) -> Stretch:
    """The newest events, in the order of their ids; `upto` is the id of the last one, 0 without any."""
    with open_session(board, file=_FILE) as session:
        rows = session.rows("newest_events", limit=limit)[::-1]
    return Stretch([event_document(row) for row in rows], rows[-1]["id"] if rows else 0)


def newest_id(board: Path) -> int:
    """The id of the newest event; 0 when there is none."""
    with open_session(board, file=_FILE) as session:
        row = session.row("newest_id")
    return int(row["id"]) if row else 0
