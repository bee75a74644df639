"""A real board in a folder of its own, with a clock the test owns and short words for what tests do all the time."""

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.blackboard import SqliteEngine, open_board
from daemon.blackboard.records import (
    CallStatus,
    Claim,
    Failure,
    Identity,
    NewArtifact,
    NewCall,
    Observation,
    SettledCall,
    Settlement,
)
from daemon.blackboard.sqlite.writer import cross
from daemon.blackboard.states import State, Step
from daemon.core.events import Emitter, Event
from daemon.core.ids import TimeSortedIds
from tests.fakes.clock import ManualClock

ALL = tuple(Step)
WAY = (State.INGESTING, State.DRAFTING, State.REVIEWING, State.PUBLISHING)
"""The states of the steps, in order."""


@dataclass
class Board:
    """An open board; `told` are the events as listeners got them."""

    engine: SqliteEngine
    clock: ManualClock
    home: Path
    told: list[Event] = field(default_factory=list)

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query answers, as the writer sees it."""
        return await self.engine._writer.run(lambda transaction: transaction.execute(sql, values).fetchall())

    async def pragma(self, sentence: str) -> Any:
        """Set or ask something of the writer's connection, outside any transaction."""
        connection = self.engine._file.connection
        return await cross(connection, lambda: connection._conn.execute(f"PRAGMA {sentence}").fetchone())

    async def item(self, item_id: str, columns: str) -> tuple[Any, ...]:
        """Some columns of one item."""
        return (await self.rows(f"SELECT {columns} FROM items WHERE id = ?", item_id))[0]

    async def events(self, item_id: str) -> list[str]:
        """The types of an item's events, in order."""
        return [row[0] for row in await self.rows("SELECT type FROM events WHERE item_id = ? ORDER BY id", item_id)]

    async def post(self, *names: str, source_id: int | None = None) -> list[str]:
        """Post one observation for each name; answers the item ids."""
        posted = await self.engine.post([seen(name) for name in names], source_id=source_id, by="tester")
        return [one.item_id for one in posted]

    async def claim(self, *, worker: str = "w1", limit: int = 100, steps: tuple[Step, ...] = ALL) -> list[Claim]:
        """Claim for a minute."""
        return await self.engine.claim(worker_id=worker, steps=steps, limit=limit, lease_seconds=60)

    async def claim_one(self, *, worker: str = "w1") -> Claim:
        """Claim exactly one item."""
        (claim,) = await self.claim(worker=worker, limit=1)
        return claim

    async def claim_in(self, state: State) -> Claim:
        """A claim on a fresh item that has come as far as `state`."""
        await self.post(f"to {state} {random.random()}")
        claim = await self.claim_one()
        while claim.item.state is not state:
            await self.engine.advance(claim)
            claim = await self.claim_one()
        return claim

    async def bury_one(self, *, group: str = "g", state: State = State.INGESTING) -> str:
        """A fresh dead letter."""
        claim = await self.claim_in(state)
        await self.engine.bury(claim, failure=failure(group=group))
        return claim.item.id

    async def hold_one(self, *, state: State = State.REVIEWING) -> str:
        """A fresh held item."""
        claim = await self.claim_in(state)
        await self.engine.hold(claim, reason="unsure")
        return claim.item.id

    async def crash(self, *, boot_id: str = "b2", **more: Any) -> "Board":
        """The board as a killed process leaves it, opened again by a new one."""
        home = self.home.with_name(f"{self.home.name}'")
        home.mkdir()
        for name in ("blackboard.db", "blackboard.db-wal"):
            if (self.home / name).exists():
                shutil.copy(self.home / name, home / name)
        await self.engine.close()
        return await open_for_test(home, clock=self.clock, boot_id=boot_id, **more)


async def open_for_test(home: Path, *, clock: ManualClock | None = None, boot_id: str = "b1", **more: Any) -> Board:
    """Open a board in `home`."""
    clock = clock or ManualClock()
    emitter = Emitter()
    ids = TimeSortedIds(clock.now, random.Random(boot_id))
    engine = await open_board(home=home, clock=clock, ids=ids, boot_id=boot_id, emitter=emitter, **more)
    board = Board(engine, clock, home)
    emitter.listen(board.told.append)
    return board


def seen(name: str, *, guid: str | None = None, **more: Any) -> Observation:
    """An observation that is known again by its link (everywhere) and its guid (within its source)."""
    identities = (Identity(f"link:{name}", is_global=True), Identity(f"guid:{guid or name}", is_global=False))
    return Observation(**{"title": name, "text": f"text of {name}", "identities": identities, **more})


def failure(*, group: str = "g", message: str = "it broke") -> Failure:
    """A failure of an attempt."""
    return Failure(
        error_class="ServerFaultError", message=message, traceback="Traceback …", remedy="retry", group=group
    )


def artifact(kind: str = "knowledge", **content: Any) -> NewArtifact:
    """An artifact."""
    return NewArtifact(kind=kind, content=content or {"gist": "x"}, model="m")


def call(item_id: str | None, *, request_hash: str = "h", reserved: int | None = None, **more: Any) -> NewCall:
    """A model call of the left brain."""
    fields = {"brain": "left", "task": "extract", "provider": "fake", "model": "m"} | more
    return NewCall(item_id=item_id, request_hash=request_hash, reserved_micro=reserved, **fields)


def settled(item_id: str, *, cost: int = 0) -> SettledCall:
    """A complete call."""
    return SettledCall(call(item_id), Settlement(CallStatus.OK, cost_micro=cost, answer="{}"))
