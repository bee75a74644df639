"""What waits for a time of day, when the clock that tells it is put right.

A process that runs knows by how much the clock was moved, and shifts what waits (`bring_forward`, `await_longer`).
After a start only the rows can tell: what was written later than now was written by a clock that was ahead, and the
wait it began then begins now (`restart_waits`). So nothing ever waits longer than it was meant to.
"""

import json
from collections.abc import Callable
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.controls import set_control
from daemon.blackboard.sqlite.transaction import Transaction

_ITEMS = load_queries("items")
_SOURCES = load_queries("sources")
_SENSES = load_queries("senses")
_CONTROLS = load_queries("controls")


def bring_forward(transaction: Transaction, *, seconds: float) -> int:
    """Let items, sources and switches wait so much less, but for nothing that is due already."""
    values = {"seconds": seconds, "now": transaction.now}
    count = int(transaction.execute(_ITEMS["bring_items_forward"], values).rowcount)
    transaction.execute(_SOURCES["bring_sources_forward"], values)
    _end_switches(transaction, lambda until, _: until - seconds)
    transaction.emit("clock_set_back", data={"seconds": round(seconds, 1), "items": count})
    return count


def restart_waits(transaction: Transaction) -> int:
    """Begin anew what a clock ahead of this one began; answers how many items, sources and switches that are."""
    now = transaction.now
    items = int(transaction.execute(_ITEMS["restart_item_waits"], {"now": now}).rowcount)
    sources = int(transaction.execute(_SOURCES["restart_source_waits"], {"now": now}).rowcount)
    switches = _end_switches(transaction, lambda until, set_at: now + until - set_at if set_at > now else until)
    if items or sources or switches:
        data = {"items": items, "sources": sources, "switches": switches}
        transaction.emit("clock_was_ahead", data=data)
    return items + sources + switches


def await_longer(transaction: Transaction, *, seconds: float, within: float) -> int:
    """Let what waits for its article wait on, `within` seconds from now at most."""
    values = {"seconds": seconds, "within": within, "now": transaction.now}
    count = int(transaction.execute(_SENSES["await_longer"], values).rowcount)
    if count:
        transaction.emit("clock_set_forward", data={"seconds": round(seconds, 1), "items": count})
    return count


def _end_switches(transaction: Transaction, end: Callable[[float, float], float]) -> int:
    """Give switches that end at a time another one, which `end` makes of that and of when they were set."""
    count = 0
    for key, value, by, set_at in transaction.execute(
        _CONTROLS["ending_switches"], {"now": transaction.now}
    ).fetchall():
        document: dict[str, Any] = json.loads(value)
        until = end(document["until"], set_at)
        if until != document["until"]:
            set_control(transaction, key=key, value=json.dumps({**document, "until": until}), by=by)
            count += 1
    return count
