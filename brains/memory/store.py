"""The contract between the guarded memory, a vector store and what makes its vectors.

The store, and embeddings made in this process, block and run in one thread.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from brains.llm.embedding import Purpose
from brains.memory.base import Remembered


class Embeddings(Protocol):
    """Turns texts into vectors, in this process."""

    @property
    def is_remote(self) -> Literal[False]:
        """Made in the thread."""
        ...

    @property
    def name(self) -> str:
        """The model's name; vectors of two names are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text, in order. A text that means nothing is the zero vector."""
        ...


class RemoteEmbeddings(Protocol):
    """Vectors that a provider makes: asked for on the event loop, before the store's thread is entered."""

    @property
    def is_remote(self) -> Literal[True]:
        """Asked for."""
        ...

    @property
    def name(self) -> str:
        """The model's name; vectors of two names are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        ...

    async def vectors(self, texts: Sequence[str], *, purpose: Purpose, timeout: float) -> list[list[float]]:
        """One vector per text, in order; the zero vector for one that means nothing. Raises `OutsideError`."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class Store(Protocol):
    """An open vector store. Every method raises `OutsideError` when the store fails."""

    def nearest(self, vector: Sequence[float], *, limit: int) -> list[Remembered]:
        """The nearest posts with their scores, nearest first."""
        ...

    def put(self, posts: Sequence[Remembered], vectors: Sequence[Sequence[float]]) -> None:
        """Take them in, or replace them, by item id."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    def count(self) -> int:
        """How many posts there are."""
        ...

    def close(self) -> None:
        """Let go of files and connections. Never raises."""
        ...
