"""The blackboard: states, records, verbs, the single writer, the ledger, the read side.

`open_board`, `read_holder`, `Holder` and `SqliteEngine` load on first use, so that importing the records costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daemon.blackboard.sqlite.engine import SqliteEngine, open_board
    from daemon.blackboard.sqlite.lock import Holder, read_holder

__all__ = ["Holder", "SqliteEngine", "open_board", "read_holder"]

_HOMES = {
    "Holder": "daemon.blackboard.sqlite.lock",
    "SqliteEngine": "daemon.blackboard.sqlite.engine",
    "open_board": "daemon.blackboard.sqlite.engine",
    "read_holder": "daemon.blackboard.sqlite.lock",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
