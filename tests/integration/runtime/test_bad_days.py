"""Services on a bad day: a board that takes nothing, a source whose poll cannot be kept, a part that cannot close."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from daemon.blackboard.records import NewSource, Observation, Source
from daemon.core.errors import PublishError
from daemon.core.events import Event
from daemon.runtime.pulse import Pulse, SilentNotifier
from daemon.runtime.sensing import Sensing
from daemon.runtime.supervisor import Service, Supervisor
from sensors.base import Sighting
from tests.fakes.clock import ManualClock
from tests.fakes.parts import RecordingSink, ScriptedSensor
from tests.fakes.runtime_bench import Bench
from tests.fakes.waiting import until

ENDLESS = 10**400
"""No float, so no time: SQLite cannot keep it."""


def sensing(bench: Bench, sensor: ScriptedSensor, *, clock: Any = None, engine: Any = None) -> Sensing:
    return Sensing(
        engine=engine or bench.engine,
        sensors={"rss": sensor},
        emitter=bench.emitter,
        emit=bench.emitter.emit,
        clock=clock or bench.clock,
        concurrency=4,
    )


async def pragma(bench: Bench, sentence: str) -> Any:
    connection = bench.engine._file.connection
    return await connection._execute(lambda: connection._conn.execute(f"PRAGMA {sentence}").fetchone()[0])  # type: ignore[no-untyped-call]


def told(bench: Bench, type_: str) -> list[Event]:
    return [event for event in bench.events if event.type == type_]


async def test_what_a_source_brings_that_no_board_can_keep_is_its_failure(bench: Bench) -> None:
    """The source backs off and says why; it is not polled again and again."""
    await bench.engine.add_source(NewSource(kind="rss", address="https://a.example"), by="test")
    sensor = ScriptedSensor([Observation(title="T", text="t", published_at=ENDLESS)])
    (poll,) = await sensing(bench, sensor).poll_all()
    assert (poll.outcome, poll.new) == ("failed", 0)
    assert "cannot be kept" in (poll.error or "")
    (source,) = bench.reader.sources()
    assert (source["errors_in_row"], source["health"]) == (1, "failing")
    assert await bench.engine.due_sources(limit=5) == []


async def test_a_full_disk_of_ours_makes_no_server_pay(bench: Bench) -> None:
    """A source whose poll cannot be kept is left alone for half a minute, then longer; afterwards all is as ever."""
    clock = ManualClock()
    await bench.engine.add_source(NewSource(kind="rss", address="https://a.example"), by="test")
    await pragma(bench, f"max_page_count = {await pragma(bench, 'page_count')}")
    sensor = ScriptedSensor([Observation(title="T", text="text " * 10_000)])
    service = sensing(bench, sensor, clock=clock)
    running = asyncio.create_task(service.run())
    await until(lambda: len(told(bench, "source_not_saved")) == 1)
    for _ in range(29):
        service.stir()
        await clock.advance(1)
        await bench.engine.next_fetch_at()
    assert len(sensor.polls) == 1
    await pragma(bench, "max_page_count = 1000000")
    await clock.advance(2)
    service.stir()
    await clock.advance(1)
    await until(lambda: bench.reader.counts()["QUEUED"] == 1)
    assert len(sensor.polls) == 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class HeldSensor(ScriptedSensor):
    """Answers when it may."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        super().__init__(observations)
        self.may_answer = asyncio.Event()

    async def poll(self, source: Source) -> Sighting:
        self.polls.append(source.address)
        await self.may_answer.wait()
        return Sighting(fetch=replace(source.fetch, next_fetch_at=4e9), observations=self.observations)


class BusyBoard:
    """The board, which tells what is due when it may."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.is_asked, self.may_answer = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def due_sources(self, **how: Any) -> Any:
        self.is_asked.set()
        await self.may_answer.wait()
        return await self._engine.due_sources(**how)


async def test_a_poll_that_fails_while_the_board_is_asked_what_is_due_is_left_alone(bench: Bench) -> None:
    """It is due on the board, which could not keep it; nobody is asked twice for that."""
    clock, board = ManualClock(), BusyBoard(bench.engine)
    await bench.engine.add_source(NewSource(kind="rss", address="https://a.example"), by="test")
    await pragma(bench, f"max_page_count = {await pragma(bench, 'page_count')}")
    sensor = HeldSensor([Observation(title="T", text="text " * 10_000)])
    service = sensing(bench, sensor, clock=clock, engine=board)
    running = asyncio.create_task(service.run())
    board.may_answer.set()
    await until(lambda: sensor.polls == ["https://a.example"])
    board.is_asked.clear()
    board.may_answer.clear()
    service.stir()
    await clock.advance(1)
    await board.is_asked.wait()
    sensor.may_answer.set()
    await until(lambda: len(told(bench, "source_not_saved")) == 1)
    board.may_answer.set()
    for _ in range(5):
        service.stir()
        await clock.advance(1)
        await bench.engine.next_fetch_at()
    assert len(sensor.polls) == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_once_goes_on_when_the_board_cannot_keep_a_poll(bench: Bench) -> None:
    """The poll is told as failed, and nothing is raised through the others."""
    await bench.engine.add_source(NewSource(kind="rss", address="https://a.example"), by="test")
    await pragma(bench, f"max_page_count = {await pragma(bench, 'page_count')}")
    sensor = ScriptedSensor([Observation(title="T", text="text " * 10_000)])
    (poll,) = await sensing(bench, sensor).poll_all()
    assert poll.outcome == "failed"
    assert "full" in (poll.error or "")


async def test_a_fault_is_forgotten_once_the_service_has_run_steadily(bench: Bench) -> None:
    """What failed once does not stay on the health page for weeks."""
    clock = ManualClock()
    is_broken = True

    async def run() -> None:
        if is_broken:
            raise ValueError("broken")
        await asyncio.Event().wait()

    supervisor = Supervisor(emit=bench.emitter.emit, clock=clock)
    supervisor.start(Service("shaky", run))
    await clock.advance(0.5)
    is_broken = False
    assert supervisor.faults == {"shaky": "broken"}
    await clock.advance(30)
    assert supervisor.faults == {"shaky": "broken"}
    await clock.advance(40)
    assert supervisor.faults == {}
    await supervisor.stop_all()


async def test_a_beat_is_one_commit(bench: Bench) -> None:
    """An idle day writes no more than it must, whatever number of signs there are."""
    pulse = Pulse(
        engine=bench.engine,
        clock=ManualClock(),
        notifier=SilentNotifier(),
        vital_signs=lambda: {"daemon": {"pid": 1}, "memory": "ok", "breakers": [], "level": "L0"},
        status_line=lambda: "fine",
    )
    before = bench.engine.commits
    await pulse.beat()
    assert bench.engine.commits == before + 1
    assert bench.reader.controls()["level"] == "L0"


async def test_a_sink_that_cannot_close_keeps_no_other_from_closing(bench: Bench) -> None:
    """A feed on a full disk: the fault is raised, and the others are closed all the same."""
    closed: list[str] = []

    class Closing(RecordingSink):
        async def close(self) -> None:
            if self.name == "feed":
                raise PublishError("the disk is full")
            closed.append(self.name)

    with pytest.raises(PublishError):
        await bench.publisher(Closing("a"), Closing("feed"), Closing("b")).close()
    assert closed == ["a", "b"]
