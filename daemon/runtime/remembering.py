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
GATHER_SECONDS = 0.5
"""What is published in this time is remembered together: one post alone costs the store as much as thirty."""

MEMORY_MODEL = "memory_model"
"""The control that says which embedding model the memory was filled with."""

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
        self._stirred = asyncio.Event()
        self._stirred.set()
        emitter.listen(self._on_event)

    async def run(self) -> None:
        """Remember until cancelled. Opens the memory first, so that the first recall finds it open.

        While the memory is away it is asked again and again, so that its return is seen also when nobody recalls.
        """
        if self._memory.mode == "off":
            return
        with suppress(DavidAgentError):
            await self._memory.size()
        await self.check_model()
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            await self._clock.sleep(GATHER_SECONDS)
            if not await self._is_even():
                await self._clock.sleep(RETRY_SECONDS)
                self._stirred.set()

    async def _is_even(self) -> bool:
        """Catch up; True when the memory is there and has everything, or when it rests: what ends that stirs us."""
        if self._memory.status() == "off":
            return True
        has_all = await self.catch_up()
        if self._memory.status() == "degraded":
            with suppress(DavidAgentError):
                await self._memory.size()
        return has_all and self._memory.status() != "degraded"

    async def catch_up(self) -> bool:
        """Remember all there is; False when the memory does not take it now."""
        while ids := await self._engine.unremembered(limit=BATCH):
            posts = await asyncio.to_thread(self._load_posts, ids)
            if posts and not await self._memory.remember(posts):
                return False
            await self._engine.mark_remembered(ids)
        return True

    async def check_model(self) -> bool:
        """Whether the memory was filled with the embedding model that it has now; `memory_model_changed` when not.

        Vectors of two models are never mixed: each has a collection of its own. So what was remembered with another
        one is not recalled until the memory is rebuilt. A person decides that: a provider's vectors cost money.
        """
        known = await self._engine.get_control(MEMORY_MODEL)
        if known is None:
            await self._note_model()
        if known in (None, self._memory.model):
            return True
        await self._engine.record_event(
            "memory_model_changed",
            data={"from": known, "to": self._memory.model, "remedy": "davidagent memory rebuild"},
        )
        return False

    async def rebuild(self) -> int:
        """Forget all and remember everything published anew; answers how many posts that is."""
        await self._memory.clear()
        count = await self._engine.forget_remembered()
        await self._note_model()
        self._stirred.set()
        return count

    async def _note_model(self) -> None:
        if self._memory.model is not None:
            await self._engine.write_vital(MEMORY_MODEL, self._memory.model)

    def _on_event(self, event: Event) -> None:
        if event.to_state == State.PUBLISHED or event.type in _STIRRING:
            self._stirred.set()


_STIRRING = frozenset({"memory_degraded", "memory_restored", "level_changed"})
