"""Sensing: polls the sources that are due and posts what they saw, in one transaction a poll."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from daemon.blackboard.engine import Engine
from daemon.blackboard.records import Source
from daemon.core.clock import Clock
from daemon.core.errors import (
    BlackboardError,
    BoardBusyError,
    BoardFullError,
    BoardReadOnlyError,
    CorruptBoardError,
)
from daemon.core.events import Emitter, Event, Listener
from daemon.core.redaction import scrub_text
from daemon.core.texts import writable
from daemon.runtime.network import NETWORK, Network, is_unreached
from daemon.runtime.polling_turns import host_of, in_turn
from sensors.base import Sensors, Sighting
from sensors.fetch_states import failed, unforeseen
from sensors.schedule import Plan
from sensors.web.hosts import HostSlots

LONGEST_REST_SECONDS = 30.0
LONGEST_REST_AMONG_UNSAVED_SECONDS = 5.0
SHORTEST_REST_SECONDS = 0.05
UNREADABLE_RETRY_SECONDS = 3600.0
UNSAVED_RETRY_SECONDS = (30.0, 60.0, 300.0, 900.0, 3600.0)
"""Before a source is polled again whose poll could not be kept: its server is not to pay for a full disk of ours."""
SOON_SECONDS = 10.0
LAST_POLLS_SECONDS = 2.0
"""For the polls under way when the sensing ends: what they have asked for is on its way, and may be paid for."""
MOST_IDLE_POLLS = 3
"""Of a source that has something left each time, but never brings it (a file that is written to all the time)."""
_BOARD_AWAY = (BoardBusyError, BoardFullError, BoardReadOnlyError, CorruptBoardError)


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one poll brought."""

    source: str
    outcome: str
    entries: int
    new: int
    known: int
    error: str | None


@dataclass(frozen=True, slots=True)
class _Unsaved:
    """A source whose poll could not be kept, and the (monotonic) time until which it is left alone."""

    failures: int
    until: float


