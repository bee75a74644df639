"""What an operation works with, and what waits for the commit of its batch."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daemon.core.ids import IdSource

Rows = dict[str, list[Sequence[Any]]]
"""Rows to insert, by statement."""


@dataclass(slots=True)
class PendingEvent:
    """An event that is written when its batch commits; only then does it have an id."""

    type: str
    item_id: str | None
    from_state: str | None
    to_state: str | None
    data: dict[str, Any]
    id: int = 0


class Transaction:
    """One operation's view of its batch: the connection, the time, fresh ids, and what it adds.

    An operation should look before it writes: one that raises before its first change costs its batch nothing.
    """

    __slots__ = ("_earlier", "connection", "events", "execute", "executemany", "ids", "now", "rows")

    def __init__(self, connection: sqlite3.Connection, *, now: float, ids: IdSource, earlier: Rows) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.executemany = connection.executemany
        self.now = now
        self.ids = ids
        self.events: list[PendingEvent] = []
        self.rows: Rows = {}
        self._earlier = earlier

    def insert(self, statement: str, row: Sequence[Any]) -> None:
        """Insert a row nobody in this operation reads; the rows of a batch go in together, in order."""
        self.rows.setdefault(statement, []).append(row)

    def bring_in(self) -> None:
        """Write what earlier operations of the batch inserted, before reading a table that `insert` is used for."""
        write_rows(self.connection, self._earlier)

    def emit(
        self,
        type_: str,
        *,
        item_id: str | None = None,
        from_state: str | None = None,
        to_state: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> PendingEvent:
        """Write an event with the change it tells of."""
        event = PendingEvent(type_, item_id, from_state, to_state, data or {})
        self.events.append(event)
        return event


def write_rows(connection: sqlite3.Connection, rows: Rows) -> None:
    """Insert the rows and forget them."""
    for statement, values in rows.items():
        connection.executemany(statement, values)
    rows.clear()
