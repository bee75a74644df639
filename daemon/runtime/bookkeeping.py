"""What the brains may not do themselves: counting attempts on the board, and booking calls in the ledger."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from daemon.blackboard.batches import Batch
from daemon.blackboard.budgets import RaisedCap, caps_for, configured_caps, effective_caps, period_of, read_override
from daemon.blackboard.engine import Engine
from daemon.blackboard.failures import describe_failure
from daemon.blackboard.prompts import Prompt
from daemon.blackboard.records import Claim, NewCall, Settlement, StoredAnswer
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError, BudgetExceededError, Shortage
from daemon.core.redaction import scrub_text, without_known_secrets
from daemon.core.settings.models import BudgetSettings

_DAY_SECONDS = 86_400.0
TOLD = "budget_told"
"""The control that keeps which caps were told to be used up, so that a person hears of each once."""


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
    """The ledger of the gateway and of the batches, on the board, with the budget as its caps.

    That a budget is used up is the event `budget_exhausted` (scope, period, cap_micro, charged_micro, until), once for
    each scope, period and cap: not while calls under way may still give back what is missing, and not for an item.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        budget: BudgetSettings,
        now: Callable[[], float] = time.time,
        keep_prompts_days: int = 0,
    ) -> None:
        self._engine = engine
        self._budget = budget
        self._keep_prompt_seconds = keep_prompts_days * _DAY_SECONDS
        self._now = now
        self._configured = configured_caps(budget)
        self._override: dict[str, RaisedCap] = {}
        self._told: set[str] = set()

    def override(self, text: str | None) -> None:
        """Take what a person has set in the control `budget`; it holds from the next call on."""
        self._override = read_override(text)

    def caps(self) -> dict[str, int]:
        """The caps that hold now, in micro-dollars by scope (`item`, `day`, `month`, `brain:left`, …)."""
        if not self._override:
            return self._configured
        return effective_caps(self._budget, self._override, at=self._now())

    # --- calls ---

    async def find_answer(self, *, item_id: str, request_hash: str) -> StoredAnswer | None:
        """The stored answer to the same request, if there is one."""
        return await self._engine.find_answer(item_id=item_id, request_hash=request_hash)

    async def begin_call(self, call: NewCall) -> int:
        """Book a call before it is sent, and keep what it asks. Raises `BudgetExceededError`."""
        keep, caps = self._keep_prompt_seconds, caps_for(self.caps(), brain=call.brain)
        kept = replace(call, asked=_without_secrets(call.asked) if keep else None)
        try:
            return await self._engine.begin_call(kept, caps=caps, keep_prompt_seconds=keep)
        except BudgetExceededError as error:
            if error.shortage and error.shortage.period and error.shortage.is_for_good:
                await self._tell_once(error.shortage, until=error.until)
            raise

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        """Book how it ended; what an error says is scrubbed, for it may quote what the provider was sent."""
        if settlement.error is not None:
            settlement = replace(settlement, error=scrub_text(settlement.error))
        await self._engine.settle_call(call_id, settlement)

    # --- batches ---

    async def find_batched(self, *, item_id: str, request_hash: str) -> int | None:
        """The call of this request that waits in a batch, or None."""
        return await self._engine.find_batched(item_id=item_id, request_hash=request_hash)

    async def was_batched(self, *, item_id: str, request_hash: str) -> bool:
        """Whether this request was in a batch that is over."""
        return await self._engine.was_batched(item_id=item_id, request_hash=request_hash)

    async def open_batch(self, *, endpoint: str, call_ids: Sequence[int]) -> int:
        """Commit the intent to send these calls as one batch; answers its id."""
        return await self._engine.open_batch(endpoint=endpoint, call_ids=call_ids)

    async def batch_sent(self, batch_id: int, *, vendor_id: str, next_poll_at: float) -> None:
        """The provider has taken it."""
        await self._engine.batch_sent(batch_id, vendor_id=vendor_id, next_poll_at=next_poll_at)

    async def batch_polled(self, batch_id: int, *, next_poll_at: float) -> None:
        """It is not ready; look again then."""
        await self._engine.batch_polled(batch_id, next_poll_at=next_poll_at)

    async def end_batch(self, batch_id: int, *, error: str | None = None) -> list[str]:
        """It is over; its items are woken; answers their ids."""
        return await self._engine.end_batch(batch_id, error=None if error is None else scrub_text(error))

    async def open_batches(self) -> list[Batch]:
        """Batches that are not over, oldest first."""
        return await self._engine.open_batches()

    async def recover_batches(self) -> int:
        """End what a former process left half sent; answers how many calls that are."""
        return await self._engine.recover_batches()

    # --- what is told ---

    async def _tell_once(self, shortage: Shortage, *, until: float | None) -> None:
        mark = f"{shortage.scope} {shortage.period} {shortage.cap_micro}"
        if mark in self._told:
            return
        self._told.add(mark)
        try:
            await self._tell(shortage, mark=mark, until=until)
        except BlackboardError:
            # The refusal is what counts; the next one tells it.
            self._told.discard(mark)

    async def _tell(self, shortage: Shortage, *, mark: str, until: float | None) -> None:
        earlier = _marks(await self._engine.get_control(TOLD), at=self._now())
        if mark not in earlier:
            await self._engine.record_event("budget_exhausted", data=_exhausted(shortage, until=until))
            await self._engine.write_vital(TOLD, json.dumps([*earlier, mark]))


def _without_secrets(asked: Prompt | None) -> Prompt | None:
    """What was asked is content, so only what the configuration calls secret is hidden in it."""
    return asked and Prompt(without_known_secrets(asked.system), without_known_secrets(asked.prompt))


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
