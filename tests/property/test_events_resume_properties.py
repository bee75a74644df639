"""Whatever a client goes through, it hears every event once, in order."""

import asyncio
import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.event_desk import EventDesk, event_desk
from tests.fakes.listeners import listening

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("note"), st.integers(1, 60)),
        st.tuples(st.just("note_untold"), st.integers(1, 5)),
        st.tuples(st.just("hear"), st.integers(0, 8)),
        st.tuples(st.just("restart"), st.integers(100, 130)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=12, deadline=None)
@given(steps=STEPS, before=st.integers(0, 400), seed=st.integers(0, 1000))
def test_every_event_comes_once_and_in_order_through_any_breaks(
    steps: list[tuple[str, int]], before: int, seed: int
) -> None:
    """The client leaves at any moment, also in the middle of what it is sent, and comes back with its last id."""
    asyncio.run(_live_through(steps, before=before, rng=random.Random(seed)))


async def _live_through(steps: list[tuple[str, int]], *, before: int, rng: random.Random) -> None:
    heard: list[int] = []
    with TemporaryDirectory() as folder:
        async with event_desk(Path(folder), before=before, remembered=100) as desk:
            total = before
            for what, number in steps:
                if what == "note":
                    await asyncio.gather(*(desk.note() for _ in range(number)))
                    total += number
                elif what == "note_untold":
                    await desk.note_untold(number)
                    total += number
                elif what == "restart":
                    async with desk.restarted(remembered=number) as later:
                        await _hear(later, heard, turns=rng.randrange(30))
                else:
                    await _hear(desk, heard, turns=number, more=rng.randrange(20))
                    total = await desk.newest()
            await desk.note()
            await _hear(desk, heard, upto=total + 1)
    assert heard == list(range(1, total + 2))


async def _hear(desk: EventDesk, heard: list[int], *, turns: int = 0, more: int = 0, upto: int | None = None) -> None:
    """Come back after the last event that was heard, and leave some time later."""
    async with listening(desk.layer(), f"last_event_id={heard[-1] if heard else 0}") as client:
        for _ in range(turns):
            await asyncio.sleep(0)
        if more:
            await asyncio.gather(*(desk.note() for _ in range(more)))
        if upto is not None:
            await client.until_id(upto)
    heard += client.ids
