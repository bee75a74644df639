"""The batch economy: steps that are in no hurry wait for the providers' batch interfaces, at half the price.

The board knows every request from the moment it is taken in, and every batch from before it is sent until it is
settled. So whatever ends the process, a batch is fetched by the next one, no request is forgotten, and none is paid
for twice through a batch. The answers are stored under the requests' hashes, where the steps look first.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from brains.llm.base import Provider
from brains.llm.batch.base import BatchGoneError, BatchLedger, BatchProvider
from brains.llm.batch.building import batch_provider
from brains.llm.batch.endpoint_batches import EndpointBatches
from brains.llm.batch.keeping import until_kept
from brains.llm.batch.office import Office
from brains.llm.batch.settling import said, unconfirmed
from brains.llm.booking import Question
from brains.llm.groups import Endpoint
from daemon.blackboard.batches import Batch
from daemon.blackboard.records import CallKind, Settlement
from daemon.core.clock import Clock
from daemon.core.errors import BudgetExceededError
from daemon.core.events import Event
from daemon.core.settings.models import BatchSettings
from daemon.resilience.breaker import Breaker
from daemon.resilience.gate import Gate

LOW_URGENCY: Final = "low"


class BatchEconomy:
    """Takes requests into batches, and carries the batches on.

    `endpoints` and `breakers` are by the endpoint's name. With `settings.enabled` false nothing is taken in, but what
    a former process has sent is fetched all the same: it is paid for.
    """

    def __init__(
        self,
        settings: BatchSettings,
        *,
        ledger: BatchLedger,
        endpoints: Mapping[str, Endpoint],
        gate: Gate,
        breakers: Mapping[str, Breaker],
        clock: Clock,
        emit: Callable[[Event], None],
        interface_of: Callable[[Provider], BatchProvider | None] = batch_provider,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self._emit = emit
        self._batches = {
            name: EndpointBatches(
                Office(endpoint, interface, gate=gate, breaker=breakers.get(name)),
                settings=settings,
                ledger=ledger,
                clock=clock,
                tell=emit,
            )
            for name, endpoint in endpoints.items()
            if (interface := interface_of(endpoint.provider)) is not None
        }

    async def offer(self, question: Question) -> None:
        """Take a request that is in no hurry into the next batch. Returning means: ask the normal way.

        Raises `BatchPendingError` (it is in a batch, or in the next one; `until` says when to ask again), and
        `BudgetExceededError`.
        """
        batches = self._batches.get(question.endpoint.name)
        is_wanted = self._settings.enabled and batches is not None and batches.is_open
        if batches is None or not (is_wanted or batches.has_some) or not _may_wait(question):
            return
        wanted = {"item_id": question.context.item_id, "request_hash": question.hash}
        if (call_id := await self._ledger.find_batched(**wanted)) is not None:
            pending = await batches.remind(call_id)
            if pending is not None:
                raise pending
            return
        if is_wanted and not await self._ledger.was_batched(**wanted):
            await self._take_in(question, batches)

    async def recover(self) -> int:
        """After a start: end what was left half sent, and go on with the open batches; answers how many these are."""
        await self._ledger.recover_batches()
        open_ones = await self._ledger.open_batches()
        for batch in open_ones:
            batches = self._batches.get(batch.endpoint)
            if batches is None:
                await self._abandon(batch)
            else:
                batches.resume(batch)
        return len(open_ones)

    async def attend(self) -> None:
        """Do what is due now, at all endpoints."""
        await asyncio.gather(*(batches.attend() for batches in self._batches.values()))

    async def run(self) -> None:
        """A service: gather, send, poll, until cancelled. A batch that is being sent gets a moment to end."""
        async with asyncio.TaskGroup() as together:
            for batches in self._batches.values():
                together.create_task(batches.run())

    async def _take_in(self, question: Question, batches: EndpointBatches) -> None:
        try:
            pending = await batches.take_in(question)
        except BudgetExceededError as error:
            if error.until is None:
                return  # no waiting helps this item; the normal way may know of another endpoint
            raise
        raise pending

    async def _abandon(self, batch: Batch) -> None:
        """Its model is in the configuration no more, so nobody can ask for it: its calls stay charged."""
        gone = BatchGoneError(f"the configuration has no model {batch.endpoint} any more", endpoint=batch.endpoint)
        for call in batch.calls:
            await self._keep_settled(call.call_id, unconfirmed(gone))
        await until_kept(lambda: self._ledger.end_batch(batch.id, error=said(gone)), clock=self._clock)
        data = {"batch_id": batch.id, "endpoint": batch.endpoint, "vendor_id": batch.vendor_id, "error": said(gone)}
        self._emit(Event(type="batch_lost", at=self._clock.now(), data=data))

    async def _keep_settled(self, call_id: int, settlement: Settlement) -> None:
        await until_kept(lambda: self._ledger.settle_call(call_id, settlement), clock=self._clock)


def _may_wait(question: Question) -> bool:
    return question.context.urgency == LOW_URGENCY and question.kind is CallKind.CALL
