"""What the brains may not do themselves: counting attempts on the board, and booking calls in the ledger."""

from collections.abc import Mapping

from daemon.blackboard.engine import Engine
from daemon.blackboard.failures import describe_failure
from daemon.blackboard.records import Claim, NewCall, Settlement, StoredAnswer
from daemon.core.clock import Clock
from daemon.core.settings.models import BudgetSettings

MICRO = 1_000_000


class ClaimAttempts:
    """The attempts of one step, counted on the board: a crash does not reset them."""

    def __init__(self, *, engine: Engine, claim: Claim, clock: Clock) -> None:
        self._engine = engine
        self._claim = claim
        self._clock = clock
        self._used = claim.item.attempts

    @property
    def used(self) -> int:
        """How many requests of this step were sent and failed."""
        return self._used

    async def failed(self, error: Exception, *, retry_in: float | None) -> None:
        """Count one more, with its traceback. Raises `LostClaimError` when the claim is no longer ours."""
        self._used += 1
        await self._engine.record_attempt(
            self._claim,
            failure=describe_failure(error),
            attempt=self._used,
            retry_at=None if retry_in is None else self._clock.now() + retry_in,
        )


class BoardLedger:
    """The ledger of the gateway, on the board, with the budget as its caps."""

    def __init__(self, *, engine: Engine, budget: BudgetSettings) -> None:
        self._engine = engine
        self._caps = budget_caps(budget)

    async def find_answer(self, *, item_id: str, request_hash: str) -> StoredAnswer | None:
        """The stored answer to the same request, if there is one."""
        return await self._engine.find_answer(item_id=item_id, request_hash=request_hash)

    async def begin_call(self, call: NewCall) -> int:
        """Book a call before it is sent. Raises `BudgetExceededError`."""
        return await self._engine.begin_call(call, caps=self._caps)

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        """Book how it ended."""
        await self._engine.settle_call(call_id, settlement)


def budget_caps(budget: BudgetSettings) -> Mapping[str, int]:
    """The caps in micro-dollars, by scope: `item`, `day`, `month`; a scope without a bound is absent."""
    bounds = {"item": budget.per_item_usd, "day": budget.daily_usd, "month": budget.monthly_usd}
    return {scope: round(usd * MICRO) for scope, usd in bounds.items() if usd is not None}
