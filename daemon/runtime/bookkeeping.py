"""What the brains may not do themselves: counting attempts on the board, and booking calls in the ledger."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from daemon.blackboard.batches import Batch
from daemon.blackboard.budgets import RaisedCap, caps_for, configured_caps, effective_caps, read_override
from daemon.blackboard.engine import Engine
from daemon.blackboard.failures import describe_failure
from daemon.blackboard.prompts import Prompt
from daemon.blackboard.records import Claim, NewCall, Settlement, StoredAnswer
from daemon.core.clock import Clock
from daemon.core.errors import BudgetExceededError
from daemon.core.redaction import scrub_text, without_known_secrets
from daemon.core.settings.models import BudgetSettings
from daemon.runtime.exhaustion import Exhaustion

_DAY_SECONDS = 86_400.0


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

    That a budget is used up is told by `exhaustion`, which whoever spends besides shares.
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
        self.exhaustion = Exhaustion(engine, now=now)

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
            await self.exhaustion.tell(error)
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


def _without_secrets(asked: Prompt | None) -> Prompt | None:
    """What was asked is content, so only what the configuration calls secret is hidden in it."""
    return asked and Prompt(without_known_secrets(asked.system), without_known_secrets(asked.prompt))
