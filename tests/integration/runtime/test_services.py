"""Sensing, remembering, leases, supervisor, recorder and pulse on a real board."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable

import pytest

from brains.memory.base import Remembered
from daemon.blackboard.records import Identity, NewSource, Observation
from daemon.blackboard.states import Step
from daemon.core.errors import SensorError
from daemon.core.events import Event
from daemon.runtime.leases import LeaseKeeper, Rescuer
from daemon.runtime.pulse import Pulse
from daemon.runtime.recorder import Recorder
from daemon.runtime.remembering import GATHER_SECONDS, RETRY_SECONDS, Remembering
from daemon.runtime.sensing import Sensing
from daemon.runtime.supervisor import Service, Supervisor
from tests.fakes.clock import ManualClock
from tests.fakes.parts import ListMemory, ScriptedBrain, ScriptedSensor
from tests.fakes.runtime_bench import Bench
from tests.fakes.waiting import until


async def running(work: Callable[[], Awaitable[None]], is_so: Callable[[], bool]) -> None:
    """Run a service until a fact holds."""
    task = asyncio.ensure_future(work())
    try:
        await until(is_so)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def sensing(bench: Bench, sensor: ScriptedSensor) -> Sensing:
    return Sensing(
        engine=bench.engine,
        sensors={"rss": sensor},
        emitter=bench.emitter,
        emit=bench.emitter.emit,
        clock=bench.clock,
        concurrency=4,
    )


async def test_a_due_source_is_polled_and_posted(bench: Bench) -> None:
    """What the sensor saw is on the board, and the source's next time with it."""
    await bench.engine.add_source(NewSource(kind="rss", address="https://a.example/feed"), by="test")
    sensor = ScriptedSensor([Observation(title="A", text="Text of A."), Observation(title="B", text="Text of B.")])
    await running(sensing(bench, sensor).run, lambda: bench.reader.counts()["QUEUED"] == 2)
    assert sensor.polls == ["https://a.example/feed"]
    assert await bench.engine.due_sources(limit=10) == []


