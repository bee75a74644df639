"""A watched folder on disk, and the sensor that looks at it, with a clock the test owns."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from daemon.blackboard.records import Source
from daemon.core.settings.models import SensorSettings
from sensors.base import Sighting
from sensors.context import SensorContext, open_context
from sensors.folder.sensor import FolderSensor
from tests.fakes.clock import ManualClock
from tests.fakes.feeds import source


@dataclass
class Watched:
    """A folder, its sensor, and its source as the last look left it. Files are two minutes old, if nobody says more."""

    folder: Path
    sensor: FolderSensor
    context: SensorContext
    clock: ManualClock
    source: Source
    sightings: list[Sighting] = field(default_factory=list)

    def put(self, name: str, body: str | bytes = "Some words.", *, age: float = 120.0) -> Path:
        """Write a file into the folder, changed so many seconds ago by the test's clock."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        self.touch(name, age=age)
        return path

    def touch(self, name: str, *, age: float = 120.0) -> None:
        """Change the file's time."""
        os.utime(self.folder / name, (self.clock.now() - age,) * 2)

    async def look(self) -> Sighting:
        """Look once, and keep what is to be kept."""
        sighting = await self.sensor.poll(self.source)
        self.source = replace(self.source, fetch=sighting.fetch)
        self.sightings.append(sighting)
        return sighting

    async def names(self) -> list[str]:
        """The files that one look brings."""
        return [one.extra["file"] for one in (await self.look()).observations]


@asynccontextmanager
async def watched(folder: Path, *, settings: dict[str, Any] | None = None, **more: Any) -> AsyncIterator[Watched]:
    """A sensor at this folder; `settings` are those of `sensors.folders`, `more` the source's."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    clock = ManualClock()
    context = open_context(
        SensorSettings.model_validate({"folders": settings or {}}), clock=clock, rng=random.Random(1)
    )
    sensor = FolderSensor(context)
    try:
        yield Watched(folder, sensor, context, clock, source(str(folder), kind="folder", **more))
    finally:
        await sensor.close()
        await context.close()
