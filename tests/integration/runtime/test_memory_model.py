"""A memory whose embedding model has changed."""

from daemon.blackboard.records import Observation
from daemon.runtime.remembering import MEMORY_MODEL, Remembering
from tests.fakes.clock import ManualClock
from tests.fakes.parts import ListMemory
from tests.fakes.runtime_bench import Bench


def remembering(bench: Bench, model: str | None) -> Remembering:
    memory = ListMemory()
    memory.model = model
    return Remembering(
        engine=bench.engine, memory=memory, load_posts=lambda _: [], emitter=bench.emitter, clock=ManualClock()
    )


async def test_the_first_model_is_noted_and_kept_without_a_word(bench: Bench) -> None:
    for _ in range(2):
        assert await remembering(bench, "wordllama").check_model()
    assert await bench.engine.get_control(MEMORY_MODEL) == "wordllama"
    assert bench.types() == []


async def test_another_model_is_told_at_every_start_until_the_memory_is_rebuilt(bench: Bench) -> None:
    """With what it was, what it is, and the remedy; nothing is mixed and nothing is rebuilt unasked."""
    await bench.engine.post([Observation(title="t", text="x")], source_id=None, by="test")
    await remembering(bench, "wordllama").check_model()
    changed = remembering(bench, "gemini-embedding-2")
    assert not await changed.check_model()
    assert not await changed.check_model()
    assert bench.types()[-2:] == ["memory_model_changed"] * 2
    assert bench.events[-1].data == {
        "from": "wordllama",
        "to": "gemini-embedding-2",
        "remedy": "davidagent memory rebuild",
    }
    await changed.rebuild()
    assert await changed.check_model()
