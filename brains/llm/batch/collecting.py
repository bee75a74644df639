"""Gathering the requests of one endpoint, and sending them as batches."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from brains.llm.batch.base import BatchLedger, BatchRequest, NoBatchesError
from brains.llm.batch.keeping import until_kept
from brains.llm.batch.office import Office, is_outcome_unknown
from brains.llm.batch.settling import batched_call, custom_id, said, unconfirmed, unsent
from brains.llm.booking import Question
from daemon.blackboard.batches import Batch, BatchedCall
from daemon.blackboard.records import Settlement
from daemon.core.clock import Clock
from daemon.core.errors import AnswerLostError, BlackboardError, OutsideError
from daemon.core.events import Event
from daemon.core.settings.models import BatchSettings
from daemon.resilience.unbroken import begun_or_taken_back

_MOST_BATCHES_WAITING: Final = 4
"""Requests are kept in memory, so there is an end to gathering them while none can be sent."""

_LAST_MOMENT_SECONDS: Final = 5.0
"""How long a batch that is just being sent may still be answered for after the stop."""


@dataclass(frozen=True, slots=True)
class _Gathered:
    """A request that waits for its batch to be sent; its call is booked."""

    call: BatchedCall
    request: BatchRequest
    at: float
    size: int
    """Bytes of its prompt."""


class Collecting:
    """The requests of one endpoint until the provider has them. What it has is handed to `on_sent`.

    Nothing here outlives the process: the board knows the calls, and the next start ends those that were not sent.
    """

    def __init__(
        self,
        office: Office,
        *,
        settings: BatchSettings,
        ledger: BatchLedger,
        clock: Clock,
        tell: Callable[[Event], None],
        on_sent: Callable[[Batch], None],
    ) -> None:
        self._office = office
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self._tell = tell
        self._on_sent = on_sent
        self._gathered: dict[int, _Gathered] = {}
        self._opening = set[int]()
        """Calls whose batch is just being opened: too late to withdraw them."""
        self.is_refused = False
        """The server was found to have no batch interface."""

    @property
    def is_open(self) -> bool:
        """More requests may be taken in."""
        return not self.is_refused and len(self._gathered) < _MOST_BATCHES_WAITING * self._settings.max_requests

    @property
    def has_some(self) -> bool:
        """Some requests wait to be sent."""
        return bool(self._gathered)

    async def take_in(self, question: Question) -> None:
        """Book a request and keep it for the next batch. Raises `BudgetExceededError`; nothing is kept then."""
        at = self._clock.now()
        call_id = await self._enter(question, at=at)
        request = question.request
        self._gathered[call_id] = _Gathered(
            BatchedCall(call_id, question.context.item_id, question.hash),
            BatchRequest(custom_id(call_id, task=request.task), request),
            at,
            sum(len(text.encode()) for text in (request.system, request.prompt)),
        )

    def gathered_at(self, call_id: int) -> float | None:
        """Since when a call waits here; None when it does not."""
        kept = self._gathered.get(call_id)
        return kept.at if kept else None

    async def withdraw(self, call_id: int, *, why: str) -> None:
        """Send it with no batch any more; one that is on its way is paid, and stays booked."""
        if call_id not in self._opening and self._gathered.pop(call_id, None) is not None:
            await self._ledger.settle_call(call_id, unsent(why))

    def due_at(self) -> float | None:
        """When the next batch is to be sent; None when there is nothing to send.

        An open breaker costs it nothing but time; what is refused at once needs none.
        """
        if not self._gathered:
            return None
        if self.is_refused:
            return 0.0
        first = next(iter(self._gathered.values()))
        is_full = len(self._gathered) >= self._settings.max_requests
        return max(0.0 if is_full else first.at + self._settings.collect, self._office.ready_at())

    async def send_due(self) -> None:
        """Send what has been gathered long enough, or is enough for a batch."""
        while (due := self.due_at()) is not None and due <= self._clock.now():
            await _in_the_last_moment(self._send(self._portion()))

    # --- one batch ---

    def _portion(self) -> list[_Gathered]:
        """The oldest requests, as many as fit into one batch; at least one."""
        portion: list[_Gathered] = []
        room = self._office.max_bytes
        for one in list(self._gathered.values())[: self._settings.max_requests]:
            room -= one.size
            if room < 0 and portion:
                break
            portion.append(one)
        return portion

    async def _send(self, portion: Sequence[_Gathered]) -> None:
        at, endpoint = self._clock.now(), self._office.endpoint.name
        calls = tuple(one.call for one in portion)
        ids = {call.call_id for call in calls}
        self._opening |= ids
        try:
            batch_id = await self._ledger.open_batch(endpoint=endpoint, call_ids=sorted(ids))
        finally:
            self._opening -= ids
        for call in calls:
            self._gathered.pop(call.call_id, None)
        batch = Batch(batch_id, endpoint, None, at, at, calls)
        try:
            await self._hand_over(batch, [one.request for one in portion])
        except OutsideError as error:
            await self._failed(batch, error)

    async def _hand_over(self, batch: Batch, requests: Sequence[BatchRequest]) -> None:
        if self.is_refused:
            raise NoBatchesError(endpoint=batch.endpoint)
        vendor_id = await self._submitted(batch, requests)
        poll_at = self._clock.now() + self._settings.poll
        self._on_sent(replace(batch, vendor_id=vendor_id, next_poll_at=poll_at))
        await until_kept(
            lambda: self._ledger.batch_sent(batch.id, vendor_id=vendor_id, next_poll_at=poll_at), clock=self._clock
        )

    async def _submitted(self, batch: Batch, requests: Sequence[BatchRequest]) -> str:
        """The provider's id. Whatever breaks it off, nobody looks after the batch then, so its outcome is unknown."""
        try:
            return await self._office.submit(requests)
        except OutsideError:
            raise
        except BaseException as error:
            said_of_it = f"sending broke off: {type(error).__name__}: {error}".removesuffix(": ")
            lost = AnswerLostError(said_of_it, endpoint=batch.endpoint)
            if isinstance(error, Exception):
                raise lost from error
            await self._failed(batch, lost)
            raise

    async def _failed(self, batch: Batch, error: OutsideError) -> None:
        """Its items go the normal way; what may have been taken all the same stays charged."""
        if isinstance(error, NoBatchesError) and not self.is_refused:
            self.is_refused = True
            self._say("batch_refused", endpoint=batch.endpoint, error=str(error))
        if is_outcome_unknown(error):
            await asyncio.gather(*(self._settle(call.call_id, unconfirmed(error)) for call in batch.calls))
        await until_kept(lambda: self._ledger.end_batch(batch.id, error=said(error)), clock=self._clock)

    async def _settle(self, call_id: int, settlement: Settlement) -> None:
        await until_kept(lambda: self._ledger.settle_call(call_id, settlement), clock=self._clock)

    # --- booking ---

    async def _enter(self, question: Question, *, at: float) -> int:
        """Book the call. When cancelled meanwhile, it is booked and settled as never sent."""
        work = self._ledger.begin_call(batched_call(question, at=at))
        return await begun_or_taken_back(work, take_back=self._take_back)

    async def _take_back(self, entering: Awaitable[int]) -> None:
        with suppress(OutsideError, BlackboardError):
            await self._ledger.settle_call(await entering, unsent("cancelled unsent"))

    def _say(self, type_: str, **data: str) -> None:
        self._tell(Event(type=type_, at=self._clock.now(), data=data))


async def _in_the_last_moment(work: Coroutine[Any, Any, None]) -> None:
    """Do the work; when cancelled meanwhile it gets a moment to end: a batch that is half sent may be paid for."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_LAST_MOMENT_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
