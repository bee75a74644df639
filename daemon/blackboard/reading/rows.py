"""Rows of the board as JSON-ready documents: times as ISO 8601 in UTC, money in dollars."""

import json
from collections.abc import Mapping
from typing import Any

from daemon.core.clock import iso

Row = Mapping[str, Any]
Document = dict[str, Any]


def usd(micro: int | None) -> float | None:
    """Dollars from micro-dollars; None (unknown) stays None."""
    return None if micro is None else round(micro / 1_000_000, 6)


def item_document(row: Row) -> Document:
    """An item as listings show it.

    `cost_usd` is what its calls are known to have cost. `unconfirmed_usd`, the most that calls of unknown outcome may
    have cost besides, is there only when there are such calls; it stays charged to the item's budget.
    """
    unconfirmed = row["unconfirmed_micro"]
    return {
        "id": row["id"],
        "state": row["state"],
        "title": row["title"],
        "url": row["url"],
        "source": row["source"],
        "attempts": row["attempts"],
        "round": row["round"],
        "died_in": row["died_in"],
        "error": row["error"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
        "cost_usd": usd(row["cost_micro"] or 0),
        "reason": row["reason"],
    } | ({"unconfirmed_usd": usd(unconfirmed)} if unconfirmed else {})


def full_item_document(row: Row) -> Document:
    """An item with what was seen and everything the board knows of it."""
    return item_document(row) | {
        "source_id": row["source_id"],
        "tags": json.loads(row["tags"]),
        "author": row["author"],
        "language": row["language"],
        "published_at": iso(row["published_at"]),
        "text": row["text"],
        "held_in": row["held_in"],
        "failure_group": row["failure_group"],
        "duplicate_of": row["duplicate_of"],
        "available_at": iso(row["available_at"]),
        "waits_for": row["waits_for"],
        "finalized_at": iso(row["finalized_at"]),
        "remembered_at": iso(row["remembered_at"]),
        "claimed_by": row["claimed_by"],
        "lease_until": iso(row["lease_until"]),
        "rescues": row["rescues"],
        "model": row["model"],
        "feed_text": row["feed_text"],
        "article": json.loads(row["article"]) if row["article"] else None,
    }


def edit_document(row: Row) -> Document:
    """What an item said before a person edited it."""
    return {"title": row["title"], "text": row["text"], "by": row["edited_by"], "at": iso(row["edited_at"])}


def artifact_document(row: Row) -> Document:
    """What a step produced."""
    return {
        "kind": row["kind"],
        "round": row["round"],
        "model": row["model"],
        "content": json.loads(row["content"]),
        "created_at": iso(row["created_at"]),
    }


def call_document(row: Row) -> Document:
    """One model call. `cost_usd` is null when the price, or the outcome, is unknown."""
    return {
        "id": row["id"],
        "brain": row["brain"],
        "task": row["task"],
        "provider": row["provider"],
        "model": row["model"],
        "status": row["status"],
        "attempt": row["attempt"],
        "round": row["round"],
        "prompt_tokens": row["prompt_tokens"],
        "completion_tokens": row["completion_tokens"],
        "cached_tokens": row["cached_tokens"],
        "cost_usd": usd(row["cost_micro"]),
        "reserved_usd": usd(row["reserved_micro"]),
        "latency_ms": row["latency_ms"],
        "error": row["error"],
        "fingerprint": json.loads(row["fingerprint"]),
        "started_at": iso(row["started_at"]),
        "kind": row["kind"],
        "saved_usd": usd(row["saved_micro"]),
        "first_token_ms": row["first_token_ms"],
        "batch_id": row["batch_id"],
    }


def event_document(row: Row) -> Document:
    """One event."""
    return {
        "id": row["id"],
        "type": row["type"],
        "item_id": row["item_id"],
        "from": row["from_state"],
        "to": row["to_state"],
        "at": iso(row["at"]),
        "data": json.loads(row["data"]),
    }


def publication_document(row: Row) -> Document:
    """One post at one sink."""
    return {
        "sink": row["sink"],
        "key": row["key"],
        "status": row["status"],
        "location": row["location"],
        "intent_at": iso(row["intent_at"]),
        "settled_at": iso(row["settled_at"]),
    }


def group_document(row: Row, *, sample: Row) -> Document:
    """Dead letters that failed alike."""
    return {
        "group": row["failure_group"],
        "count": row["count"],
        "first_at": iso(row["first_at"]),
        "last_at": iso(row["last_at"]),
        "sample": {key: sample[key] for key in ("id", "title", "died_in", "error")},
    }
