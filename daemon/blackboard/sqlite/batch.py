"""One batch in the connection's thread: many operations, one transaction.

It runs twice at most. At first without savepoints, which are not free: an operation that raises before it has changed
anything (a lost claim, a budget that is used up) needs none. When one raises after a change, all is rolled back and the
batch runs again with a savepoint for each operation, so that only its own changes are taken back. An operation may
therefore run twice, and must not touch anything but its transaction.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.faults import translate
from daemon.blackboard.sqlite.files import LONGEST_LOG_BYTES, shorten_log
from daemon.blackboard.sqlite.transaction import PendingEvent, Rows, Transaction, write_rows
from daemon.core.ids import IdSource

T = TypeVar("T")

_COMMITS_BETWEEN_LOOKS = 1000
"""Between two looks at the length of the log."""
_INSERT_EVENT = load_queries("controls")["insert_event"]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_MISUSE = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
    TypeError,
    ValueError,
    OverflowError,
    RecursionError,
)
"""Errors of one operation's values (also: data that is not JSON, text that is not Unicode), not of the file."""


@dataclass(slots=True)
class Entry(Generic[T]):
    """One operation and who waits for it. `abandoned` gets the result when nobody waits any more."""

    operation: Callable[[Transaction], T]
    future: "asyncio.Future[T]"
    abandoned: Callable[[T], None] | None
    result: Any = None
    error: Exception | None = None


@dataclass(slots=True)
class Batch:
    """Operations that commit together, at one time."""

    at: float
    entries: list[Entry[Any]]
    events: list[PendingEvent] = field(default_factory=list)
    rows: Rows = field(default_factory=dict)

    def clear(self) -> None:
        """Forget what a rolled back run added."""
        self.events.clear()
        self.rows.clear()
        for entry in self.entries:
            entry.error = None


class Committer:
    """Commits batches. Everything here runs in the connection's thread."""

    def __init__(self, *, path: Path, ids: IdSource, last_event_id: int) -> None:
        self._path = path
        self._ids = ids
        self._last_event_id = last_event_id
        self.longest_log_bytes = LONGEST_LOG_BYTES
        self.commits = 0

    def commit(self, connection: sqlite3.Connection, batch: Batch) -> None:
        """Commit the batch; afterwards each entry has its result or its error."""
        try:
            try:
                self._run(connection, batch, is_careful=False)
            except _NotAloneError:
                connection.rollback()
                batch.clear()
                self._run(connection, batch, is_careful=True)
        except Exception as error:  # noqa: BLE001 - every caller gets it, and no transaction may stay open
            with suppress(sqlite3.Error):
                connection.rollback()
            batch.clear()
            for entry in batch.entries:
                entry.error = self._translated(error.cause if isinstance(error, _LostTransactionError) else error)
            return
        self._last_event_id += len(batch.events)
        self.commits += 1
        if self.commits % _COMMITS_BETWEEN_LOOKS == 0:
            shorten_log(connection, self._path, longest_bytes=self.longest_log_bytes)

    def _run(self, connection: sqlite3.Connection, batch: Batch, *, is_careful: bool) -> None:
        connection.execute("BEGIN IMMEDIATE")
        do = self._do_carefully if is_careful else self._do
        for entry in batch.entries:
            do(connection, entry, batch)
        if not is_careful:
            try:
                write_rows(connection, batch.rows)
                self._write_events(connection, batch.events, batch=batch, earlier=0)
            except Exception as error:
                if not connection.in_transaction or not isinstance(error, _MISUSE):
                    raise
                raise _NotAloneError from error
        connection.execute("COMMIT")

    def _do(self, connection: sqlite3.Connection, entry: Entry[Any], batch: Batch) -> None:
        before = connection.total_changes
        transaction = Transaction(connection, now=batch.at, ids=self._ids, earlier=batch.rows)
        try:
            entry.result = entry.operation(transaction)
        except Exception as error:
            if not connection.in_transaction:
                raise _LostTransactionError(error) from error
            if connection.total_changes != before:
                raise _NotAloneError from error
            entry.error = self._translated(error)
        else:
            batch.events += transaction.events
            for statement, rows in transaction.rows.items():
                batch.rows.setdefault(statement, []).extend(rows)

    def _do_carefully(self, connection: sqlite3.Connection, entry: Entry[Any], batch: Batch) -> None:
        connection.execute("SAVEPOINT operation")
        transaction = Transaction(connection, now=batch.at, ids=self._ids, earlier={})
        try:
            entry.result = entry.operation(transaction)
            write_rows(connection, transaction.rows)
            self._write_events(connection, transaction.events, batch=batch, earlier=len(batch.events))
        except Exception as error:
            if not connection.in_transaction:
                raise _LostTransactionError(error) from error
            connection.execute("ROLLBACK TO operation")
            entry.error = self._translated(error)
        else:
            batch.events += transaction.events
        connection.execute("RELEASE operation")

    def _write_events(
        self, connection: sqlite3.Connection, events: list[PendingEvent], *, batch: Batch, earlier: int
    ) -> None:
        """Number the events after the `earlier` ones of their batch, and write them."""
        for number, event in enumerate(events, self._last_event_id + earlier + 1):
            event.id = number
        if events:
            connection.executemany(_INSERT_EVENT, _event_rows(events, at=batch.at))

    def _translated(self, error: Exception) -> Exception:
        if not isinstance(error, sqlite3.Error):
            return error
        ours = translate(error, self._path)
        ours.__cause__ = error
        return ours


class _LostTransactionError(Exception):
    """SQLite itself rolled the whole transaction back (a full disk, an I/O error)."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _NotAloneError(Exception):
    """An operation failed after it had changed something, so its changes must be told from those of the others."""


def _event_rows(events: list[PendingEvent], *, at: float) -> Iterator[tuple[Any, ...]]:
    last: dict[str, Any] = {}
    text = "{}"
    for event in events:
        # The events of one claim share their data, so it is written out once.
        if event.data is not last:
            last = event.data
            text = _encode(last) if last else "{}"
        yield (event.id, at, event.type, event.item_id, event.from_state, event.to_state, text)
