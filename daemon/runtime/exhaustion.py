"""Tells once that a budget is used up."""

import json
from collections.abc import Callable
from typing import Any

from daemon.blackboard.budgets import period_of
from daemon.blackboard.engine import Engine
from daemon.core.errors import BlackboardError, BudgetExceededError, Shortage

TOLD = "budget_told"
"""The control that keeps which caps were told to be used up, so that a person hears of each once."""


class Exhaustion:
    """The event `budget_exhausted` (scope, period, cap_micro, charged_micro, until), once a scope, period and cap.

    Not while calls under way may still give back what is missing, and not for what has no period, such as an item.
    """

    def __init__(self, engine: Engine, *, now: Callable[[], float]) -> None:
        self._engine = engine
        self._now = now
        self._told: set[str] = set()

    async def tell(self, error: BudgetExceededError) -> None:
        """Tell what a refusal means, if it is news. A board that takes nothing now is no hindrance."""
        shortage = error.shortage
        if shortage is None or shortage.period is None or not shortage.is_for_good:
            return
        mark = f"{shortage.scope} {shortage.period} {shortage.cap_micro}"
        if mark in self._told:
            return
        self._told.add(mark)
        try:
            await self._tell(shortage, mark=mark, until=error.until)
        except BlackboardError:
            # The refusal is what counts; the next one tells it.
            self._told.discard(mark)

    async def _tell(self, shortage: Shortage, *, mark: str, until: float | None) -> None:
        earlier = _marks(await self._engine.get_control(TOLD), at=self._now())
        if mark not in earlier:
            await self._engine.record_event("budget_exhausted", data=_exhausted(shortage, until=until))
            await self._engine.write_vital(TOLD, json.dumps([*earlier, mark]))


def _exhausted(shortage: Shortage, *, until: float | None) -> dict[str, Any]:
    return {
        "scope": shortage.scope,
        "period": shortage.period,
        "cap_micro": shortage.cap_micro,
        "charged_micro": shortage.charged_micro,
        "until": until,
    }


def _marks(text: str | None, *, at: float) -> list[str]:
    """What was told of periods that are not over; those that are need not be remembered."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    marks = [mark.split(" ") for mark in found if isinstance(mark, str)] if isinstance(found, list) else []
    return [" ".join(mark) for mark in marks if len(mark) > 1 and mark[1] == period_of(mark[0], at=at)]
