"""A process that works on a board until it is killed; run as a script with the home and a seed.

It writes one line for each verb whose await has returned: `post ID`, or `VERB ID EPOCH`.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

from daemon.blackboard import SqliteEngine, open_board
from daemon.blackboard.records import CallKind, CallStatus, Claim, PublicationStatus, Settlement
from daemon.blackboard.states import State, Step
from daemon.core.clock import SystemClock
from daemon.core.ids import TimeSortedIds
from tests.fakes.boards import artifact, call, failure, seen, settled

WORKERS = 8
IN_A_BATCH = 0.1
"""The share of steps that also wait for a batch, which a kill may cut off anywhere."""


def acknowledge(*words: object) -> None:
    """Say that a verb has returned; straight to the pipe, so that a kill loses nothing."""
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


async def produce(engine: SqliteEngine, rng: random.Random) -> None:
    """Post without end, some things twice."""
    while True:
        names = [f"n{rng.randrange(100_000)}" for _ in range(4)]
        for one in await engine.post([seen(name) for name in names], source_id=None, by="t"):
            if one.is_new:
                acknowledge("post", one.item_id)


async def work(engine: SqliteEngine, worker_id: str, rng: random.Random) -> None:
    """Claim, call a model, end the step, without end."""
    while True:
        for claim in await engine.claim(worker_id=worker_id, steps=list(Step), limit=3, lease_seconds=60):
            acknowledge("claim", claim.item.id, claim.item.epoch)
            await engine.begin_call(call(claim.item.id, reserved=5), caps={})
            if rng.random() < IN_A_BATCH:
                await batch(engine, claim, rng)
            verb = await end(engine, claim, rng)
            acknowledge(verb, claim.item.id, claim.item.epoch)
        await asyncio.sleep(0)


async def batch(engine: SqliteEngine, claim: Claim, rng: random.Random) -> None:
    """A call in a batch of its own, answered or not."""
    call_id = await engine.begin_call(call(claim.item.id, reserved=7, kind=CallKind.BATCH), caps={})
    batch_id = await engine.open_batch(endpoint="m", call_ids=[call_id])
    await engine.batch_sent(batch_id, vendor_id=f"v{batch_id}", next_poll_at=0.0)
    if rng.random() < 0.5:
        await engine.settle_call(call_id, Settlement(CallStatus.OK, cost_micro=3, answer="{}"))
    await engine.end_batch(batch_id)


async def end(engine: SqliteEngine, claim: Claim, rng: random.Random) -> str:
    """End the step somehow, mostly well."""
    if claim.item.state is State.PUBLISHING:
        await engine.intend(claim, sink="s", key=claim.item.id)
        await engine.settle_publication(claim, key=claim.item.id, status=PublicationStatus.DONE)
    if rng.random() < 0.1:
        await engine.bury(claim, failure=failure())
        return "bury"
    await engine.advance(claim, artifacts=[artifact(text="x" * 500)], calls=[settled(claim.item.id, cost=1)])
    return "advance"


async def main(home: Path, seed: int) -> None:
    """Work until killed."""
    rng = random.Random(seed)
    clock = SystemClock()
    boot_id = f"boot{seed}"
    engine = await open_board(home=home, clock=clock, ids=TimeSortedIds(clock.now, rng), boot_id=boot_id)
    await engine.rescue(worker_id=boot_id, max_rescues=1000)
    await engine.recover_batches()
    async with asyncio.TaskGroup() as group:
        group.create_task(produce(engine, rng))
        for number in range(WORKERS):
            group.create_task(work(engine, f"{boot_id}-{number}", rng))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
