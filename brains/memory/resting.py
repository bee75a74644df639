"""A memory that the level of degradation may lay to rest: then nothing is known, and nothing is put in."""

from collections.abc import Callable, Sequence

from brains.memory.base import Memory, Recall, Remembered


class RestingMemory:
    """The memory, not touched by the work while `is_resting()`; what a person asks of it is done all the same."""

    def __init__(self, memory: Memory, *, is_resting: Callable[[], bool]) -> None:
        self._memory = memory
        self._is_resting = is_resting
        self.mode = memory.mode
        self.model = memory.model

    async def recall(self, text: str, *, limit: int, exclude: str | None = None) -> Recall:
        """What is nearest in meaning; nothing, at once, while it rests, and the draft says so."""
        if self._is_resting():
            return Recall(is_degraded=True)
        return await self._memory.recall(text, limit=limit, exclude=exclude)

    async def remember(self, posts: Sequence[Remembered]) -> bool:
        """Take them in; False while it rests: they stay marked on the board."""
        return False if self._is_resting() else await self._memory.remember(posts)

    async def search(self, text: str, *, limit: int) -> Sequence[Remembered]:
        """For a person: as the memory itself."""
        return await self._memory.search(text, limit=limit)

    async def clear(self) -> None:
        """Forget everything, as the memory itself."""
        await self._memory.clear()

    async def size(self) -> int:
        """How many posts it holds, as the memory itself."""
        return await self._memory.size()

    def status(self) -> str:
        """`ok`, `degraded` or `off`; `off` while it rests."""
        return "off" if self._is_resting() else self._memory.status()

    @property
    def reason(self) -> str | None:
        """Why it is degraded, in one line; None when it is not."""
        reason: str | None = None if self._is_resting() else getattr(self._memory, "reason", None)
        return reason

    @property
    def degraded_at(self) -> float | None:
        """Since when (epoch seconds); None when it is not."""
        at: float | None = None if self._is_resting() else getattr(self._memory, "degraded_at", None)
        return at

    async def close(self) -> None:
        """Close the store."""
        await self._memory.close()
