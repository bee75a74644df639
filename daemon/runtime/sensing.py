"""Sensing: polls the sources that are due and posts what they saw, in one transaction a poll."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from daemon.blackboard.engine import Engine
from daemon.blackboard.records import Source
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError
from daemon.core.events import Emitter, Event, Listener
from sensors.base import Sensor, Sighting

LONGEST_REST_SECONDS = 30.0
SHORTEST_REST_SECONDS = 0.2
UNREADABLE_RETRY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one poll brought."""

    source: str
    outcome: str
    entries: int
    new: int
    known: int
    error: str | None


class Sensing:
    """Keeps every source polled at its own time, with at most `concurrency` polls at once."""

    def __init__(
        self,
        *,
        engine: Engine,
        sensors: Mapping[str, Sensor],
        emitter: Emitter,
        emit: Listener,
        clock: Clock,
        concurrency: int,
    ) -> None:
        self._engine = engine
        self._sensors = sensors
        self._tell = emit
        self._clock = clock
        self._concurrency = concurrency
        self._polling: dict[int, asyncio.Task[PollResult]] = {}
        self._stirred = asyncio.Event()
        emitter.listen(self._on_event)

    async def run(self) -> None:
        """Poll until cancelled; running polls are cancelled with it."""
        try:
            while True:
                self._stirred.clear()
                await self._poll_due()
                await self._rest()
        finally:
            await self._cancel_polls()

    def stir(self) -> None:
        """Look for due sources now."""
        self._stirred.set()

    async def poll_all(self) -> list[PollResult]:
        """Poll every enabled source once, due or not; one result each."""
        room = asyncio.Semaphore(self._concurrency)

        async def poll(source: Source) -> PollResult:
            async with room:
                return await self.poll(source)

        sources = await self._engine.due_sources(limit=1_000_000, is_all=True)
        return list(await asyncio.gather(*(poll(source) for source in sources)))

    async def poll(self, source: Source) -> PollResult:
        """Poll one source and put what it saw on the board."""
        sighting = await self._look(source)
        posted = await self._engine.record_fetch(
            source.id, fetch=sighting.fetch, observations=sighting.observations, event=_event_data(sighting)
        )
        new = sum(one.is_new for one in posted)
        return PollResult(
            source=source.name,
            outcome=sighting.outcome,
            entries=sighting.entries,
            new=new,
            known=len(posted) - new,
            error=sighting.error,
        )

    async def _look(self, source: Source) -> Sighting:
        sensor = self._sensors.get(source.kind)
        if sensor is None:
            return _failed(source, f"no sensor for sources of kind {source.kind!r} is switched on", self._clock.now())
        try:
            return await sensor.poll(source)
        except Exception as error:  # noqa: BLE001 - a sensor's fault is its source's failure, never the daemon's
            return _failed(source, f"{type(error).__name__}: {error}", self._clock.now())

    async def _poll_due(self) -> None:
        room = self._concurrency - len(self._polling)
        if room <= 0:
            return
        # Those being polled are still due on the board, so ask for as many more.
        for source in await self._engine.due_sources(limit=self._concurrency + len(self._polling)):
            if source.id in self._polling or len(self._polling) >= self._concurrency:
                continue
            task = asyncio.create_task(self.poll(source))
            self._polling[source.id] = task
            task.add_done_callback(partial(self._polled, source))

    def _polled(self, source: Source, done: "asyncio.Task[PollResult]") -> None:
        self._polling.pop(source.id, None)
        self._stirred.set()
        if done.cancelled() or done.exception() is None:
            return
        error = done.exception()
        self._tell(
            Event(
                type="source_not_saved",
                at=self._clock.now(),
                data={"source": source.name, "error": str(error), "is_board": isinstance(error, BlackboardError)},
            )
        )

    async def _rest(self) -> None:
        await self._clock.sleep(SHORTEST_REST_SECONDS)
        try:
            async with asyncio.timeout(LONGEST_REST_SECONDS if self._polling else await self._until_due()):
                await self._stirred.wait()
        except TimeoutError:
            return

    async def _until_due(self) -> float:
        due = await self._engine.next_fetch_at()
        return LONGEST_REST_SECONDS if due is None else min(LONGEST_REST_SECONDS, max(0.01, due - self._clock.now()))

    async def _cancel_polls(self) -> None:
        polls = list(self._polling.values())
        for task in polls:
            task.cancel()
        await asyncio.gather(*polls, return_exceptions=True)

    def _on_event(self, event: Event) -> None:
        if event.type in {"source_added", "source_enabled"}:
            self._stirred.set()


def _event_data(sighting: Sighting) -> dict[str, object]:
    data: dict[str, object] = {"outcome": sighting.outcome, "entries": sighting.entries, **sighting.detail}
    if sighting.error:
        data["error"] = sighting.error
    if sighting.moved_to:
        data["moved_to"] = sighting.moved_to
    return data


def _failed(source: Source, error: str, now: float) -> Sighting:
    fetch = replace(
        source.fetch,
        last_fetch_at=now,
        errors_in_row=source.fetch.errors_in_row + 1,
        last_error=error,
        next_fetch_at=now + UNREADABLE_RETRY_SECONDS,
        next_fetch_reason="the sensor failed",
    )
    return Sighting(fetch=fetch, outcome="failed", error=error)
