"""Whatever readings begin, end, are lost or die: charged is never less than what was read, nor more than the bound."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.blackboard.records import CallStatus
from daemon.blackboard.senses import Reading, ReadingEnd
from daemon.core.errors import BudgetExceededError
from tests.fakes.boards import Board, open_for_test
from tests.fakes.paid_sources import charged, paid_source, read_of, reading

READS, MICRO, DAY = 40, 150, 190
"""The bounds: of the source in reads and micro-dollars, of all sources in micro-dollars."""
EACH_READS, EACH_MICRO = 2, 5

_BEGIN = st.tuples(st.just("begin"), st.integers(0, 1), st.integers(1, 12))
_END = st.tuples(st.sampled_from(["ok", "error", "lost"]), st.integers(0, 5), st.integers(0, 12))
_CRASH = st.tuples(st.just("crash"), st.just(0), st.just(0))
STEPS = st.lists(st.one_of(_BEGIN, _BEGIN, _END, _CRASH), min_size=1, max_size=25)


@dataclass
class World:
    """The provider's own count beside the board."""

    board: Board
    sources: list[int]
    open: list[Reading] = field(default_factory=list)
    truth: dict[int, int] = field(default_factory=dict)
    """Entries that were really read, by source; of a reading under way, all that it may have read by now."""

    async def begin(self, number: int, wanted: int) -> None:
        source = self.sources[number]
        asked = reading(
            source,
            wanted=wanted,
            reads_each=EACH_READS,
            micro_each=EACH_MICRO,
            daily_reads=READS,
            daily_micro=MICRO,
        )
        try:
            begun = await self.board.engine.begin_reading(asked, caps={"day": DAY})
        except BudgetExceededError:
            return
        assert 1 <= begun.entries <= wanted
        self.open.append(begun)

    async def end(self, how: str, number: int, brought: int) -> None:
        if not self.open:
            return
        one = self.open.pop(number % len(self.open))
        entries = min(brought, one.entries)
        self.truth[one.source_id] = self.truth.get(one.source_id, 0) + entries
        if how == "lost":
            end = ReadingEnd(CallStatus.UNCONFIRMED, error="timeout")
        else:
            status = CallStatus.OK if how == "ok" else CallStatus.ERROR
            end = ReadingEnd(status, reads=entries * EACH_READS, cost_micro=entries * EACH_MICRO)
        await self.board.engine.settle_reading(one, end)

    async def crash(self) -> None:
        """What was under way had been read in full, as far as anybody can tell."""
        for one in self.open:
            self.truth[one.source_id] = self.truth.get(one.source_id, 0) + one.entries
        self.open.clear()
        self.board = await self.board.crash(synchronous="normal")

    async def check(self) -> None:
        spent = 0
        for source in self.sources:
            reads, micro = await read_of(self.board, source)
            under_way = sum(one.entries for one in self.open if one.source_id == source)
            least = self.truth.get(source, 0) + under_way
            assert least * EACH_READS <= reads <= READS
            assert least * EACH_MICRO <= micro <= MICRO
            spent += micro
        sums = await charged(self.board)
        assert {sums.get(scope, 0) for scope in ("brain:sensor", "day", "month")} == {spent}
        assert spent <= DAY


@given(steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_any_order_of_begins_ends_and_crashes_stays_within_the_bounds(steps: list[tuple[str, int, int]]) -> None:
    """After every step."""
    asyncio.run(_live(steps))


async def _live(steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        board = await open_for_test(Path(folder) / "home", synchronous="normal")
        sources = [(await paid_source(board, name)).id for name in ("@a", "@b")]
        world = World(board, sources)
        try:
            for what, number, amount in steps:
                if what == "begin":
                    await world.begin(number, amount)
                elif what == "crash":
                    await world.crash()
                else:
                    await world.end(what, number, amount)
                await world.check()
        finally:
            await world.board.engine.close()
