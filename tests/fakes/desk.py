"""A desk for the API with a real board, settings of its own and a memory that is off."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from brains.memory.base import Memory
from brains.memory.off import NoMemory
from daemon.blackboard import SqliteEngine
from daemon.blackboard.reading import BoardReader
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter
from daemon.core.settings.models import Settings
from daemon.resilience.levels import CurrentLevel
from daemon.runtime.access import Access
from daemon.runtime.condition import Condition, level_sign
from daemon.runtime.health import Monitor
from daemon.runtime.levels import LevelKeeper
from sensors.parsers.pool import ParsePool
from sensors.web.fetching import Fetcher
from tests.fakes.clock import ManualClock
from tests.fakes.desk_breakers import DeskBreakers
from tests.fakes.staged_board import STARTED_AT, opened

TOKEN = "a-token-of-the-test"


class AlwaysAnswering:
    """Every task has somebody to ask."""

    def silent_tasks(self) -> tuple[str, ...]:
        return ()

    def is_first_choice_away(self) -> bool:
        return False


@dataclass
class StillDesk:
    """What the API needs, without the daemon's services."""

    settings: Settings
    engine: SqliteEngine
    reader: BoardReader
    memory: Memory = field(default_factory=NoMemory)
    access: Access = field(default_factory=lambda: Access(TOKEN, path=None))
    emitter: Emitter = field(default_factory=Emitter)
    wakes: int = 0
    sick: tuple[str, ...] = ()
    clock: ManualClock = field(default_factory=lambda: ManualClock(STARTED_AT))
    """The time of the monitor."""
    condition: Condition = field(default_factory=Condition)
    """What the parts would say of themselves; the level and `sick` come on top."""
    levels: LevelKeeper = field(init=False)
    monitor: Monitor = field(init=False)
    parsers: ParsePool = field(default_factory=lambda: ParsePool(timeout_seconds=120.0))
    """Started when first wanted."""
    fetcher: Fetcher = field(init=False)
    ill: DeskBreakers = field(init=False)
    """Its breakers; none, until a test adds some."""

    def __post_init__(self) -> None:
        self.levels = LevelKeeper(
            self.settings.levels,
            current=CurrentLevel(),
            answering=AlwaysAnswering(),
            engine=self.engine,
            emit=self.emitter.emit,
            clock=SystemClock(),
            free_disk=lambda: None,
        )
        self.emitter.listen(self.levels.on_event)
        self.ill = DeskBreakers(self.engine, clock=self.clock)
        self.fetcher = Fetcher(self.settings.sensors, now=time.time)
        self.monitor = Monitor(
            settings=self.settings,
            clock=self.clock,
            reader=self.reader,
            emitter=self.emitter,
            condition=self._condition,
        )

    def _condition(self) -> Condition:
        level, faults = level_sign(self.levels.document()), dict.fromkeys(self.sick, "away")
        return replace(self.condition, level=level, faults={**self.condition.faults, **faults})

    def health(self) -> Mapping[str, Any]:
        services = {"worker": {"healthy": True}} | {name: {"healthy": False, "error": "away"} for name in self.sick}
        return {"level": self.levels.level.value, "services": services}

    def breakers(self) -> Sequence[Mapping[str, Any]]:
        return self.ill.snapshots()

    async def reset_breaker(self, name: str, *, by: str) -> Mapping[str, Any]:
        return await self.ill.reset(name, by=by)

    def wake(self) -> None:
        self.wakes += 1

    async def rebuild_memory(self) -> int:
        return await self.engine.forget_remembered()


@asynccontextmanager
async def open_still_desk(home: Path, **settings: Any) -> AsyncIterator[StillDesk]:
    """A desk on a fresh board."""
    emitter = Emitter()
    async with opened(home, emitter=emitter) as engine:
        desk = StillDesk(Settings(home=home, **settings), engine, BoardReader(engine.path), emitter=emitter)
        try:
            yield desk
        finally:
            await desk.fetcher.close()
            await desk.parsers.close()