class Sensing:
    """Keeps every source polled at its own time, with at most `concurrency` polls at once, `per_host` of one host."""

    def __init__(
        self,
        *,
        engine: Engine,
        sensors: Sensors,
        emitter: Emitter,
        emit: Listener,
        clock: Clock,
        concurrency: int,
        per_host: int = 1,
    ) -> None:
        self._engine = engine
        self._sensors = sensors
        self._tell = emit
        self._clock = clock
        self._concurrency = concurrency
        self._per_host = per_host
        self._polling: dict[int, asyncio.Task[PollResult | None]] = {}
        self._asked: dict[int, str | None] = {}
        self._unsaved: dict[int, _Unsaved] = {}
        self._stirred = asyncio.Event()
        self._network = Network(engine=engine, emit=emit, clock=clock)
        emitter.listen(self._on_event)

    async def run(self) -> None:
        """Poll until cancelled; polls under way then have a moment to end, for what some have asked for costs money."""
        try:
            await self._network.restore()
            while True:
                self._stirred.clear()
                await self._probe()
                await self._poll_due()
                await self._rest()
        finally:
            await self._end_polls()

    def stir(self) -> None:
        """Look for due sources now."""
        self._stirred.set()

    async def poll_all(self) -> list[PollResult]:
        """Poll every enabled source, due or not; one result each.

        A source that leaves something for a moment later (a folder with many files, one being written) is polled again.
        """
        room = asyncio.Semaphore(self._concurrency)
        hosts = HostSlots(self._per_host)

        async def poll(source: Source) -> PollResult:
            async with hosts.slot(host_of(source) or f"source {source.id}"), room:
                try:
                    return await self.poll_whole(source)
                except BlackboardError as error:
                    return PollResult(source.name, "failed", entries=0, new=0, known=0, error=scrub_text(str(error)))

        await self._network.restore()
        sources = await self._engine.due_sources(limit=1_000_000, is_all=True)
        return list(await asyncio.gather(*(poll(source) for source in sources)))

    async def poll(self, source: Source) -> PollResult:
        """Poll one source and put what it saw on the board. What cannot be kept there is the source's failure."""
        result, _ = await self._poll(source)
        return result

    async def poll_whole(self, source: Source) -> PollResult:
        """Poll one source until nothing is left that can be had soon, or nothing comes of it any more."""
        result, sighting = await self._poll(source)
        idle = 0
        while (wait := self._soon(sighting)) is not None and idle < MOST_IDLE_POLLS:
            if wait > 0:
                await self._clock.sleep(wait)
            source = replace(source, fetch=sighting.fetch)
            more, sighting = await self._poll(source)
            idle = 0 if more.entries else idle + 1
            result = _sum(result, more)
        return result

    async def _poll(self, source: Source) -> tuple[PollResult, Sighting]:
        sighting = await self._look(source)
        try:
            return await self._keep(source, sighting), sighting
        except _BOARD_AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - what a source brings must not be asked for again and again
            sighting = self._failed(source, f"what it brought cannot be kept: {type(error).__name__}: {error}")
            return await self._keep(source, sighting), sighting

    def _soon(self, sighting: Sighting) -> float | None:
        """In how many seconds what a look left can be had; None when it left nothing, or for much later."""
        wait = None if sighting.more_at is None else max(0.0, sighting.more_at - self._clock.now())
        return wait if wait is None or wait <= SOON_SECONDS else None

    async def _keep(self, source: Source, sighting: Sighting) -> PollResult:
        posted = await self._engine.record_fetch(
            source.id, fetch=sighting.fetch, observations=sighting.observations, event=_event_data(sighting)
        )
        await self._network.heard(source, sighting)
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
            return self._failed(source, f"no sensor for sources of kind {source.kind!r} is switched on")
        try:
            return await sensor.poll(source)
        except Exception as error:  # noqa: BLE001 - a sensor's fault is its source's failure, never the daemon's
            return self._failed(source, unforeseen(source.address, error))

    def _failed(self, source: Source, words: str) -> Sighting:
        now, wait = self._clock.now(), UNREADABLE_RETRY_SECONDS
        plan = Plan(at=now + wait, interval_seconds=wait, reason="the sensor failed")
        return failed(source.fetch, words, plan=plan, now=now)

    async def _probe(self) -> None:
        """While nobody is reached, look now and then whether somebody is; only an answer is kept."""
        source = await self._network.candidate()
        if source is not None and source.id not in self._polling and len(self._polling) < self._concurrency:
            self._start(source, self._poll_if_reached(source))

    async def _poll_if_reached(self, source: Source) -> PollResult | None:
        sighting = await self._look(source)
        return None if is_unreached(sighting) else await self._keep(source, sighting)

    async def _poll_due(self) -> None:
        if len(self._polling) >= self._concurrency:
            return
        # Those being polled, and those left alone, are still due on the board, so ask for as many more.
        limit = self._concurrency + len(self._polling) + len(self._resting())
        due = await self._engine.due_sources(limit=limit)
        await self._begin(due)
        while len(due) == limit and len(self._polling) < self._concurrency:
            # Hosts that are being asked already stand before others that are not.
            limit *= 4
            due = await self._engine.due_sources(limit=limit)
            await self._begin(due)
        known = {source.id for source in due} | self._resting()
        self._unsaved = {one: unsaved for one, unsaved in self._unsaved.items() if one in known}

    async def _begin(self, due: Sequence[Source]) -> None:
        # As of now: polls may have failed to be kept while the board was asked.
        resting = self._resting()
        others = (source for source in due if source.id not in self._polling and source.id not in resting)
        room = self._concurrency - len(self._polling)
        for source in in_turn(others, busy=self._asked.values(), per_host=self._per_host, room=room):
            self._start(source, self.poll(source))
            # One after the other: the beginnings of many polls in a row would hold up everything else.
            await asyncio.sleep(0)

    def _start(self, source: Source, poll: Coroutine[Any, Any, PollResult | None]) -> None:
        task = asyncio.create_task(poll)
        self._polling[source.id] = task
        self._asked[source.id] = host_of(source)
        task.add_done_callback(partial(self._polled, source))

    def _resting(self) -> set[int]:
        now = self._clock.monotonic()
        return {source_id for source_id, unsaved in self._unsaved.items() if unsaved.until > now}

    def _polled(self, source: Source, done: "asyncio.Task[PollResult | None]") -> None:
        self._polling.pop(source.id, None)
        self._asked.pop(source.id, None)
        self._stirred.set()
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self._unsaved.pop(source.id, None)
            return
        retry_in = self._leave_alone(source)
        data = {
            "source": source.name,
            "error": writable(str(error)),
            "is_board": isinstance(error, BlackboardError),
            "retry_in": retry_in,
        }
        self._tell(Event(type="source_not_saved", at=self._clock.now(), data=data))

    def _leave_alone(self, source: Source) -> float:
        """It is still due on the board, which could not take the poll; answers for how many seconds it is left."""
        before = self._unsaved.get(source.id)
        failures = before.failures + 1 if before else 1
        seconds = UNSAVED_RETRY_SECONDS[min(failures, len(UNSAVED_RETRY_SECONDS)) - 1]
        self._unsaved[source.id] = _Unsaved(failures, self._clock.monotonic() + seconds)
        return seconds

    async def _rest(self) -> None:
        await self._clock.sleep(SHORTEST_REST_SECONDS)
        try:
            async with asyncio.timeout(LONGEST_REST_SECONDS if self._polling else await self._until_due()):
                await self._stirred.wait()
        except TimeoutError:
            return

    async def _until_due(self) -> float:
        if resting := self._resting():
            # They are due all the time, so the board cannot say who is next.
            rest = min(self._unsaved[one].until for one in resting) - self._clock.monotonic()
            return min(LONGEST_REST_AMONG_UNSAVED_SECONDS, max(0.01, rest))
        due = await self._engine.next_fetch_at()
        return LONGEST_REST_SECONDS if due is None else min(LONGEST_REST_SECONDS, max(0.01, due - self._clock.now()))

    async def _end_polls(self) -> None:
        polls = list(self._polling.values())
        try:
            if polls:
                await asyncio.wait(polls, timeout=LAST_POLLS_SECONDS)
        finally:
            for task in polls:
                task.cancel()
            await asyncio.gather(*polls, return_exceptions=True)

    def _on_event(self, event: Event) -> None:
        if event.type in {"source_added", "source_enabled", "sources_woken"}:
            self._stirred.set()


def _sum(first: PollResult, more: PollResult) -> PollResult:
    """Both polls as one; what the later one says of the source stands."""
    outcome = first.outcome if more.outcome == "unchanged" else more.outcome
    entries, new, known = first.entries + more.entries, first.new + more.new, first.known + more.known
    return replace(more, outcome=outcome, entries=entries, new=new, known=known)


def _event_data(sighting: Sighting) -> dict[str, object]:
    data: dict[str, object] = {"outcome": sighting.outcome, "entries": sighting.entries, **sighting.detail}
    if sighting.error:
        data["error"] = sighting.error
    if is_unreached(sighting):
        data["waits_for"] = NETWORK
    if sighting.moved_to:
        data["moved_to"] = sighting.moved_to
    return data
