"""Puts published posts into the memory, and keeps at it when the memory was away."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from brains.memory.base import Memory, Remembered
from daemon.blackboard.engine import Engine
from daemon.blackboard.states import State
from daemon.core.clock import Clock
from daemon.core.errors import DavidAgentError
from daemon.core.events import Emitter, Event

BATCH = 32
RETRY_SECONDS = 10.0

LoadPosts = Callable[[Sequence[str]], Sequence[Remembered]]
"""Reads published posts by item id, as the memory takes them. Called off the event loop."""


class Remembering:
    """What is published and not yet remembered is on the board, so a memory that was down misses nothing."""

    def __init__(
        self, *, engine: Engine, memory: Memory, load_posts: LoadPosts, emitter: Emitter, clock: Clock
    ) -> None:
        self._engine = engine
        self._memory = memory
        self._load_posts = load_posts
        self._clock = clock
        self._published = asyncio.Event()
        self._published.set()
        emitter.listen(self._on_event)

    async def run(self) -> None:
        """Remember until cancelled. Opens the memory first, so that the first recall finds it open."""
        with suppress(DavidAgentError):
            await self._memory.size()
        while True:
            await self._published.wait()
            self._published.clear()
            if not await self.catch_up():
                await self._clock.sleep(RETRY_SECONDS)
                self._published.set()

    async def catch_up(self) -> bool:
        """Remember all there is; False when the memory does not take it now."""
        while ids := await self._engine.unremembered(limit=BATCH):
            posts = await asyncio.to_thread(self._load_posts, ids)
            if posts and not await self._memory.remember(posts):
                return False
            await self._engine.mark_remembered(ids)
        return True

    async def rebuild(self) -> int:
        """Forget all and remember everything published anew; answers how many posts that is."""
        await self._memory.clear()
        count = await self._engine.forget_remembered()
        self._published.set()
        return count

    def _on_event(self, event: Event) -> None:
        if event.to_state == State.PUBLISHED or event.type == "memory_restored":
            self._published.set()
