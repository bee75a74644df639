"""A bench to put the runtime's parts on, over a real board."""

import random
from typing import Any

from brains.base import Brain
from daemon.blackboard import SqliteEngine
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.records import Claim, Observation
from daemon.blackboard.states import LIVE, Step
from daemon.core.clock import Clock
from daemon.core.events import Emitter, Event
from daemon.core.settings.models import ReviewSettings
from daemon.publish.base import Sink
from daemon.publish.compose import compose_post, post_content
from daemon.resilience.retrying import RetryPolicy
from daemon.runtime.publisher import Publisher
from daemon.runtime.steps import StepRunner, WhyHold
from daemon.runtime.worker import Worker
from tests.fakes.clock import InstantClock
from tests.fakes.parts import ScriptedBrain


class Bench:
    """The parts of a runtime on one board, and how to drive them."""

    def __init__(self, engine: SqliteEngine, emitter: Emitter, clock: Clock) -> None:
        self.engine = engine
        self.emitter = emitter
        self.clock = clock
        self.reader = BoardReader(engine.path)
        self.events: list[Event] = []
        emitter.listen(self.events.append)

    async def post(self, count: int = 1) -> list[str]:
        """Put items on the board."""
        seen = [Observation(title=f"Item {n}", text=f"The text of item {n}.") for n in range(count)]
        return [posted.item_id for posted in await self.engine.post(seen, source_id=None, by="test")]

    def publisher(self, *sinks: Sink) -> Publisher:
        """A publisher that retries at once."""
        return Publisher(
            sinks,
            engine=self.engine,
            compose=_compose,
            to_content=post_content,
            policy=RetryPolicy(delays=(2, 4, 8)),
            clock=InstantClock(self.clock.now()),
            rng=random.Random(1),
        )

    def steps(
        self, brain: Brain, *sinks: Sink, review: ReviewSettings | None = None, why_hold: WhyHold | None = None
    ) -> StepRunner:
        """One brain for all steps."""
        return StepRunner(
            engine=self.engine,
            brains={step: brain for step in Step if step is not Step.PUBLISH},
            publisher=self.publisher(*sinks),
            review=review or ReviewSettings(),
            clock=self.clock,
            why_hold=why_hold,
        )

    def worker(self, steps: Any, **changes: Any) -> Worker:
        """A worker of four slots."""
        settings: dict[str, Any] = {"worker_id": "w1", "slots": 4, "lease_seconds": 60.0, "step_timeout": 60.0}
        settings["engine"] = self.engine
        return Worker(
            steps=steps,
            emitter=self.emitter,
            emit=self.emitter.emit,
            clock=self.clock,
            **(settings | changes),
        )

    async def claim(self, worker_id: str = "w1") -> Claim:
        """Take the next item."""
        (claim,) = await self.engine.claim(worker_id=worker_id, steps=list(Step), limit=1, lease_seconds=60)
        return claim

    async def claim_in(self, state: str) -> Claim:
        """Post one item and lead it to `state`, claimed."""
        await self.post()
        steps = self.steps(ScriptedBrain())
        while (claim := await self.claim()).item.state != state:
            await steps.run(claim)
        return claim

    def states(self) -> set[str]:
        """The states that have items."""
        return {state for state, count in self.reader.counts().items() if count}

    def is_drained(self) -> bool:
        """Nothing is left to do."""
        counts = self.reader.counts()
        return not any(counts[state] for state in LIVE)

    def types(self) -> list[str]:
        """The types of the events so far."""
        return [event.type for event in self.events]


async def _compose(claim: Claim, published_at: float) -> Any:
    return compose_post(claim.item, claim.observation, claim.artifacts, published_at=published_at, models=["m"])
