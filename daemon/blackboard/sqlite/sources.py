"""The sources: those of the configuration, those that people add, and what sensors keep between polls."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from daemon.blackboard.budgets import period_start
from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import FetchState, NewSource, Observation, Posted, Source
from daemon.blackboard.sqlite import rows
from daemon.blackboard.sqlite.posting import post
from daemon.blackboard.sqlite.rows import Row
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.errors import BudgetExceededError, NotFoundError

_SOURCES = load_queries("sources")
_SENSES = load_queries("senses")
_NOTEWORTHY = frozenset({"failed", "gone"})
_WAITING = "waiting"


def add_source(transaction: Transaction, *, source: NewSource, by: str) -> Source:
    """Add a source, or answer the one at this address; one that was removed or dropped is taken up again."""
    before = _standing(transaction, "standing_at", address=source.address)
    if before is None:
        source_id = _insert(transaction, source, origin="added", configured_address=None)
        _tell(transaction, "source_added", source_id, address=source.address, by=by)
        return find_source(transaction, source_id)
    if before["removed_at"] is not None or _is_dropped(before):
        transaction.execute(_SOURCES["take_up_source"], {**rows.source_parameters(source), "id": before["id"]})
        _tell(transaction, "source_added", before["id"], address=source.address, by=by)
    return find_source(transaction, before["id"])


def set_source_enabled(transaction: Transaction, *, source_id: int, is_enabled: bool, by: str) -> None:
    """Switch a source on or off; a person's word stands over the configuration's."""
    before = _require(transaction, source_id)
    query = "enable_source" if is_enabled else "disable_source"
    transaction.execute(_SOURCES[query], {"id": source_id, "now": transaction.now})
    if bool(before["is_enabled"]) != is_enabled or (is_enabled and before["is_gone"]):
        type_ = "source_enabled" if is_enabled else "source_disabled"
        _tell(transaction, type_, source_id, address=before["address"], by=by)


def remove_source(transaction: Transaction, *, source_id: int, by: str) -> None:
    """Take a source off the board."""
    before = _require(transaction, source_id)
    transaction.execute(_SOURCES["remove_source"], {"id": source_id, "now": transaction.now})
    _tell(transaction, "source_removed", source_id, address=before["address"], by=by)


def due_sources(transaction: Transaction, *, limit: int, is_all: bool) -> list[Source]:
    """Enabled sources whose time has come, or all enabled ones."""
    until = math.inf if is_all else transaction.now
    return [rows.source(row) for row in transaction.execute(_SOURCES["due_sources"], {"until": until, "limit": limit})]


def next_fetch_at(transaction: Transaction) -> float | None:
    """When the next enabled source is due."""
    found: float | None = transaction.execute(_SOURCES["next_fetch_at"]).fetchone()[0]
    return found


def find_source(transaction: Transaction, source_id: int) -> Source:
    """One source. Raises `NotFoundError`."""
    row = transaction.execute(_SOURCES["find_source"], {"id": source_id}).fetchone()
    if row is None:
        raise NotFoundError(f"there is no source {source_id}")
    return rows.source(row)


def record_fetch(
    transaction: Transaction,
    *,
    source_id: int,
    fetch: FetchState,
    observations: Sequence[Observation],
    event: Mapping[str, Any],
) -> list[Posted]:
    """Post what a poll saw and keep what its sensor wants to keep; nothing, when the source was removed meanwhile."""
    standing = _standing(transaction, "standing_of", id=source_id)
    if standing is not None and standing["removed_at"] is not None:
        return []
    posted = post(transaction, observations=observations, source_id=source_id, by="sensor")
    is_waiting = event.get("outcome") == _WAITING
    waits_for = BudgetExceededError.waits_for if is_waiting else event.get("waits_for")
    transaction.execute(
        _SOURCES["write_fetch_state"], {**rows.fetch_parameters(fetch), "id": source_id, "waits_for": waits_for}
    )
    told = {key: value for key, value in event.items() if key != "waits_for"}
    data = {**told, "source_id": source_id, "new": sum(one.is_new for one in posted)}
    if moved_to := event.get("moved_to"):
        # Two sources cannot have one address; then this one stays where it is and says so.
        moved = transaction.execute(_SOURCES["move_source"], {"id": source_id, "address": moved_to})
        data["is_moved"] = moved.rowcount == 1
    is_told = data["new"] or moved_to or event.get("left_out")
    if is_told or _is_noteworthy(transaction, source_id, outcome=event.get("outcome")):
        transaction.emit("source_polled", data=data)
    return posted


def _is_noteworthy(transaction: Transaction, source_id: int, *, outcome: str | None) -> bool:
    """Trouble always is; that a source waits for its budget, once a day (UTC), for it waits until midnight mostly."""
    if outcome != _WAITING:
        return outcome in _NOTEWORTHY
    since = period_start("day", at=transaction.now)
    # Newest first and row by row: what was told today stands in the first few.
    for at, told in transaction.execute(_SENSES["readings_told"], {"source_id": source_id}):
        if at < since:
            return True
        if told == _WAITING:
            return False
    return True


def sync_sources(transaction: Transaction, *, sources: Sequence[NewSource]) -> None:
    """Make the sources of the configuration equal to these.

    A source is known again by the address under which it was configured, wherever it has moved since, else by the one
    it has. What a person said about it (enabled, disabled, removed) stands as long as the configuration keeps it.
    """
    before = [_named(row) for row in transaction.execute(_SOURCES["standing"])]
    kept: set[int] = set()
    for source in sources:
        known = _known(before, source)
        if known is None:
            source_id = _insert(transaction, source, origin="config", configured_address=source.address)
            _tell(transaction, "source_added", source_id, address=source.address, by="config")
            kept.add(source_id)
        elif known["id"] not in kept:
            _configure(transaction, source, known)
            kept.add(known["id"])
    for gone in before:
        if gone["is_configured"] and gone["id"] not in kept:
            _drop(transaction, gone)


def _known(before: list[dict[str, Any]], source: NewSource) -> dict[str, Any] | None:
    for column in ("configured_address", "address"):
        for one in before:
            if one[column] == source.address and (one["kind"] == source.kind or column == "address"):
                return one
    return None


def _configure(transaction: Transaction, source: NewSource, known: dict[str, Any]) -> None:
    returns = not known["is_configured"]
    wanted = None if returns and known["origin"] == "config" else known["is_wanted"]
    removed_at = None if returns else known["removed_at"]
    is_enabled = removed_at is None and (source.is_enabled if wanted is None else bool(wanted))
    parameters = {**rows.source_parameters(source), "id": known["id"], "removed_at": removed_at}
    transaction.execute(_SOURCES["configure_source"], {**parameters, "is_enabled": is_enabled})
    if is_enabled != bool(known["is_enabled"]):
        type_ = "source_enabled" if is_enabled else "source_disabled"
        _tell(transaction, type_, known["id"], address=known["address"], by="config")


def _drop(transaction: Transaction, gone: dict[str, Any]) -> None:
    transaction.execute(_SOURCES["leave_configuration"], {"id": gone["id"]})
    if gone["is_enabled"]:
        _tell(transaction, "source_disabled", gone["id"], address=gone["address"], by="config")


def _insert(transaction: Transaction, source: NewSource, *, origin: str, configured_address: str | None) -> int:
    parameters = {
        **rows.source_parameters(source),
        "origin": origin,
        "configured_address": configured_address,
        "is_configured": configured_address is not None,
        "now": transaction.now,
    }
    return int(transaction.execute(_SOURCES["insert_source"], parameters).lastrowid or 0)


def _standing(transaction: Transaction, query: str, **wanted: Any) -> dict[str, Any] | None:
    row = transaction.execute(_SOURCES[query], wanted).fetchone()
    return None if row is None else _named(row)


def _named(row: Row) -> dict[str, Any]:
    names = (
        "id",
        "kind",
        "address",
        "configured_address",
        "is_configured",
        "origin",
        "is_enabled",
        "is_wanted",
        "is_gone",
        "removed_at",
    )
    return dict(zip(names, row, strict=True))


def _require(transaction: Transaction, source_id: int) -> dict[str, Any]:
    found = _standing(transaction, "standing_of", id=source_id)
    if found is None or found["removed_at"] is not None:
        raise NotFoundError(f"there is no source {source_id}")
    return found


def _is_dropped(before: dict[str, Any]) -> bool:
    return before["origin"] == "config" and not before["is_configured"]


def _tell(transaction: Transaction, type_: str, source_id: int, *, address: str, by: str) -> None:
    transaction.emit(type_, data={"source_id": source_id, "address": address, "by": by})
