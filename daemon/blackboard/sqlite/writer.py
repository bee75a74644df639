"""The single writer: verbs from many coroutines, committed together, in one crossing to the connection's thread.

What arrives while a batch is being committed makes the next batch; nobody waits for others to come. An operation that
raises takes back only its own changes. When the commit fails, all of the batch fail and nothing is changed. Cancelling
a caller does not cancel its write.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import aiosqlite

from daemon.blackboard.sqlite.batch import Batch, Committer, Entry
from daemon.blackboard.sqlite.transaction import PendingEvent, Transaction
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError
from daemon.core.events import Emitter, Event

P = ParamSpec("P")
T = TypeVar("T")

MAX_BATCH = 256


class GroupWriter:
    """Runs operations on the connection, as many to a transaction as are there."""

    def __init__(
        self, connection: aiosqlite.Connection, *, committer: Committer, clock: Clock, emitter: Emitter | None
    ) -> None:
        self._connection = connection
        self._committer = committer
        self._clock = clock
        self._emitter = emitter
        self._queue: deque[Entry[Any]] = deque()
        self._arrived = asyncio.Event()
        self._is_closing = False
        self._task = asyncio.create_task(self._work(), name="blackboard writer")

    @property
    def commits(self) -> int:
        """How many transactions were committed since the board was opened."""
        return self._committer.commits

    async def run(self, operation: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `operation` in a transaction; returns after the commit. It may only touch the transaction."""
        return await self.submit(lambda transaction: operation(transaction, *args, **kwargs))

    def submit(
        self, operation: Callable[[Transaction], T], *, abandoned: Callable[[T], None] | None = None
    ) -> "asyncio.Future[T]":
        """Like `run`, without waiting. `abandoned` gets the result when nobody waits for it any more."""
        if self._is_closing:
            raise BlackboardError("the board is closed")
        return self.follow_up(operation, abandoned=abandoned)

    def follow_up(
        self, operation: Callable[[Transaction], T], *, abandoned: Callable[[T], None] | None = None
    ) -> "asyncio.Future[T]":
        """Like `submit`, for what follows from an answer: it is done also while the board is being closed."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(Entry(operation, future, abandoned))
        self._arrived.set()
        return future

    async def close(self) -> None:
        """Write what waits, then stop."""
        self._is_closing = True
        self._arrived.set()
        await asyncio.wait([self._task])

    async def _work(self) -> None:
        try:
            while self._queue or not self._is_closing:
                if self._queue:
                    await self._do_batch()
                else:
                    self._arrived.clear()
                    await self._arrived.wait()
        finally:
            # Also when the event loop is torn down: nobody shall wait for a writer that is gone.
            self._is_closing = True
            _cancel(self._queue)

    async def _do_batch(self) -> None:
        batch = Batch(self._clock.now(), [self._queue.popleft() for _ in range(min(MAX_BATCH, len(self._queue)))])
        try:
            await cross(self._connection, partial(self._commit, batch))
        except asyncio.CancelledError:
            _cancel(batch.entries)
            raise
        except Exception as error:  # noqa: BLE001 - the writer must outlive any batch; every caller gets the error
            _fail(batch, error)
        self._answer(batch)

    def _commit(self, batch: Batch) -> None:
        self._committer.commit(self._connection._conn, batch)  # noqa: SLF001 - see `cross`

    def _answer(self, batch: Batch) -> None:
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
                self._emitter.emit(_told(event, at=batch.at))


async def cross(connection: aiosqlite.Connection, function: Callable[[], T]) -> T:
    """Run `function` in the connection's thread, in one crossing.

    aiosqlite has no public way to do more than one statement at once, and a crossing for each costs more than the
    statement. So this is the one place that uses its private `_execute` and `_conn`; a test guards both.
    """
    result: T = await connection._execute(function)  # type: ignore[no-untyped-call]  # noqa: SLF001 - said above
    return result


def _told(event: PendingEvent, *, at: float) -> Event:
    return Event(event.type, at, event.id, event.item_id, event.from_state, event.to_state, event.data)


def _fail(batch: Batch, error: Exception) -> None:
    batch.clear()
    for entry in batch.entries:
        entry.error = error


def _cancel(entries: Iterable[Entry[Any]]) -> None:
    for entry in entries:
        entry.future.cancel()
