"""A memory that rests at a level of degradation."""

from brains.memory.base import Recall, Remembered
from brains.memory.resting import RestingMemory
from tests.fakes.parts import ListMemory

POST = Remembered(item_id="i", title="t", text="x", published_at=1.0)


class Counting(ListMemory):
    """Counts what it is asked by the work."""

    def __init__(self) -> None:
        super().__init__()
        self.touched = 0

    async def recall(self, text: str, *, limit: int, exclude: str | None = None) -> Recall:
        self.touched += 1
        return Recall(memories=(POST,))


async def test_at_rest_nothing_is_known_and_the_store_is_not_touched() -> None:
    """The draft says that it was written without memory; posts stay to be remembered."""
    store = Counting()
    memory = RestingMemory(store, is_resting=lambda: True)
    assert await memory.recall("x", limit=5) == Recall((), is_degraded=True)
    assert await memory.remember([POST]) is False
    assert (store.touched, store.posts, memory.status()) == (0, {}, "off")


async def test_awake_it_is_the_memory_itself() -> None:
    store = Counting()
    memory = RestingMemory(store, is_resting=lambda: False)
    assert await memory.recall("x", limit=5) == Recall((POST,))
    assert await memory.remember([POST]) is True
    assert (memory.mode, memory.model, memory.status()) == (store.mode, store.model, "ok")


async def test_a_person_may_look_and_clear_also_at_rest() -> None:
    store = Counting()
    await store.remember([POST])
    memory = RestingMemory(store, is_resting=lambda: True)
    assert (await memory.search("x", limit=1), await memory.size()) == ([POST], 1)
    await memory.clear()
    assert await memory.size() == 0
    await memory.close()
