"""The engine on SQLite: thin, every verb is a function of its own that the writer runs in a transaction."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

from daemon.blackboard.records import (
    Claim,
    FetchState,
    NewSource,
    Observation,
    Posted,
    Publication,
    PublicationStatus,
    Source,
)
from daemon.blackboard.sqlite import backing_up, controls, files, ledger, publications
from daemon.blackboard.sqlite import sources as source_verbs
from daemon.blackboard.sqlite.batch import Committer
from daemon.blackboard.sqlite.faults import translated
from daemon.blackboard.sqlite.feedback_verbs import FeedbackVerbs
from daemon.blackboard.sqlite.item_verbs import ItemVerbs
from daemon.blackboard.sqlite.ledger_verbs import LedgerVerbs
from daemon.blackboard.sqlite.lock import Holder
from daemon.blackboard.sqlite.opening import OpenFile, open_file
from daemon.blackboard.sqlite.sense_verbs import SenseVerbs
from daemon.blackboard.sqlite.writer import GroupWriter, cross
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError
from daemon.core.events import Emitter, Event
from daemon.core.ids import IdSource


class SqliteEngine(ItemVerbs, LedgerVerbs, FeedbackVerbs, SenseVerbs):
    """The board in one SQLite file, for its one writer. Made by `open_board`; `async with` closes it."""

    def __init__(self, file: OpenFile, writer: GroupWriter) -> None:
        super().__init__(writer)
        self._file = file
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def path(self) -> Path:
        """The database file."""
        return self._file.path

    @property
    def commits(self) -> int:
        """How many transactions were committed since the board was opened."""
        return self._writer.commits

    def set_address(self, address: str | None) -> None:
        """Tell in the lock file where this writer listens."""
        self._file.lock.set_address(address)

    # --- publications ---

    async def intend(self, claim: Claim, *, sink: str, key: str) -> Publication:
        """Commit the intent to publish. One that certainly failed becomes new again."""
        return await self._writer.run(publications.intend, claim=claim, sink=sink, key=key)

    async def settle_publication(
        self, claim: Claim, *, key: str, status: PublicationStatus, location: str | None = None
    ) -> None:
        """Enter what became of it; what is done stays done."""
        await self._writer.run(publications.settle, claim=claim, key=key, status=status, location=location)

    async def unremembered(self, *, limit: int) -> list[str]:
        """Published items that are not in the memory yet, oldest first."""
        return await self._writer.run(controls.unremembered, limit=limit)

    async def mark_remembered(self, ids: Sequence[str]) -> None:
        """They are in the memory now."""
        await self._writer.run(controls.mark_remembered, ids=ids)

    async def forget_remembered(self) -> int:
        """None is in the memory any more; answers how many there are to remember."""
        return await self._writer.run(controls.forget_remembered)

    # --- sources ---

    async def sync_sources(self, sources: Sequence[NewSource]) -> None:
        """Make the sources of origin `config` equal to these."""
        await self._writer.run(source_verbs.sync_sources, sources=sources)

    async def add_source(self, source: NewSource, *, by: str) -> Source:
        """Add one, or answer the one with the same address."""
        return await self._writer.run(source_verbs.add_source, source=source, by=by)

    async def set_source_enabled(self, source_id: int, *, is_enabled: bool, by: str) -> None:
        """Enable or disable one. Raises `NotFoundError`."""
        await self._writer.run(source_verbs.set_source_enabled, source_id=source_id, is_enabled=is_enabled, by=by)

    async def remove_source(self, source_id: int, *, by: str) -> None:
        """Remove one. Raises `NotFoundError`."""
        await self._writer.run(source_verbs.remove_source, source_id=source_id, by=by)

    async def due_sources(self, *, limit: int, is_all: bool = False) -> list[Source]:
        """Enabled sources whose time has come."""
        return await self._writer.run(source_verbs.due_sources, limit=limit, is_all=is_all)

    async def next_fetch_at(self) -> float | None:
        """When the next enabled source is due."""
        return await self._writer.run(source_verbs.next_fetch_at)

    async def record_fetch(
        self, source_id: int, *, fetch: FetchState, observations: Sequence[Observation], event: Mapping[str, Any]
    ) -> list[Posted]:
        """One poll in one transaction."""
        return await self._writer.run(
            source_verbs.record_fetch, source_id=source_id, fetch=fetch, observations=observations, event=event
        )

    # --- the rest ---

    async def record_event(self, type_: str, *, item_id: str | None = None, data: Mapping[str, Any]) -> int:
        """Append an event that no verb makes; answers its id."""
        event = await self._writer.run(controls.record_event, type_=type_, item_id=item_id, data=data)
        return event.id

    async def set_control(self, key: str, value: str | None, *, by: str) -> None:
        """Set or clear a switch."""
        await self._writer.run(controls.set_control, key=key, value=value, by=by)

    async def write_vital(self, key: str, value: str) -> None:
        """Set a switch without an event."""
        await self._writer.run(controls.write_vital, key=key, value=value)

    async def get_control(self, key: str) -> str | None:
        """A switch, or None."""
        return await self._writer.run(controls.get_control, key=key)

    async def backup(self, path: Path) -> None:
        """Copy the live board to a new file, while it is written. Raises `BlackboardError` when `path` exists."""
        if self._is_closed:
            raise BlackboardError("the board is closed")
        with translated(path):
            await asyncio.to_thread(backing_up.copy, self._file.path, path)

    async def close(self) -> None:
        """Write what waits, checkpoint, free the lock."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._writer.close()
        connection = self._file.connection
        try:
            with translated(self._file.path):
                await cross(connection, partial(files.checkpoint, connection._conn))  # noqa: SLF001 - see `cross`
        finally:
            await connection.close()
            self._file.lock.free()


async def open_board(
    *,
    home: Path,
    clock: Clock,
    ids: IdSource,
    boot_id: str,
    synchronous: str = "full",
    emitter: Emitter | None = None,
    address: str | None = None,
) -> SqliteEngine:
    """Open `home/blackboard.db` as its one writer, made or migrated when needed.

    Calls that a former process sent and never settled become UNCONFIRMED. Raises `WriterLockedError` (pid, address)
    when another process is the writer, `ForeignBoardError`, `BoardReadOnlyError`, `CorruptBoardError`, ….
    A large board of an older schema takes its time: `board_migrating` says so before.
    """
    holder = Holder(pid=os.getpid(), boot_id=boot_id, started_at=clock.now(), address=address)
    tell = partial(_tell_of_upgrade, emitter, clock)
    file = await open_file(home=home, holder=holder, synchronous=synchronous, before_upgrade=tell)
    committer = Committer(path=file.path, ids=ids, last_event_id=file.last_event_id)
    writer = GroupWriter(file.connection, committer=committer, clock=clock, emitter=emitter)
    engine = SqliteEngine(file, writer)
    try:
        await writer.run(ledger.leave_unconfirmed)
    except BaseException:
        await engine.close()
        raise
    return engine


def _tell_of_upgrade(emitter: Emitter | None, clock: Clock, upgrade: files.Upgrade) -> None:
    if emitter is None:
        return
    told = {"schema": upgrade.schema, "to": upgrade.to, "gigabytes": round(upgrade.size / 1e9, 1)}
    emitter.emit(Event("board_migrating", clock.now(), data=told | {"about_seconds": upgrade.about_seconds}))
