"""Rows become records here, in the column order of the queries, and records become parameters."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from daemon.blackboard.batches import Batch, BatchedCall
from daemon.blackboard.records import (
    Artifact,
    CallKind,
    CallStatus,
    FetchState,
    Item,
    NewCall,
    NewSource,
    Observation,
    Publication,
    PublicationStatus,
    Settlement,
    Source,
    StoredAnswer,
    Usage,
)
from daemon.blackboard.states import State
from daemon.core.texts import writable

Row = tuple[Any, ...]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_STATES = {state.value: state for state in State}


def to_json(value: Any) -> str:
    """JSON as it is kept on the board."""
    return _encode(value)


def claimed_item(row: Row, *, worker_id: str, lease_until: float, now: float) -> Item:
    """The item of a `find_available` row, as it is once the claim is taken."""
    is_queued = row[2] == "QUEUED"
    settings = _object(row[26] or "{}")
    return Item(
        id=row[1],
        state=State.INGESTING if is_queued else _STATES[row[2]],
        title=row[3],
        url=row[4],
        source_id=row[5],
        source=row[6],
        round=row[7],
        attempts=row[8],
        epoch=row[9] + 1,
        created_at=row[10],
        updated_at=now if is_queued else row[11],
        available_at=row[12],
        claimed_by=worker_id,
        lease_until=lease_until,
        reason=row[13],
        error=row[14],
        failure_group=row[15],
        duplicate_of=row[16],
        rescues=row[17],
        cost_micro=row[18],
        tags=_tags(row[19]),
        waits_for=row[25],
        is_vip=settings.get("vip") is True,
        urgency="low" if settings.get("urgency") == "low" else "normal",
        model=row[27],
    )


def claimed_observation(row: Row, item: Item) -> Observation:
    """What was seen, of a `find_available` row. Its identities stay on the board; no step needs them."""
    return Observation(
        title=item.title,
        text=row[20],
        url=item.url,
        author=row[21],
        published_at=row[22],
        language=row[23],
        tags=item.tags,
        extra=_object(row[24]),
    )


def artifact(row: Row) -> Artifact:
    """An `artifacts_of_claimed` row."""
    return Artifact(
        id=row[0],
        item_id=row[1],
        kind=row[2],
        round=row[3],
        model=row[4],
        content=json.loads(row[5]),
        created_at=row[6],
    )


def publication(row: Row, *, is_new: bool) -> Publication:
    """A `find_publication` row."""
    return Publication(
        item_id=row[0],
        sink=row[1],
        key=row[2],
        status=PublicationStatus(row[3]),
        intent_at=row[4],
        location=row[5],
        is_new=is_new,
    )


def stored_answer(row: Row) -> StoredAnswer:
    """A `find_answer` row."""
    return StoredAnswer(
        call_id=row[0], model=row[1], provider=row[2], answer=row[3], usage=Usage(*row[4:9]), cost_micro=row[9]
    )


def batch(row: Row, calls: Iterable[Row]) -> Batch:
    """An `open_batches` row with its `calls_of_batch` rows."""
    waiting = tuple(BatchedCall(call_id=call[0], item_id=call[1], request_hash=call[2]) for call in calls)
    return Batch(id=row[0], endpoint=row[1], vendor_id=row[2], created_at=row[3], next_poll_at=row[4], calls=waiting)


def source(row: Row) -> Source:
    """A `find_source` or `due_sources` row."""
    return Source(
        id=row[0],
        kind=row[1],
        address=row[2],
        name=row[3],
        origin=row[4],
        every_seconds=row[5],
        tags=_tags(row[6]),
        is_enabled=bool(row[7]),
        settings=_object(row[8]),
        fetch=_fetch_state(row[9:24]),
        created_at=row[24],
    )


def fetch_parameters(fetch: FetchState) -> dict[str, Any]:
    """What `write_fetch_state` takes."""
    return {
        "title": fetch.extra.get("title") or None,
        "etag": fetch.etag,
        "last_modified": fetch.last_modified,
        "body_hash": fetch.body_hash,
        "next_fetch_at": fetch.next_fetch_at,
        "next_fetch_reason": fetch.next_fetch_reason,
        "last_fetch_at": fetch.last_fetch_at,
        "last_success_at": fetch.last_success_at,
        "last_item_at": fetch.last_item_at,
        "errors_in_row": fetch.errors_in_row,
        "last_error": fetch.last_error,
        "moved_to": fetch.moved_to,
        "moved_count": fetch.moved_count,
        "is_gone": fetch.is_gone,
        "interval_seconds": fetch.interval_seconds,
        "extra": to_json(dict(fetch.extra)),
    }


def source_parameters(new: NewSource) -> dict[str, Any]:
    """What a source is by its description."""
    return {
        "kind": new.kind,
        "address": new.address,
        "name": new.name or new.address,
        "every_seconds": new.every_seconds,
        "tags": to_json(new.tags),
        "is_enabled": new.is_enabled,
        "settings": to_json(dict(new.settings)),
    }


def first_status(call: NewCall) -> CallStatus:
    """As what a call is entered that has no answer yet."""
    return CallStatus.BATCHED if call.kind is CallKind.BATCH else CallStatus.SENT


def call_row(call: NewCall) -> Row:
    """The first columns of `insert_settled` and `begin_call`."""
    return (
        call.item_id,
        call.brain,
        call.task,
        call.provider,
        call.model,
        call.request_hash,
        call.kind.value,
        call.attempt,
        call.round,
        call.epoch,
        call.reserved_micro,
        to_json(dict(call.fingerprint)) if call.fingerprint else "{}",
    )


def settlement_row(settlement: Settlement) -> Row:
    """The next columns of `insert_settled`, and the first of `settle_call`."""
    usage = settlement.usage
    return (
        settlement.status.value,
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
        settlement.cost_micro,
        settlement.saved_micro,
        None if settlement.price is None else to_json(dict(settlement.price)),
        None if settlement.price is None else settlement.price.get("source"),
        settlement.latency_ms,
        settlement.first_token_ms,
        settlement.answer and writable(settlement.answer),
        settlement.error and writable(settlement.error),
    )


def _fetch_state(row: Row) -> FetchState:
    return FetchState(
        etag=row[0],
        last_modified=row[1],
        body_hash=row[2],
        next_fetch_at=row[3],
        next_fetch_reason=row[4],
        last_fetch_at=row[5],
        last_success_at=row[6],
        last_item_at=row[7],
        errors_in_row=row[8],
        last_error=row[9],
        moved_to=row[10],
        moved_count=row[11],
        is_gone=bool(row[12]),
        interval_seconds=row[13],
        extra=_object(row[14]),
    )


def _tags(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(json.loads(text))


def _object(text: str) -> Mapping[str, Any]:
    return {} if text == "{}" else json.loads(text)
