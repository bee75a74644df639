"""Opening the store while many want it."""

import asyncio
import random
from collections.abc import Sequence

from brains.memory.guarded import GuardedMemory
from brains.memory.store import Store
from daemon.core.clock import SystemClock
from daemon.core.errors import ServerFaultError
from daemon.core.events import Event
from daemon.resilience.breaker import Breaker


class ConstantEmbeddings:
    """The same vector for everything."""

    name, dimensions, is_remote = "constant", 2, False

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] for _ in texts]


def dead_store() -> Store:
    raise ServerFaultError("the store cannot be reached", endpoint="memory")


async def test_a_store_that_fails_again_and_again_at_once_never_raises() -> None:
    """Who waited for one opening is not confused by the next, which another recall began meanwhile."""
    events: list[Event] = []
    clock = SystemClock()
    memory = GuardedMemory(
        "http",
        open_store=dead_store,
        embeddings=ConstantEmbeddings(),
        timeout=5.0,
        breaker=Breaker("memory", clock=clock, rng=random.Random(1), failure_threshold=10_000),
        clock=clock,
        emit=events.append,
    )

    async def recall_often() -> list[bool]:
        return [(await memory.recall("a text", limit=3)).is_degraded for _ in range(5)]

    found = await asyncio.gather(*(recall_often() for _ in range(20)))
    assert all(is_degraded for one in found for is_degraded in one)
    assert [event.type for event in events] == ["memory_degraded"]
    await memory.close()
