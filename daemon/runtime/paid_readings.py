"""Readings that cost money, on the board, within the caps that hold now."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from daemon.blackboard.budgets import caps_for
from daemon.blackboard.engine import Engine
from daemon.blackboard.senses import READER, NewReading, Reading, ReadingEnd
from daemon.core.errors import BudgetExceededError
from daemon.core.redaction import scrub_text
from daemon.runtime.exhaustion import Exhaustion


class BoardReadings:
    """The `Readings` of a running program. `caps`: the micro-dollars by scope that hold now, as `BoardLedger.caps`."""

    def __init__(self, engine: Engine, *, caps: Callable[[], Mapping[str, int]], exhaustion: Exhaustion) -> None:
        self._engine = engine
        self._caps = caps
        self._exhaustion = exhaustion

    async def begin(self, new: NewReading) -> Reading:
        """Set aside what it may bring. Raises `BudgetExceededError` with `until`, and `NotFoundError`."""
        try:
            return await self._engine.begin_reading(new, caps=caps_for(self._caps(), brain=READER))
        except BudgetExceededError as error:
            await self._exhaustion.tell(error)
            raise

    async def settle(self, reading: Reading, end: ReadingEnd) -> None:
        """What became of it; what an error says is scrubbed, for it may quote what was sent."""
        if end.error is not None:
            end = replace(end, error=scrub_text(end.error))
        await self._engine.settle_reading(reading, end)
