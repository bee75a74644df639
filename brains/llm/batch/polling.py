"""Looking after the batches a provider has, until the last answer is booked."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from brains.llm.batch.base import BatchGoneError, BatchLedger, BatchLook, BatchResult
from brains.llm.batch.keeping import until_kept
from brains.llm.batch.office import Office
from brains.llm.batch.settling import by_call, is_charged, said, settlement_of, unconfirmed
from daemon.blackboard.batches import Batch
from daemon.blackboard.records import CallStatus, Settlement
from daemon.core.clock import Clock
from daemon.core.errors import AnswerLostError, OutsideError, PermanentError
from daemon.core.events import Event
from daemon.core.settings.models import BatchSettings

_LONGEST_BACKOFF_SECONDS: Final = 900.0
_GIVEN_UP_AFTER_SECONDS: Final = 7 * 24 * 3600.0
"""So long after its own time a batch that still has no end is not asked for any more."""


@dataclass
class _Open:
    """A batch the provider has. `faults` in a row when it was looked at; `is_cancelled`: its end was asked for."""

    batch: Batch
    next_poll_at: float
    faults: int = 0
    is_cancelled: bool = False


class Polling:
    """The open batches of one endpoint. An outage makes them wait; nothing but their end ends them."""

    def __init__(
        self,
        office: Office,
        *,
        settings: BatchSettings,
        ledger: BatchLedger,
        clock: Clock,
        tell: Callable[[Event], None],
    ) -> None:
        self._office = office
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self._tell = tell
        self._open: dict[int, _Open] = {}
        self._since: dict[int, float] = {}
        """By call, when its batch began."""

    def add(self, batch: Batch) -> None:
        """Look after a batch from now on. Adding one twice changes nothing."""
        self._open.setdefault(batch.id, _Open(batch, batch.next_poll_at))
        self._since |= {call.call_id: batch.created_at for call in batch.calls}

    def sent_at(self, call_id: int) -> float | None:
        """Since when a call is at the provider; None when it is in no open batch here."""
        return self._since.get(call_id)

    @property
    def has_open(self) -> bool:
        """There is a batch to look after."""
        return bool(self._open)

    def due_at(self) -> float | None:
        """When a batch is to be looked at next; None when there is none. A sick endpoint is left alone."""
        due = min(map(self._due_at, self._open.values()), default=None)
        return None if due is None else max(due, self._office.ready_at())

    async def poll_due(self) -> None:
        """Look at each batch whose time has come."""
        due = [kept for kept in self._open.values() if self._due_at(kept) <= self._clock.now()]
        for kept in due:
            if self._office.ready_at() > self._clock.now():
                return
            await self._poll(kept)

    # --- one batch ---

    async def _poll(self, kept: _Open) -> None:
        vendor_id = kept.batch.vendor_id or ""
        try:
            look = await self._office.look(vendor_id)
            if look.is_final:
                await self._finish(kept.batch, look, await self._answers(vendor_id, look))
                return
            if self._seconds_over(kept.batch) > 0 and not kept.is_cancelled:
                await self._cancel(kept)
        except BatchGoneError as error:
            await self._lose(kept.batch, error)
        except OutsideError as error:
            await self._wait_out(kept, error)
        else:
            await self._look_again(kept)

    async def _answers(self, vendor_id: str, look: BatchLook) -> Mapping[int, BatchResult]:
        results = by_call(await self._office.results(vendor_id))
        answered = sum(is_charged(result) for result in results.values())
        if answered < look.answered:
            raise AnswerLostError(f"{answered} of {look.answered} answers came", endpoint=self._office.endpoint.name)
        return results

    async def _finish(self, batch: Batch, look: BatchLook, results: Mapping[int, BatchResult]) -> None:
        settled = {
            call.call_id: self._settlement(batch, results[call.call_id])
            for call in batch.calls
            if call.call_id in results
        }
        await self._end(batch, settled, error=look.reason)
        told = {"state": look.state.value, "requests": len(batch.calls), **_sums(settled)}
        self._say("batch_settled", batch, **told)

    def _settlement(self, batch: Batch, result: BatchResult) -> Settlement:
        now = self._clock.now()
        return settlement_of(result, endpoint=self._office.endpoint, began_at=batch.created_at, ended_at=now)

    async def _cancel(self, kept: _Open) -> None:
        """Ask for its end. One that cannot be cancelled any more is over, or nearly."""
        said_no: dict[str, str] = {}
        try:
            await self._office.cancel(kept.batch.vendor_id or "")
        except PermanentError as error:
            said_no = {"error": said(error)}
        kept.is_cancelled = True
        self._say("batch_overdue", kept.batch, max_wait=self._settings.max_wait, **said_no)

    async def _lose(self, batch: Batch, error: OutsideError) -> None:
        """Nobody can tell any more what became of it: all stays charged, and its steps are asked one by one."""
        await self._end(batch, {call.call_id: unconfirmed(error) for call in batch.calls}, error=said(error))
        self._say("batch_lost", batch, error=said(error), requests=len(batch.calls))

    async def _end(self, batch: Batch, settled: Mapping[int, Settlement], *, error: str | None) -> None:
        await asyncio.gather(*(self._settle(call_id, settlement) for call_id, settlement in settled.items()))
        await until_kept(lambda: self._ledger.end_batch(batch.id, error=error), clock=self._clock)
        self._open.pop(batch.id, None)
        for call in batch.calls:
            self._since.pop(call.call_id, None)

    async def _settle(self, call_id: int, settlement: Settlement) -> None:
        await until_kept(lambda: self._ledger.settle_call(call_id, settlement), clock=self._clock)

    # --- waiting ---

    def _due_at(self, kept: _Open) -> float:
        """When it is looked at; at once, if it waits for longer than any batch does: the clock was set back."""
        now = self._clock.now()
        longest = max(self._settings.poll, _LONGEST_BACKOFF_SECONDS)
        return kept.next_poll_at if kept.next_poll_at - now <= longest else now

    async def _look_again(self, kept: _Open) -> None:
        kept.faults = 0
        await self._postpone(kept, self._clock.now() + self._settings.poll)

    async def _wait_out(self, kept: _Open, error: OutsideError) -> None:
        if self._seconds_over(kept.batch) > _GIVEN_UP_AFTER_SECONDS:
            await self._lose(kept.batch, error)
            return
        backoff = min(self._settings.poll * 2**kept.faults, max(self._settings.poll, _LONGEST_BACKOFF_SECONDS))
        asked_for = min(error.retry_after or 0.0, _LONGEST_BACKOFF_SECONDS)
        at = self._clock.now() + max(backoff, asked_for)
        kept.faults += 1
        if kept.faults == 1:
            self._say("batch_delayed", kept.batch, error=said(error), next_poll_at=at)
        await self._postpone(kept, at)

    async def _postpone(self, kept: _Open, at: float) -> None:
        kept.next_poll_at = at
        await until_kept(lambda: self._ledger.batch_polled(kept.batch.id, next_poll_at=at), clock=self._clock)

    def _seconds_over(self, batch: Batch) -> float:
        return self._clock.now() - batch.created_at - self._settings.max_wait

    def _say(self, type_: str, batch: Batch, **data: Any) -> None:
        about = {"batch_id": batch.id, "endpoint": batch.endpoint, "vendor_id": batch.vendor_id}
        self._tell(Event(type=type_, at=self._clock.now(), data={**about, **data}))


def _sums(settled: Mapping[int, Settlement]) -> dict[str, int]:
    """How many answers there were, and what they cost in micro-dollars."""
    answered = sum(settlement.status is CallStatus.OK for settlement in settled.values())
    return {"answered": answered, "cost_micro": sum(settlement.cost_micro or 0 for settlement in settled.values())}
