"""DavidAgent's own worker loop with a brain that takes no time: claim, artifact, ledger, events, lease, all written."""

import asyncio
import os
import random
import time
from collections.abc import Mapping

from bench.contestants.harness import Load, main
from brains.base import Advanced
from brains.llm.base import CallContext
from daemon.blackboard import open_board
from daemon.blackboard.records import (
    CallStatus,
    Claim,
    NewArtifact,
    NewCall,
    Observation,
    SettledCall,
    Settlement,
    Usage,
)
from daemon.blackboard.states import State, Step
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter, Event
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.models import ReviewSettings
from daemon.publish.base import Post
from daemon.resilience.retrying import RetryPolicy
from daemon.runtime.publisher import Publisher
from daemon.runtime.steps import StepRunner
from daemon.runtime.worker import Worker

KINDS = {Step.EXTRACT: "knowledge", Step.DRAFT: "draft", Step.REVIEW: "review"}


class InstantBrain:
    """Answers at once, with an artifact of 2 KB and one settled call."""

    def __init__(self, payload: Mapping[str, str]) -> None:
        self._payload = payload

    async def run(self, claim: Claim, context: CallContext) -> Advanced:
        """Advance."""
        call = NewCall(
            item_id=claim.item.id,
            brain="left",
            task=claim.step,
            provider="bench",
            model="instant",
            request_hash=f"{claim.item.id}{claim.step}",
            epoch=context.epoch,
        )
        settlement = Settlement(status=CallStatus.OK, usage=Usage(input_tokens=900, output_tokens=400), cost_micro=0)
        return Advanced(
            artifacts=[NewArtifact(kind=KINDS[claim.step], content=self._payload, model="instant")],
            calls=[SettledCall(call=call, settlement=settlement)],
        )


async def drain(load: Load) -> float:
    """All items through all four steps."""
    clock, emitter, rng = SystemClock(), Emitter(), random.Random(1)
    finished = _Countdown(load.items)
    emitter.listen(finished.on_event)
    engine = await open_board(
        home=load.home,
        clock=clock,
        ids=TimeSortedIds(clock.now, rng),
        boot_id="bench",
        synchronous=load.synchronous,
        emitter=emitter,
    )
    seen = [Observation(title=f"Item {n}", text="A sentence. " * 20) for n in range(load.items)]
    await engine.post(seen, source_id=None, by="sensor")
    worker = _worker(load, engine=engine, emitter=emitter, clock=clock, rng=rng)
    started = time.perf_counter()
    running = asyncio.create_task(worker.run())
    await finished.done.wait()
    seconds = time.perf_counter() - started
    await worker.stop(grace_seconds=5)
    await running
    await engine.close()
    return seconds


def _worker(load: Load, *, engine, emitter: Emitter, clock: SystemClock, rng: random.Random) -> Worker:  # noqa: ANN001
    brain = InstantBrain(load.payload)
    publisher = Publisher(
        [],
        engine=engine,
        compose=_compose,
        to_content=lambda _: load.payload,
        policy=RetryPolicy(),
        clock=clock,
        rng=rng,
    )
    steps = StepRunner(
        engine=engine, brains=dict.fromkeys(KINDS, brain), publisher=publisher, review=ReviewSettings(), clock=clock
    )
    return Worker(
        engine=engine,
        steps=steps,
        emitter=emitter,
        emit=emitter.emit,
        clock=clock,
        worker_id=f"bench-{os.getpid()}",
        slots=load.concurrency,
        lease_seconds=60,
        step_timeout=60,
    )


async def _compose(claim: Claim, published_at: float) -> Post:
    return Post(
        item_id=claim.item.id,
        slug=claim.item.id,
        title=claim.item.title,
        summary="",
        body="",
        published_at=published_at,
        source=None,
        link=None,
        language="en",
    )


class _Countdown:
    def __init__(self, left: int) -> None:
        self._left = left
        self.done = asyncio.Event()

    def on_event(self, event: Event) -> None:
        if event.to_state == State.PUBLISHED:
            self._left -= 1
            if self._left == 0:
                self.done.set()


if __name__ == "__main__":
    main(drain)
