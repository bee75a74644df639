"""The running program in one object: its parts, and how they start and stop."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from brains.llm.base import Gateway
from brains.memory.base import Memory
from daemon.blackboard.engine import Engine
from daemon.blackboard.reading import BoardReader
from daemon.core.clock import Clock
from daemon.core.events import Emitter, Event
from daemon.core.settings.models import Settings
from daemon.resilience.gate import Gate
from daemon.runtime.access import Access
from daemon.runtime.article_reading import ArticleReading
from daemon.runtime.clock_watch import ClockWatch
from daemon.runtime.economy import Economy
from daemon.runtime.health import Monitor
from daemon.runtime.leases import LeaseKeeper, Rescuer
from daemon.runtime.levels import LevelKeeper
from daemon.runtime.memory_facts import MEMORY_TOLD, memory_told
from daemon.runtime.publisher import Publisher
from daemon.runtime.recorder import Recorder
from daemon.runtime.remembering import Remembering
from daemon.runtime.sensing import Sensing
from daemon.runtime.supervisor import Service, Supervisor
from daemon.runtime.worker import Worker
from sensors.parsers.pool import ParsePool
from sensors.senses import Senses
from sensors.web.fetching import Fetcher

PAUSED = "paused"
LAST_WORDS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that runs. The API sees it as `daemon.api.desk.Desk`."""

    settings: Settings
    access: Access
    clock: Clock
    clock_watch: ClockWatch
    emitter: Emitter
    engine: Engine
    reader: BoardReader
    recorder: Recorder
    memory: Memory
    gateway: Gateway
    gate: Gate
    economy: Economy
    levels: LevelKeeper
    publisher: Publisher
    senses: Senses
    worker: Worker
    sensing: Sensing
    articles: ArticleReading
    remembering: Remembering
    leases: LeaseKeeper
    rescuer: Rescuer
    supervisor: Supervisor
    monitor: Monitor

    async def start_working(self) -> None:
        """Free what a former process left, then start everything but the sensing."""
        await self.rescuer.rescue_former()
        # Their time went by while nobody was there to fetch anything.
        await self.engine.await_anew(within=self.settings.sensors.full_text.max_wait)
        await self.publisher.flush()
        self.worker.pause(is_paused=await self.engine.get_control(PAUSED) is not None)
        self.emitter.listen(self._on_event)
        self.emitter.listen(self.economy.on_event)
        self.emitter.listen(self.levels.on_event)
        await self.economy.start(self.reader.path)
        await self.levels.start()
        for service in self.economy.services():
            self.supervisor.start(service)
        for name, run in (
            ("loop watch", self.monitor.loop.run),
            ("recorder", self.recorder.run),
            ("leases", self.leases.run),
            ("rescuer", self.rescuer.run),
            ("clock", self.clock_watch.run),
            ("levels", self.levels.run),
            ("worker", self.worker.run),
            ("remembering", self.remembering.run),
            ("articles", self.articles.run),
        ):
            self.supervisor.start(Service(name, run))

    async def stop(self, *, grace_seconds: float) -> None:
        """Stop softly: nothing new, running calls finish within the grace time, then all is released and closed.

        Raises the last fault of a part (a feed that cannot be written), after all others are closed too.
        """
        async with AsyncExitStack() as rest:
            # From the last to the first, each also when one before it has failed.
            rest.push_async_callback(self.recorder.flush)
            rest.push_async_callback(self.memory.close)
            rest.push_async_callback(self.gateway.close)
            rest.push_async_callback(self.senses.close)
            rest.push_async_callback(self._last_words)
            rest.push_async_callback(self.publisher.close)
            rest.push_async_callback(self.supervisor.stop_all)
            await self.supervisor.stop("sensing")
            await self.worker.stop(grace_seconds=grace_seconds)

    async def finish_remembering(self) -> bool:
        """Put what is published into the memory now; False when the memory does not take it."""
        return await self.remembering.catch_up()

    async def rebuild_memory(self) -> int:
        """Empty the memory and have it filled again; answers how many posts there are to remember."""
        return await self.remembering.rebuild()

    @property
    def fetcher(self) -> Fetcher:
        """What asks the outside, for the polls and for people."""
        return self.senses.context.fetcher

    @property
    def parsers(self) -> ParsePool:
        """The process that reads what others send."""
        return self.senses.context.delivery_parsers

    def breakers(self) -> Sequence[Mapping[str, Any]]:
        """Every breaker as it stands now."""
        return self.economy.breaker_snapshots()

    async def reset_breaker(self, name: str, *, by: str) -> Mapping[str, Any]:
        """Close a breaker on a person's word; answers its snapshot, and whether it was `reset`."""
        done = await self.economy.reset_breaker(name, by=by)
        self.wake()
        return done

    def wake(self) -> None:
        """Look for work now."""
        self.worker.stir()
        self.sensing.stir()

    def health(self) -> Mapping[str, Any]:
        """The level and every service, from memory, at once."""
        services: dict[str, dict[str, Any]] = {
            "memory": {"healthy": self.memory.status() != "degraded", "status": self.memory.status()},
            "worker": {"healthy": True, "in_hand": len(self.worker.in_hand)},
            "gate": {"healthy": True, "in_flight": self.gate.in_flight, "waiting": self.gate.waiting},
        }
        services |= {
            f"model {breaker['name']}": {"healthy": breaker["state"] == "closed", **breaker}
            for breaker in self.economy.breaker_snapshots()
        }
        services |= self.economy.health()
        services |= {name: {"healthy": False, "error": why} for name, why in self.supervisor.faults.items()}
        return {"level": self.levels.level.value, "services": services}

    def vital_signs(self) -> dict[str, Any]:
        """What the daemon says of itself on the board, for readers that need no API."""
        told = {"memory": self.memory.status(), MEMORY_TOLD: memory_told(self.memory)}
        return {**told, **self.levels.vital_signs(), **self.economy.vital_signs()}

    async def _last_words(self) -> None:
        """A short try to remember what was just published; the rest is remembered at the next start."""
        if self.memory.status() != "ok":
            return
        try:
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self.remembering.catch_up()
        except TimeoutError:
            return

    def _on_event(self, event: Event) -> None:
        if event.type == "control_set" and event.data.get("key") == PAUSED:
            self.worker.pause(is_paused=event.data.get("value") is not None)
