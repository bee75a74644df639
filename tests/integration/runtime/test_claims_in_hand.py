"""What the worker holds, when the time jumps, the stop comes at a bad moment, or the board is away."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from brains.base import Outcome
from brains.llm.base import CallContext
from daemon.blackboard import open_board
from daemon.blackboard.records import Claim
from daemon.core.events import Emitter
from daemon.core.ids import TimeSortedIds
from daemon.runtime.clock_watch import ClockWatch
from daemon.runtime.leases import LeaseKeeper, Rescuer
from daemon.runtime.worker import Worker
from tests.fakes.clock import ManualClock, SplitClock
from tests.fakes.parts import HangingBrain, ScriptedBrain, passing
from tests.fakes.runtime_bench import Bench
from tests.fakes.waiting import until

LEASE_SECONDS = 60.0


@pytest.fixture
async def timed(tmp_path: Path) -> AsyncIterator[Bench]:
    """A bench whose time the test owns, the board's too."""
    clock, emitter = ManualClock(), Emitter()
    ids = TimeSortedIds(clock.now, random.Random(1))
    engine = await open_board(home=tmp_path, clock=clock, ids=ids, boot_id="boot", emitter=emitter)
    async with engine:
        yield Bench(engine, emitter, clock)


def keepers(bench: Bench, worker: Worker) -> tuple[LeaseKeeper, Rescuer]:
    """The two services that look after leases, as the program puts them together."""
    common: dict[str, Any] = {"engine": bench.engine, "lease_seconds": LEASE_SECONDS, "clock": bench.clock}
    leases = LeaseKeeper(in_hand=lambda: worker.in_hand, on_lost=worker.drop, **common)
    return leases, Rescuer(worker_id="w1", max_rescues=20, renew=leases.renew, **common)


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait for them."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_jump_of_the_clock_takes_no_item_from_a_worker_that_lives(timed: Bench) -> None:
    """After an hour's sleep of the machine every lease is over; the rescuer wakes first, and takes nothing."""
    await timed.post(3)
    brain = HangingBrain()
    worker = timed.worker(timed.steps(brain), lease_seconds=LEASE_SECONDS)
    _, rescuer = keepers(timed, worker)
    running, rescuing = asyncio.create_task(worker.run()), asyncio.create_task(rescuer.run())
    await until(lambda: len(worker.in_hand) == 3)
    timed.clock.set(timed.clock.now() + 3600)  # type: ignore[attr-defined]
    await timed.clock.advance(31)  # type: ignore[attr-defined]
    await until(lambda: bool(timed.clock.slept.count(LEASE_SECONDS / 2) >= 2))  # type: ignore[attr-defined]
    assert "item_rescued" not in timed.types()
    assert len(worker.in_hand) == 3
    await worker.stop(grace_seconds=0)
    await ended(running, rescuing)


async def test_a_clock_that_is_set_back_is_seen(timed: Bench) -> None:
    """An item on the board is not held up for the hour the clock went back; to go forward is nothing."""
    board_clock: Any = timed.clock
    clock = SplitClock(board_clock.now())
    await timed.post()
    watching = asyncio.create_task(ClockWatch(engine=timed.engine, clock=clock, article_seconds=600).run())
    await until(lambda: len(clock.slept) == 1)
    clock.set_by = 7200
    await clock.advance(5)
    await until(lambda: len(clock.slept) == 2)
    assert "clock_set_back" not in timed.types()
    clock.set_by = 3600
    board_clock.set(board_clock.now() - 3600)
    await clock.advance(5)
    await until(lambda: len(clock.slept) == 3)
    assert [event.data["seconds"] for event in timed.events if event.type == "clock_set_back"] == [3600.0]
    assert (await timed.claim()).item.title == "Item 0"
    await ended(watching)


