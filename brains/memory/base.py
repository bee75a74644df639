"""The contract of the memory. It is optional: every failure is 'nothing known', said so, and work goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Remembered:
    """A published, checked post as it enters the memory, and as it comes back."""

    item_id: str
    title: str
    text: str
    """What is embedded and recalled: the post's summary and key sentences."""
    published_at: float
    url: str | None = None
    language: str | None = None
    score: float = 0.0
    """Similarity in recall, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What is known already. `is_degraded`: the store did not answer; the list is empty then."""

    memories: Sequence[Remembered] = field(default_factory=tuple)
    is_degraded: bool = False


class Memory(Protocol):
    """The vector store behind its breaker. `recall` never raises for a store that is down."""

    mode: str
    """`embedded`, `http` or `off`."""

    model: str | None
    """Which embedding model made its vectors; those of another are never compared with them."""

    async def recall(self, text: str, *, limit: int, exclude: str | None = None) -> Recall:
        """What is nearest in meaning; `exclude` leaves one item out."""
        ...

    async def remember(self, posts: Sequence[Remembered]) -> bool:
        """Take them in (by item id: again is the same); False when the store is down."""
        ...

    async def search(self, text: str, *, limit: int) -> Sequence[Remembered]:
        """For a person: raises when the store is down."""
        ...

    async def clear(self) -> None:
        """Forget everything (before a rebuild)."""
        ...

    async def size(self) -> int:
        """How many posts it holds."""
        ...

    def status(self) -> str:
        """`ok`, `degraded` or `off`."""
        ...

    async def close(self) -> None:
        """Close the store."""
        ...
