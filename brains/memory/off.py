"""No memory: nothing is known, nothing is kept, and that is no fault."""

from collections.abc import Sequence

from brains.memory.base import Recall, Remembered
from daemon.core.errors import UsageError


class NoMemory:
    """The memory when `memory.mode` is `off`."""

    mode = "off"
    model: str | None = None

    async def recall(self, text: str, *, limit: int, exclude: str | None = None) -> Recall:  # noqa: ARG002
        """Nothing known."""
        return Recall()

    async def remember(self, posts: Sequence[Remembered]) -> bool:  # noqa: ARG002
        """False: the posts stay to be remembered on the board, for the day the memory is switched on."""
        return False

    async def search(self, text: str, *, limit: int) -> Sequence[Remembered]:  # noqa: ARG002
        """Raises `UsageError`."""
        raise UsageError("the memory is off (memory.mode)")

    async def clear(self) -> None:
        """There is nothing to forget."""

    async def size(self) -> int:
        """0."""
        return 0

    def status(self) -> str:
        """`off`."""
        return "off"

    async def close(self) -> None:
        """Nothing is open."""