async def test_what_nobody_holds_any_more_is_still_rescued(timed: Bench) -> None:
    """A claim of this very worker that is not in its hand (its step could not be saved) is free after one lease."""
    await timed.post()
    worker = timed.worker(timed.steps(ScriptedBrain()), lease_seconds=LEASE_SECONDS)
    await timed.claim("w1")
    _, rescuer = keepers(timed, worker)
    rescuing = asyncio.create_task(rescuer.run())
    timed.clock.set(timed.clock.now() + LEASE_SECONDS)  # type: ignore[attr-defined]
    await timed.clock.advance(31)  # type: ignore[attr-defined]
    await until(lambda: "item_rescued" in timed.types())
    await ended(rescuing)


@pytest.mark.parametrize("is_next_in_hand", [True, False])
async def test_a_heartbeat_gives_up_only_the_claim_it_asked_for(bench: Bench, *, is_next_in_hand: bool) -> None:
    """A step that ends while its lease is renewed does not take the next step of its item down with it."""
    await bench.post()
    reading = await bench.claim("w1")
    await bench.engine.advance(reading)
    writing = await bench.claim("w1")
    held, lost = {reading.item.id: reading}, list[str]()
    leases = LeaseKeeper(
        engine=bench.engine,
        in_hand=lambda: held,
        on_lost=lost.append,
        lease_seconds=LEASE_SECONDS,
        clock=bench.clock,
    )
    renewing = asyncio.create_task(leases.renew())
    await asyncio.sleep(0)
    if is_next_in_hand:
        held[writing.item.id] = writing
    await renewing
    assert lost == ([] if is_next_in_hand else [reading.item.id])


async def test_a_claim_that_comes_back_while_the_old_step_still_runs_replaces_it(bench: Bench) -> None:
    """The old step is cancelled, changes nothing, and its end does not make the worker forget the new one."""
    await bench.post()
    ends = asyncio.Event()
    started: list[int] = []
    cancelled: list[int] = []

    class StubbornBrain(ScriptedBrain):
        async def run(self, claim: Claim, context: CallContext) -> Outcome:
            started.append(claim.item.epoch)
            try:
                await ends.wait()
            except asyncio.CancelledError:
                cancelled.append(claim.item.epoch)
                await asyncio.sleep(0)
                raise
            return passing(claim)

    worker = bench.worker(bench.steps(StubbornBrain()))
    running = asyncio.create_task(worker.run())
    await until(lambda: started == [1])
    await bench.engine.rescue(worker_id="another", max_rescues=5)
    await until(lambda: started == [1, 2])
    await until(lambda: cancelled == [1])
    assert [claim.item.epoch for claim in worker.in_hand.values()] == [2]
    assert "item_released" not in bench.types()
    ends.set()
    await until(bench.is_drained)
    await worker.stop(grace_seconds=0)
    await running
    assert bench.reader.counts()["PUBLISHED"] == 1


async def test_what_is_claimed_while_it_stops_goes_back_at_once(bench: Bench) -> None:
    """A claim that is on its way to the board when the stop comes starts no step."""
    await bench.post(5)
    brain = ScriptedBrain()
    worker = bench.worker(bench.steps(brain))
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    await worker.stop(grace_seconds=0)
    await running
    assert (brain.seen, worker.in_hand) == ([], {})
    claims = [await bench.claim("w2") for _ in range(5)]
    assert {(claim.item.attempts, claim.item.rescues) for claim in claims} == {(0, 0)}


async def test_a_stop_in_the_moment_a_step_is_saved_says_nothing_wrong(bench: Bench) -> None:
    """The end of the step is on its way to the board when it is cancelled: it stands, and no fault is told."""
    await bench.post()
    saving = asyncio.Event()

    class Steps:
        async def run(self, claim: Claim) -> None:
            saving.set()
            await bench.engine.advance(claim)

    worker = bench.worker(Steps())
    running = asyncio.create_task(worker.run())
    await saving.wait()
    await asyncio.sleep(0)
    await worker.stop(grace_seconds=0)
    await ended(running)
    assert bench.states() == {"DRAFTING"}
    assert "step_not_saved" not in bench.types()
