"""What waits may go on: the verb that ends a wait, and the wait for a batch that has ended meanwhile."""

from collections.abc import Sequence
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.rows import to_json
from daemon.blackboard.sqlite.transaction import Transaction

_ITEMS = load_queries("items")
_BATCHES = load_queries("batches")
_SOURCES = load_queries("sources")


def wake(transaction: Transaction, *, waits_for: str, ids: Sequence[str] | None) -> int:
    """Let unclaimed items that wait for this be claimed now; answers how many that are. Sources are read, too."""
    values = {"waits_for": waits_for, "now": transaction.now}
    if ids is None:
        woken = transaction.execute(_ITEMS["wake_items"], values).rowcount
        _wake_sources(transaction, values)
    else:
        woken = transaction.execute(_ITEMS["wake_these"], values | {"ids": to_json(list(ids))}).rowcount
    if woken > 0:
        transaction.emit("items_woken", data={"waits_for": waits_for, "items": woken})
    return max(0, int(woken))


def _wake_sources(transaction: Transaction, values: dict[str, Any]) -> None:
    woken = transaction.execute(_SOURCES["wake_sources"], values).rowcount
    if woken > 0:
        transaction.emit("sources_woken", data={"waits_for": values["waits_for"], "sources": woken})


def has_ended_meanwhile(transaction: Transaction, *, item_id: str, waits_for: str) -> bool:
    """The batch an item is about to wait for has ended already, so nothing would wake it."""
    if waits_for != "batch":
        return False
    return transaction.execute(_BATCHES["waits_in_batch"], {"item_id": item_id}).fetchone() is None
