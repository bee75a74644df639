"""A vector store that can be told to fail on purpose, as if its server were dead."""

from collections.abc import Callable, Sequence

from brains.memory.base import Remembered
from brains.memory.store import Store
from daemon.core.errors import ConnectionFaultError

IsDown = Callable[[], bool]


class FailingStore:
    """A store in front of which every call fails while `is_down()` says so. Works in the store's thread."""

    def __init__(self, store: Store, *, is_down: IsDown) -> None:
        self._store = store
        self._is_down = is_down

    def nearest(self, vector: Sequence[float], *, limit: int) -> list[Remembered]:
        """As the store."""
        refuse_if(self._is_down)
        return self._store.nearest(vector, limit=limit)

    def put(self, posts: Sequence[Remembered], vectors: Sequence[Sequence[float]]) -> None:
        """As the store."""
        refuse_if(self._is_down)
        self._store.put(posts, vectors)

    def clear(self) -> None:
        """As the store."""
        refuse_if(self._is_down)
        self._store.clear()

    def count(self) -> int:
        """As the store."""
        refuse_if(self._is_down)
        return self._store.count()

    def close(self) -> None:
        """Let go of the store's files and connections, whether it is down or not."""
        self._store.close()


def refuse_if(is_down: IsDown) -> None:
    """Raise what a dead server raises."""
    if is_down():
        raise ConnectionFaultError("the store cannot be reached (chaos)", endpoint="memory")
