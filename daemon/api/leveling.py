"""The level of degradation, as a person sets it on the board."""

from typing import Any

from daemon.blackboard.engine import Engine
from daemon.resilience.chosen_level import LEVEL_SET, choice, level_at_rest

Document = dict[str, Any]


class LevelSwitch:
    """A person's choice of the level. `now` is epoch seconds; `by` is kept with it."""

    def __init__(self, engine: Engine, *, by: str) -> None:
        self._engine = engine
        self._by = by

    async def status(self, *, now: float) -> Document:
        """How the level stands where no daemon runs (one that runs knows better: `LevelKeeper.document`)."""
        return level_at_rest(await self._engine.get_control(LEVEL_SET), now=now)

    async def choose(self, wanted: str, *, for_seconds: float | None, why: str, now: float) -> Document:
        """`auto`, or a level for so long (None: for good). Raises `UsageError` for what is neither."""
        chosen = choice(wanted, for_seconds=for_seconds, by=self._by, why=why, now=now)
        await self._engine.set_control(LEVEL_SET, chosen.control() if chosen else None, by=self._by)
        return await self.status(now=now)
