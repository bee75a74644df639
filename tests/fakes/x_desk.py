"""A desk that watches X: a real board, real budgets, the real sensor, and X's API on loopback."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.blackboard.records import NewSource, Observation, Source
from daemon.core.events import Emitter
from daemon.core.settings.models import SensorSettings
from daemon.runtime.exhaustion import Exhaustion
from daemon.runtime.paid_readings import BoardReadings
from daemon.runtime.sensing import PollResult, Sensing
from sensors.base import Sensor, Sighting
from sensors.context import SensorContext, open_context
from sensors.x.sensor import XSensor
from tests.fakes.boards import Board, open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.x_server import TOKEN, XServer


@dataclass
class Watcher:
    """The X sensor, which remembers what it answered."""

    sensor: XSensor
    kind: str = "x"
    sightings: list[Sighting] = field(default_factory=list)

    def get(self, kind: str) -> Sensor | None:
        return self if kind == self.kind else None

    async def poll(self, source: Source) -> Sighting:
        sighting = await self.sensor.poll(source)
        self.sightings.append(sighting)
        return sighting

    async def close(self) -> None:
        await self.sensor.close()


class XDesk:
    """Open it with `x_desk`; `caps` are the budgets of all, in micro-dollars by scope (`day`, `brain:sensor`)."""

    def __init__(self, board: Board, server: XServer, *, settings: SensorSettings, caps: dict[str, int]) -> None:
        self.board = board
        self.server = server
        self.clock = board.clock
        self.context = self._context(settings, caps)
        self.watcher = Watcher(XSensor(self.context))
        self.sensing = Sensing(
            engine=board.engine,
            sensors=self.watcher,
            emitter=Emitter(),
            emit=board.told.append,
            clock=self.clock,
            concurrency=4,
        )

    def _context(self, settings: SensorSettings, caps: dict[str, int]) -> SensorContext:
        exhaustion = Exhaustion(self.board.engine, now=self.clock.now)
        readings = BoardReadings(self.board.engine, caps=lambda: caps, exhaustion=exhaustion)
        return open_context(settings, clock=self.clock, rng=random.Random(7), readings=readings)

    async def add(self, address: str, **settings: Any) -> Source:
        """Watch an account or a search."""
        every = settings.pop("every", None)
        source = NewSource(kind="x", address=address, settings=settings, every_seconds=every)
        return await self.board.engine.add_source(source, by="tester")

    async def source(self, address: str) -> Source:
        """The source as it stands on the board."""
        found = await self.board.engine.source_at(address)
        assert found is not None
        return found

    async def poll(self, address: str) -> PollResult:
        """Poll it now, whenever it is due, and on while there is more to be read at once."""
        return await self.sensing.poll_whole(await self.source(address))

    async def look(self, address: str) -> PollResult:
        """Poll it once: one page of X."""
        return await self.sensing.poll(await self.source(address))

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.set(self.clock.now() + seconds)

    @property
    def last(self) -> Sighting:
        """What the last poll answered."""
        return self.watcher.sightings[-1]

    @property
    def seen(self) -> list[Observation]:
        """What all polls told, in order."""
        return [observation for sighting in self.watcher.sightings for observation in sighting.observations]

    async def told(self) -> list[str]:
        """The ids of all posts on the board, those within threads too."""
        rows = await self.board.rows("SELECT i.url, o.extra FROM items i JOIN observations o ON o.item_id = i.id")
        return [one for url, extra in rows for one in json.loads(extra).get("posts") or [url.rpartition("/")[2]]]

    async def charged(self) -> tuple[int, int]:
        """Reads and micro-dollars that all sources are charged with."""
        row = (await self.board.rows("SELECT coalesce(sum(reads), 0), coalesce(sum(micro), 0) FROM source_reads"))[0]
        return int(row[0]), int(row[1])

    async def close(self) -> None:
        await self.watcher.close()
        await self.context.close()


def x_settings(
    server: XServer, *, token: str | None = TOKEN, timeout: float = 5.0, max_body: int = 1 << 20, **x: Any
) -> SensorSettings:
    """Settings that lead to the server; no post waits for its thread unless `thread_wait` says so."""
    wanted = {"bearer_token": token, "base_url": server.url("").rstrip("/"), "thread_wait": 0, **x}
    return SensorSettings.model_validate({"timeout": timeout, "max_body": max_body, "per_host": 4, "x": wanted})


@asynccontextmanager
async def x_desk(home: Path, *addresses: str, caps: dict[str, int] | None = None, **x: Any) -> AsyncIterator[XDesk]:
    """A desk on a fresh board, with a server of its own, that watches these addresses. `x` are settings of X."""
    clock = ManualClock()
    async with AsyncExitStack() as rest:
        server = await rest.enter_async_context(XServer(now=clock.now))
        board = await open_for_test(home, clock=clock)
        desk = XDesk(board, server, settings=x_settings(server, **x), caps=caps or {})
        rest.push_async_callback(board.engine.close)
        rest.push_async_callback(desk.close)
        for address in addresses:
            await desk.add(address)
        yield desk