async def test_a_source_added_while_it_runs_is_polled_at_once(bench: Bench) -> None:
    """The event of the new source wakes the sensing, not its own clock."""
    sensor = ScriptedSensor([Observation(title="A", text="Text of A.")])
    service = sensing(bench, sensor)
    task = asyncio.ensure_future(service.run())
    await asyncio.sleep(0)
    await bench.engine.add_source(NewSource(kind="rss", address="https://a.example/feed"), by="test")
    await until(lambda: bench.reader.counts()["QUEUED"] == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("kind", ["rss", "x"])
async def test_a_sensor_that_fails_is_its_sources_failure(bench: Bench, kind: str) -> None:
    """A sensor that raises, or is missing, is written down at the source, which is tried again later."""
    await bench.engine.add_source(NewSource(kind=kind, address="https://a.example/feed"), by="test")
    sensor = ScriptedSensor()
    sensor.fault = SensorError("the parser fell over")
    (result,) = await sensing(bench, sensor).poll_all()
    (source,) = bench.reader.sources()
    assert result.outcome == "failed"
    assert source["errors_in_row"] == 1
    assert source["last_error"] == result.error
    assert await bench.engine.next_fetch_at() is not None


async def test_poll_all_reads_sources_that_are_not_due(bench: Bench) -> None:
    """`once` polls every enabled source, due or not, and counts what is known already."""
    await bench.engine.add_source(NewSource(kind="rss", address="https://a.example/feed"), by="test")
    entry = Observation(title="A", text="Text of A.", identities=(Identity("guid:a", is_global=False),))
    service = sensing(bench, ScriptedSensor([entry]))
    polls = [*await service.poll_all(), *await service.poll_all()]
    assert [(poll.new, poll.known) for poll in polls] == [(1, 0), (0, 1)]


async def published(bench: Bench) -> str:
    """One published item."""
    (item_id,) = await bench.post()
    steps = bench.steps(ScriptedBrain())
    while not bench.is_drained():
        await steps.run(await bench.claim())
    return item_id


def remembering(bench: Bench, memory: ListMemory, clock: ManualClock) -> Remembering:
    return Remembering(
        engine=bench.engine,
        memory=memory,
        load_posts=lambda ids: [Remembered(item_id=i, title=i, text=i, published_at=1.0) for i in ids],
        emitter=bench.emitter,
        clock=clock,
    )


async def test_what_a_dead_memory_missed_is_remembered_later(bench: Bench) -> None:
    """A post published while the memory was down enters it when the memory is back, without a restart."""
    memory, clock = ListMemory(), ManualClock()
    memory.is_down = True
    item_id = await published(bench)
    task = asyncio.ensure_future(remembering(bench, memory, clock).run())
    await until(lambda: clock.slept == [GATHER_SECONDS])
    await clock.advance(GATHER_SECONDS)
    await until(lambda: clock.slept == [GATHER_SECONDS, RETRY_SECONDS])
    assert memory.posts == {}
    memory.is_down = False
    await clock.advance(RETRY_SECONDS)
    await until(lambda: len(clock.slept) == 3)
    await clock.advance(GATHER_SECONDS)
    await until(lambda: item_id in memory.posts)
    await until(lambda: bench.reader.unremembered() == 0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_memory_that_is_away_is_asked_again_though_nothing_waits(bench: Bench) -> None:
    """So its return is seen also when nobody recalls; when it is there, nobody asks."""
    memory, clock = ListMemory(), ManualClock()
    memory.is_down = True
    task = asyncio.ensure_future(remembering(bench, memory, clock).run())
    for round_number in range(1, 4):
        await until(lambda round_number=round_number: len(clock.slept) == 2 * round_number - 1)  # type: ignore[misc]
        await clock.advance(GATHER_SECONDS)
        await until(lambda round_number=round_number: memory.asked >= 1 + round_number)  # type: ignore[misc]
        await clock.advance(RETRY_SECONDS)
    memory.is_down = False
    await until(lambda: len(clock.slept) == 7)
    asked = memory.asked
    await clock.advance(GATHER_SECONDS)
    await clock.advance(10 * RETRY_SECONDS)
    assert memory.asked == asked
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_rebuild_remembers_everything_anew(bench: Bench) -> None:
    """Clear, then all published posts again."""
    memory = ListMemory()
    item_id = await published(bench)
    service = remembering(bench, memory, ManualClock())
    await service.catch_up()
    memory.posts["stale"] = memory.posts[item_id]
    assert await service.rebuild() == 1
    await service.catch_up()
    assert list(memory.posts) == [item_id]


async def test_a_heartbeat_keeps_the_claim(bench: Bench) -> None:
    """A claim that is renewed outlives its lease; one that is not is rescued after one lease."""
    await bench.post(2)
    clock = ManualClock()
    kept, hung = await bench.claim("w1"), await bench.claim("w1")
    keeper = LeaseKeeper(
        engine=bench.engine,
        in_hand=lambda: {kept.item.id: kept},
        on_lost=lambda _: None,
        lease_seconds=60,
        clock=clock,
    )
    await bench.engine.heartbeat([hung], lease_seconds=0.05)
    task = asyncio.ensure_future(keeper.run())
    await clock.advance(20)
    rescued: list[str] = []

    async def rescue() -> None:
        while not rescued:
            rescued.extend(await bench.engine.rescue(max_rescues=5))
            await asyncio.sleep(0.01)

    async with asyncio.timeout(20):
        await rescue()
    assert rescued == [hung.item.id]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_claims_of_a_former_process_are_free_at_once(bench: Bench) -> None:
    """After a restart nothing waits for a lease to run out."""
    await bench.post()
    await bench.claim("former")
    rescuer = Rescuer(engine=bench.engine, worker_id="new", lease_seconds=60, max_rescues=5, clock=bench.clock)
    assert len(await rescuer.rescue_former()) == 1
    claim = await bench.claim("new")
    assert claim.item.rescues == 1


async def test_an_item_that_kills_its_process_again_and_again_is_buried(bench: Bench) -> None:
    """Rescued more often than allowed within one step, it is a dead letter, and others go on."""
    await bench.post()
    for number in range(4):
        if await bench.engine.claim(worker_id=f"w{number}", steps=list(Step), limit=1, lease_seconds=60):
            await bench.engine.rescue(worker_id="other", max_rescues=2)
    assert bench.states() == {"DEAD_LETTER"}


async def test_a_failing_service_is_started_again_ever_more_slowly(bench: Bench) -> None:
    """Each fault is an event with its traceback; the waits grow."""
    clock, starts = ManualClock(), []

    async def fail() -> None:
        starts.append(clock.now())
        raise ValueError("broken")

    supervisor = Supervisor(emit=bench.emitter.emit, clock=clock)
    supervisor.start(Service("broken", fail))
    await clock.advance(40)
    await supervisor.stop_all()
    waits = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert waits[:4] == [1.0, 2.0, 5.0, 10.0]
    fault = next(event for event in bench.events if event.type == "service_failed")
    assert "ValueError: broken" in fault.data["traceback"]
    assert supervisor.faults == {"broken": "broken"}


async def test_events_of_parts_that_do_not_write_are_kept(bench: Bench) -> None:
    """The recorder commits them in order; listeners get them with their ids."""
    recorder = Recorder(engine=bench.engine, emitter=bench.emitter)
    for number in range(3):
        recorder.emit(Event(type="memory_degraded", at=1.0, data={"number": number}))
    await recorder.flush()
    kept = [event for event in bench.reader.events(after=0) if event["type"] == "memory_degraded"]
    assert [event["data"]["number"] for event in kept] == [0, 1, 2]
    assert all(event.id for event in bench.events if event.type == "memory_degraded")


async def test_an_event_no_board_can_keep_is_told_all_the_same_and_holds_up_none(bench: Bench) -> None:
    """Listeners hear of it without an id, and those behind it are kept."""
    recorder = Recorder(engine=bench.engine, emitter=bench.emitter)
    for data in ({"half": "\ud83d"}, {"number": 1}):
        recorder.emit(Event(type="breaker_changed", at=1.0, data=data))
    await recorder.flush()
    assert [event.id is None for event in bench.events if event.type == "breaker_changed"] == [True, False]


class ListNotifier:
    def __init__(self) -> None:
        self.said: list[str] = []

    def notify(self, state: str) -> None:
        self.said.append(state)


async def test_the_watchdog_is_fed_by_a_commit(bench: Bench) -> None:
    """A beat writes the vital signs to the board, then feeds the watchdog; a board that cannot commit feeds nothing."""
    notifier = ListNotifier()
    pulse = Pulse(
        engine=bench.engine,
        clock=ManualClock(),
        notifier=notifier,
        vital_signs=lambda: {"daemon": {"pid": 1}, "memory": "ok"},
        status_line=lambda: "fine",
    )
    await pulse.beat()
    assert json.loads(bench.reader.controls()["daemon"]) == {"pid": 1}
    assert notifier.said == ["WATCHDOG=1\nSTATUS=fine"]
    await bench.engine.close()
    with pytest.raises(Exception, match="closed"):
        await pulse.beat()
    assert len(notifier.said) == 1
