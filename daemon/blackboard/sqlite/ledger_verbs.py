"""The engine's verbs on the ledger and on batches, each handed to the writer."""

from collections.abc import Mapping, Sequence

from daemon.blackboard.batches import Batch
from daemon.blackboard.records import NewCall, Settlement, StoredAnswer
from daemon.blackboard.sqlite import ledger, provider_batches
from daemon.blackboard.sqlite.writer import GroupWriter


class LedgerVerbs:
    """Calls one by one, and calls in a provider's batch."""

    def __init__(self, writer: GroupWriter) -> None:
        self._writer = writer

    async def find_answer(self, *, item_id: str, request_hash: str) -> StoredAnswer | None:
        """The newest stored answer to the same request of this item."""
        return await self._writer.run(ledger.find_answer, item_id=item_id, request_hash=request_hash)

    async def begin_call(self, call: NewCall, *, caps: Mapping[str, int], keep_prompt_seconds: float = 0.0) -> int:
        """Enter a call as SENT or BATCHED. Raises `BudgetExceededError`; `until` is None for the item's own cap."""
        return await self._writer.run(ledger.begin_call, call=call, caps=caps, keep_prompt_seconds=keep_prompt_seconds)

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        """Enter how a call ended."""
        await self._writer.run(ledger.settle_call, call_id=call_id, settlement=settlement)

    async def find_batched(self, *, item_id: str, request_hash: str) -> int | None:
        """The call of this request that waits in a batch."""
        return await self._writer.run(provider_batches.find_batched, item_id=item_id, request_hash=request_hash)

    async def was_batched(self, *, item_id: str, request_hash: str) -> bool:
        """Whether this request was in a batch that is over."""
        return await self._writer.run(provider_batches.was_batched, item_id=item_id, request_hash=request_hash)

    async def open_batch(self, *, endpoint: str, call_ids: Sequence[int]) -> int:
        """Commit the intent to send these calls as one batch. Raises `WrongStateError` when one waits for none."""
        return await self._writer.run(provider_batches.open_batch, endpoint=endpoint, call_ids=call_ids)

    async def batch_sent(self, batch_id: int, *, vendor_id: str, next_poll_at: float) -> None:
        """The provider has taken it. Raises `NotFoundError`."""
        await self._writer.run(
            provider_batches.batch_sent, batch_id=batch_id, vendor_id=vendor_id, next_poll_at=next_poll_at
        )

    async def batch_polled(self, batch_id: int, *, next_poll_at: float) -> None:
        """It is not ready; look again then. Raises `NotFoundError`."""
        await self._writer.run(provider_batches.batch_polled, batch_id=batch_id, next_poll_at=next_poll_at)

    async def end_batch(self, batch_id: int, *, error: str | None = None) -> list[str]:
        """It is over; answers its items, which are woken. None the second time. Raises `NotFoundError`."""
        return await self._writer.run(provider_batches.end_batch, batch_id=batch_id, error=error)

    async def open_batches(self) -> list[Batch]:
        """Batches that are not over, oldest first, with the calls that still wait."""
        return await self._writer.run(provider_batches.open_batches)

    async def recover_batches(self) -> int:
        """End what a former process left half sent; answers how many calls that are."""
        return await self._writer.run(provider_batches.recover_batches)
