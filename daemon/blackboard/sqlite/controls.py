"""Switches, events that no verb makes, and what the memory has taken in."""

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.rows import to_json
from daemon.blackboard.sqlite.transaction import PendingEvent, Transaction

_CONTROLS = load_queries("controls")
_ITEMS = load_queries("items")


def set_control(transaction: Transaction, *, key: str, value: str | None, by: str) -> None:
    """Set or clear a switch; the same value again is no event."""
    if get_control(transaction, key=key) != value:
        _write(transaction, key=key, value=value, by=by)
        transaction.emit("control_set", data={"key": key, "value": value, "by": by})


def write_vital(transaction: Transaction, *, key: str, value: str) -> None:
    """A switch without an event, for what changes every few seconds."""
    _write(transaction, key=key, value=value, by="daemon")


def get_control(transaction: Transaction, *, key: str) -> str | None:
    """A switch."""
    row = transaction.execute(_CONTROLS["get_control"], {"key": key}).fetchone()
    return None if row is None else str(row[0])


def record_event(transaction: Transaction, *, type_: str, item_id: str | None, data: Mapping[str, Any]) -> PendingEvent:
    """Append an event; it has its id once the transaction is committed."""
    return transaction.emit(type_, item_id=item_id, data=dict(data))


def unremembered(transaction: Transaction, *, limit: int) -> list[str]:
    """Published items that are not in the memory yet."""
    return [row[0] for row in transaction.execute(_ITEMS["unremembered"], {"limit": limit})]


def mark_remembered(transaction: Transaction, *, ids: Sequence[str]) -> None:
    """They are in the memory now."""
    transaction.execute(_ITEMS["mark_remembered"], {"ids": to_json(list(ids)), "now": transaction.now})


def forget_remembered(transaction: Transaction) -> int:
    """None is in the memory any more; answers how many there are to remember."""
    transaction.execute(_ITEMS["forget_remembered"])
    return int(transaction.execute(_ITEMS["count_unremembered"]).fetchone()[0])


def _write(transaction: Transaction, *, key: str, value: str | None, by: str) -> None:
    query = "clear_control" if value is None else "set_control"
    transaction.execute(_CONTROLS[query], {"key": key, "value": value, "by": by, "now": transaction.now})
