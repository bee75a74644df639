"""The single writer: verbs from many coroutines, committed together, in one crossing to the connection's thread.

What arrives while a batch is being committed makes the next batch; nobody waits for others to come. Each operation has
a savepoint of its own, so one that raises takes back only its own changes. When the commit fails, all of the batch fail
and nothing is changed. Cancelling a caller does not cancel its write.
"""

import asyncio
import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import aiosqlite

from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.faults import translate
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError
from daemon.core.events import Emitter, Event
from daemon.core.ids import IdSource

P = ParamSpec("P")
T = TypeVar("T")

MAX_BATCH = 256
_CONTROLS = load_queries("controls")
_EMPTY = "{}"


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
    """What an operation works with: the connection inside its savepoint, the time, fresh ids, its events."""

    __slots__ = ("connection", "events", "execute", "executemany", "ids", "now")

    def __init__(self, connection: sqlite3.Connection, *, now: float, ids: IdSource) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.executemany = connection.executemany
        self.now = now
        self.ids = ids
        self.events: list[PendingEvent] = []

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


@dataclass(slots=True)
class _Waiting(Generic[T]):
    operation: Callable[[Transaction], T]
    future: "asyncio.Future[T]"
    abandoned: Callable[[T], None] | None
    result: Any = None
    error: Exception | None = None


@dataclass(slots=True)
class _Batch:
    at: float
    entries: list[_Waiting[Any]]
    events: list[PendingEvent] = field(default_factory=list)


class GroupWriter:
    """Runs operations on the connection, as many to a transaction as are there."""

    def __init__(
        self,
        connection: aiosqlite.Connection,
        *,
        path: Path,
        clock: Clock,
        ids: IdSource,
        emitter: Emitter | None,
        last_event_id: int,
    ) -> None:
        self._connection = connection
        self._path = path
        self._clock = clock
        self._ids = ids
        self._emitter = emitter
        self._last_event_id = last_event_id
        self._queue: deque[_Waiting[Any]] = deque()
        self._arrived = asyncio.Event()
        self._is_closing = False
        self.commits = 0
        """How many transactions were committed since the board was opened."""
        self._task = asyncio.create_task(self._work(), name="blackboard writer")

    async def run(self, operation: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `operation` in a transaction; returns after the commit. It may only touch the transaction."""
        return await self.submit(lambda transaction: operation(transaction, *args, **kwargs))

    def submit(
        self, operation: Callable[[Transaction], T], *, abandoned: Callable[[T], None] | None = None
    ) -> "asyncio.Future[T]":
        """Like `run`, without waiting. `abandoned` gets the result when nobody waits for it any more."""
        if self._is_closing:
            raise BlackboardError("the board is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(operation, future, abandoned))
        self._arrived.set()
        return future

    async def close(self) -> None:
        """Write what waits, then stop."""
        self._is_closing = True
        self._arrived.set()
        await asyncio.wait([self._task])

    async def _work(self) -> None:
        while self._queue or not self._is_closing:
            if not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            batch = _Batch(self._clock.now(), [self._queue.popleft() for _ in range(min(MAX_BATCH, len(self._queue)))])
            try:
                await cross(self._connection, partial(self._commit, batch))
            except asyncio.CancelledError:
                _cancel([*batch.entries, *self._queue])
                self._is_closing = True
                raise
            except Exception as error:  # noqa: BLE001 - the writer must outlive any batch; every caller gets the error
                self._fail(batch, error)
            self._answer(batch)

    def _answer(self, batch: _Batch) -> None:
        for entry in batch.entries:
            if entry.future.cancelled():
                if entry.abandoned and entry.error is None:
                    entry.abandoned(entry.result)
            elif entry.error is not None:
                entry.future.set_exception(entry.error)
            else:
                entry.future.set_result(entry.result)
        if self._emitter is not None:
            for event in batch.events:
                self._tell(self._emitter, event, batch.at)

    def _tell(self, emitter: Emitter, event: PendingEvent, at: float) -> None:
        told = Event(event.type, at, event.id, event.item_id, event.from_state, event.to_state, event.data)
        try:
            emitter.emit(told)
        except Exception as error:  # noqa: BLE001 - a bad listener must not stop the writer
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"a listener failed on {event.type}", "exception": error}
            )

    # --- in the connection's thread ---

    def _commit(self, batch: _Batch) -> None:
        connection = self._connection._conn  # noqa: SLF001 - see `cross`
        try:
            connection.execute("BEGIN IMMEDIATE")
            for entry in batch.entries:
                self._do(connection, entry, batch)
            self._write_events(connection, batch)
            connection.execute("COMMIT")
        except (sqlite3.Error, _LostTransactionError) as error:
            with suppress(sqlite3.Error):
                connection.rollback()
            self._fail(batch, error)
            return
        self._last_event_id += len(batch.events)
        self.commits += 1

    def _do(self, connection: sqlite3.Connection, entry: _Waiting[Any], batch: _Batch) -> None:
        connection.execute("SAVEPOINT operation")
        transaction = Transaction(connection, now=batch.at, ids=self._ids)
        try:
            entry.result = entry.operation(transaction)
        except Exception as error:
            if not connection.in_transaction:
                raise _LostTransactionError(error) from error
            connection.execute("ROLLBACK TO operation")
            entry.error = self._translated(error) if isinstance(error, sqlite3.Error) else error
        else:
            batch.events += transaction.events
        connection.execute("RELEASE operation")

    def _fail(self, batch: _Batch, error: Exception) -> None:
        batch.events.clear()
        cause = error.args[0] if isinstance(error, _LostTransactionError) else error
        for entry in batch.entries:
            entry.error = self._translated(cause)

    def _translated(self, error: Exception) -> Exception:
        ours = translate(error, self._path)
        ours.__cause__ = error
        return ours

    def _write_events(self, connection: sqlite3.Connection, batch: _Batch) -> None:
        for number, event in enumerate(batch.events, self._last_event_id + 1):
            event.id = number
        if batch.events:
            connection.executemany(_CONTROLS["insert_event"], _event_rows(batch))


class _LostTransactionError(Exception):
    """SQLite itself rolled the whole transaction back (a full disk, an I/O error); its argument is the error."""


async def cross(connection: aiosqlite.Connection, function: Callable[[], T]) -> T:
    """Run `function` in the connection's thread, in one crossing.

    aiosqlite has no public way to do more than one statement at once, and a crossing for each costs more than the
    statement. So this is the one place that uses its private `_execute` and `_conn`; a test guards both.
    """
    result: T = await connection._execute(function)  # type: ignore[no-untyped-call]  # noqa: SLF001 - said above
    return result


def _event_rows(batch: _Batch) -> Iterable[tuple[Any, ...]]:
    last: dict[str, Any] | None = None
    text = _EMPTY
    for event in batch.events:
        # The events of one claim share their data, so it is written out once.
        if event.data is not last:
            last = event.data
            text = json.dumps(last, ensure_ascii=False) if last else _EMPTY
        yield (event.id, batch.at, event.type, event.item_id, event.from_state, event.to_state, text)


def _cancel(entries: Iterable[_Waiting[Any]]) -> None:
    for entry in entries:
        entry.future.cancel()
