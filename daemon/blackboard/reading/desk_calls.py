"""One call with everything that is kept of it."""

import json
from pathlib import Path

from daemon.blackboard.prompts import own_key
from daemon.blackboard.reading.rows import Document, call_document
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.records import CallKind
from daemon.core.clock import iso
from daemon.core.errors import NotFoundError

_FILE = "read_calls"


def call_in_full(board: Path, call_id: int, *, item_id: str) -> Document:
    """A call of an item as listings show it, with what it asked, its answer, price and other tokens.

    `system` and `prompt` are None when they are not kept (any more). Raises `NotFoundError`.
    """
    with open_session(board, file=_FILE) as session:
        row = session.row("call_in_full", id=call_id, item_id=item_id)
        if row is None:
            raise NotFoundError(f"item {item_id} has no call {call_id}")
        asked = _asked(session, row)
    return call_document(row) | {
        "system": asked["system"] if asked else None,
        "prompt": asked["prompt"] if asked else None,
        "answer": row["answer"],
        "reasoning_tokens": row["reasoning_tokens"],
        "cache_write_tokens": row["cache_write_tokens"],
        "price": json.loads(row["price"]) if row["price"] else None,
        "price_source": row["price_source"],
        "ended_at": iso(row["ended_at"]),
    }


def _asked(session: Session, call: Document) -> Document | None:
    """What the call sent. A repair never asks what its request hash stands for, so only its own counts."""
    own = own_key(call["request_hash"], call_id=call["id"])
    shared = own if call["kind"] == CallKind.REPAIR else call["request_hash"]
    return session.row("prompt_of_call", own=own, shared=shared, started_at=call["started_at"])
