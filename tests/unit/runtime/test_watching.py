"""The small instruments: recent times, the loop, the machine, lost services."""

import asyncio
import time
from pathlib import Path

from daemon.core.events import Event
from daemon.runtime.loop_watch import SAMPLE_SECONDS, LoopWatch
from daemon.runtime.machine import Machine
from daemon.runtime.recent import RecentTimes
from daemon.runtime.supervisor import RESTART_DELAYS, STEADY_AFTER_SECONDS, Service, Supervisor
from tests.fakes.clock import InstantClock, ManualClock


def test_of_nothing_every_figure_is_zero() -> None:
    assert (RecentTimes().last, RecentTimes().percentile(0.99)) == (0.0, 0.0)


def test_percentiles_are_of_the_spans_of_the_last_minute() -> None:
    times = RecentTimes()
    times.add(99.0, at=0.0)
    for number in range(1, 101):
        times.add(number / 100, at=61.0)
    assert (times.percentile(0.5), times.percentile(0.99), times.percentile(1), times.last) == (0.5, 0.99, 1.0, 1.0)


async def test_the_loop_is_late_by_what_a_sleep_took_too_long() -> None:
    clock = ManualClock(0.0)
    watch = LoopWatch(clock)
    running = asyncio.create_task(watch.run())
    await clock.advance(SAMPLE_SECONDS)
    assert watch.lags.last == 0.0
    clock.set(SAMPLE_SECONDS * 2 + 0.7)  # something held the loop beyond the end of the sleep
    await clock.advance(0.0)
    assert round(watch.lags.last, 6) == 0.7
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_a_processor_that_works_is_seen_at_the_first_look_and_at_the_next(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "blackboard.db")
    machine.look()
    end = time.perf_counter() + 0.15
    while time.perf_counter() < end:
        sum(range(1000))
    assert machine.look().cpu_percent > 0


def test_files_that_are_not_there_have_no_size(tmp_path: Path) -> None:
    found = Machine(tmp_path / "blackboard.db").look()
    assert (found.board, found.wal) == (0, 0)
    (tmp_path / "blackboard.db-wal").write_bytes(b"x" * 10)
    assert Machine(tmp_path / "blackboard.db").look().wal == 10
    assert min(found.free_disk, found.rss, found.memory_available) > 0


async def test_a_service_that_ends_by_itself_is_lost_and_one_that_was_stopped_is_not() -> None:
    async def ends() -> None:
        return

    async def goes_on() -> None:
        await asyncio.Event().wait()

    supervisor = Supervisor(emit=lambda _: None, clock=ManualClock())
    supervisor.start(Service("short", ends))
    supervisor.start(Service("long", goes_on))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert supervisor.lost == ["short"]
    await supervisor.stop_all()
    assert supervisor.lost == []


async def test_a_service_that_fails_whenever_it_is_started_is_lost_until_it_has_run_steadily() -> None:
    clock, events, runs = InstantClock(), list[Event](), 0
    steady = asyncio.Event()

    async def fails_five_times() -> None:
        nonlocal runs
        runs += 1
        if runs <= len(RESTART_DELAYS):
            raise ValueError("again")
        steady.set()
        await asyncio.Event().wait()

    supervisor = Supervisor(emit=events.append, clock=clock)
    supervisor.start(Service("worker", fails_five_times))
    await steady.wait()
    assert (len(events), supervisor.lost) == (len(RESTART_DELAYS), ["worker"])
    clock.set(clock.now() + STEADY_AFTER_SECONDS + 1)
    assert supervisor.lost == []
    await supervisor.stop_all()


async def test_one_fault_loses_no_service() -> None:
    clock, is_back = InstantClock(), asyncio.Event()
    runs = 0

    async def fails_once() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ValueError("once")
        is_back.set()
        await asyncio.Event().wait()

    supervisor = Supervisor(emit=lambda _: None, clock=clock)
    supervisor.start(Service("worker", fails_once))
    await is_back.wait()
    assert (supervisor.lost, list(supervisor.faults)) == ([], ["worker"])
    await supervisor.stop_all()
