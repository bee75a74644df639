"""One call with everything that is kept of it."""

import json
from pathlib import Path

from daemon.blackboard.reading.rows import Document, call_document
from daemon.blackboard.reading.session import open_session
from daemon.core.clock import iso
from daemon.core.errors import NotFoundError

_FILE = "read_calls"


def call_in_full(board: Path, call_id: int, *, item_id: str) -> Document:
    """A call of an item as listings show it, with its answer, price and other tokens. Raises `NotFoundError`."""
    with open_session(board, file=_FILE) as session:
        row = session.row("call_in_full", id=call_id, item_id=item_id)
    if row is None:
        raise NotFoundError(f"item {item_id} has no call {call_id}")
    return call_document(row) | {
        "answer": row["answer"],
        "reasoning_tokens": row["reasoning_tokens"],
        "cache_write_tokens": row["cache_write_tokens"],
        "price": json.loads(row["price"]) if row["price"] else None,
        "price_source": row["price_source"],
        "ended_at": iso(row["ended_at"]),
    }
