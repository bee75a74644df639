"""Sources that cost money to read, for tests of what is set aside for them."""

from typing import Any

from daemon.blackboard.records import CallStatus, NewSource, Source
from daemon.blackboard.senses import NewReading, ReadingEnd
from tests.fakes.boards import Board

NO_CAPS: dict[str, int] = {}


async def paid_source(board: Board, name: str = "@example") -> Source:
    """An account."""
    return await board.engine.add_source(NewSource("x", name), by="t")


def reading(source_id: int, /, **more: Any) -> NewReading:
    """Ten entries of five micro-dollars, one read each, of a source with room for a hundred reads."""
    fields = {"provider": "x", "model": "x-posts", "wanted": 10, "least": 1, "reads_each": 1, "micro_each": 5}
    bounds = {"daily_reads": 100, "daily_micro": 1_000_000}
    return NewReading(source_id, **(fields | bounds | more))


def brought(reads: int, *, micro_each: int = 5, **more: Any) -> ReadingEnd:
    """A reading that went well and brought so many."""
    return ReadingEnd(CallStatus.OK, reads=reads, cost_micro=reads * micro_each, **more)


async def read_of(board: Board, source_id: int) -> tuple[int, int]:
    """Reads and micro-dollars of a source on all days."""
    found = await board.rows("SELECT sum(reads), sum(micro) FROM source_reads WHERE source_id = ?", source_id)
    return (found[0][0] or 0, found[0][1] or 0)


async def charged(board: Board) -> dict[str, int]:
    """What stands against each scope."""
    return dict(await board.rows("SELECT scope, charged_micro FROM spending"))
