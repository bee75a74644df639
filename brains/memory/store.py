"""The contract between the guarded memory and a vector store. Everything here blocks and runs in one thread."""

from collections.abc import Sequence
from typing import Protocol

from brains.memory.base import Remembered


class Embeddings(Protocol):
    """Turns texts into vectors."""

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
