"""What a session may spend."""

from brains.llm.booking import Question
from brains.llm.bounds import reservation
from daemon.blackboard.records import CallStatus, NewCall, Settlement
from daemon.core.errors import BudgetExceededError

MICRO = 1_000_000


class Purse:
    """The dollars and turns of one session; None: no bound. A call of unknown outcome keeps what was set aside."""

    def __init__(self, *, max_usd: float | None, max_turns: int | None) -> None:
        self._cap_micro = None if max_usd is None else round(max_usd * MICRO)
        self._max_turns = max_turns
        self._calls: set[tuple[str | None, str]] = set()
        self.spent_micro = 0
        self.turns = 0

    def require_turn(self) -> None:
        """Raise `BudgetExceededError` when all turns are used up."""
        if self._max_turns is not None and self.turns >= self._max_turns:
            raise BudgetExceededError(f"the session has had its {self._max_turns} turns (max_turns)")

    def require(self, question: Question, *, at: float) -> None:
        """Raise `BudgetExceededError` when that request might cost more than is left. From now on it is counted."""
        self._calls.add((question.context.item_id, question.hash))
        wanted = reservation(question.request, question.endpoint, at=at)
        if self._cap_micro is None or wanted is None or self.spent_micro + wanted <= self._cap_micro:
            return
        has, may = (micro / MICRO for micro in (self.spent_micro, self._cap_micro))
        text = f"the session has spent ${has:.4f} of ${may:.4f} (max_usd); a turn may cost ${wanted / MICRO:.4f} more"
        raise BudgetExceededError(text, endpoint=question.endpoint.name)

    def settled(self, call: NewCall, settlement: Settlement) -> None:
        """Count what a call has cost, if it is one of this session."""
        if (call.item_id, call.request_hash) in self._calls:
            is_open = settlement.status is CallStatus.UNCONFIRMED
            self.spent_micro += (call.reserved_micro if is_open else settlement.cost_micro) or 0
