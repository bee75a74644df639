"""The contract of readings that cost money: a sensor asks before it reads, and tells afterwards what it got."""

from typing import Protocol

from daemon.blackboard.budgets import MICRO
from daemon.blackboard.records import Source
from daemon.blackboard.senses import NewReading, Reading, ReadingEnd
from daemon.core.errors import BudgetExceededError


class Readings(Protocol):
    """Sets money and reads aside on the board; the runtime brings the one that does."""

    async def begin(self, new: NewReading) -> Reading:
        """Leave to read so many entries; see `SenseKeeper.begin_reading`, whose errors it raises."""
        ...

    async def settle(self, reading: Reading, end: ReadingEnd) -> None:
        """What became of it. Call it whatever happened, also when the caller is cancelled."""
        ...


class NoReadings:
    """For where nothing may be paid for: every reading is refused."""

    async def begin(self, new: NewReading) -> Reading:
        """Raises `BudgetExceededError`."""
        raise BudgetExceededError(f"nothing may be paid for here, and {new.model} costs money")

    async def settle(self, reading: Reading, end: ReadingEnd) -> None:
        """Nothing was begun."""


def bounds_of(source: Source, *, daily_reads: int, daily_usd: float) -> tuple[int, int]:
    """The reads and the micro-dollars that a source may cost in a day: its own settings, else these defaults."""
    reads, usd = source.settings.get("daily_reads"), source.settings.get("daily_usd")
    return int(reads or daily_reads), round(float(usd or daily_usd) * MICRO)
