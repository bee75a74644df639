"""All batches of one endpoint: one after the other, gathered, sent, looked after."""

import asyncio
from collections.abc import Callable
from typing import Final

from brains.llm.batch.base import BatchLedger
from brains.llm.batch.collecting import Collecting
from brains.llm.batch.office import Office
from brains.llm.batch.polling import Polling
from brains.llm.booking import Question
from daemon.blackboard.batches import Batch
from daemon.core.clock import Clock
from daemon.core.errors import BatchPendingError
from daemon.core.events import Event
from daemon.core.settings.models import BatchSettings

_LONGEST_REST_SECONDS: Final = 60.0
_ASK_AGAIN_SECONDS: Final = 6 * 3600.0
"""A step that waits is woken by the end of its batch. Whatever happens to that, it asks by itself after so long."""


class EndpointBatches:
    """What waits for one endpoint's batches, and the loop that carries it on."""

    def __init__(
        self,
        office: Office,
        *,
        settings: BatchSettings,
        ledger: BatchLedger,
        clock: Clock,
        tell: Callable[[Event], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._polling = Polling(office, settings=settings, ledger=ledger, clock=clock, tell=tell)
        self._collecting = Collecting(
            office, settings=settings, ledger=ledger, clock=clock, tell=tell, on_sent=self._polling.add
        )
        self._stirred = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Requests may be taken in: the server has a batch interface, as far as is known, and not too many wait."""
        return self._collecting.is_open

    @property
    def has_some(self) -> bool:
        """There are requests that wait: to be sent, or to be answered."""
        return self._collecting.has_some or self._polling.has_open

    def resume(self, batch: Batch) -> None:
        """Look after a batch that a former process sent."""
        self._polling.add(batch)
        self._stirred.set()

    async def take_in(self, question: Question) -> BatchPendingError:
        """Keep a request for the next batch; answers what its step waits for. Raises `BudgetExceededError`."""
        await self._collecting.take_in(question)
        self._stirred.set()
        return self._pending(since=self._clock.now())

    async def remind(self, call_id: int) -> BatchPendingError | None:
        """What the step of a call that is in a batch waits for; None when it has waited long enough.

        One that was not sent by then is in no batch any more; one that was is paid, whenever its answer comes.
        """
        gathered_at = self._collecting.gathered_at(call_id)
        since = gathered_at if gathered_at is not None else self._polling.sent_at(call_id)
        pending = self._pending(since=self._clock.now() if since is None else since)
        if (pending.until or 0.0) > self._clock.now():
            return pending
        await self._collecting.withdraw(call_id, why="waited too long for a batch to be sent")
        return None

    async def attend(self) -> None:
        """Do what is due now: send, then look."""
        await self._collecting.send_due()
        await self._polling.poll_due()

    async def run(self) -> None:
        """Do what is due, always. Raises `BlackboardError` when the board takes nothing more."""
        while True:
            self._stirred.clear()
            await self.attend()
            await self._rest()

    def _pending(self, *, since: float) -> BatchPendingError:
        until = min(since + self._settings.max_wait, self._clock.now() + _ASK_AGAIN_SECONDS)
        return BatchPendingError("waits for the answer to come in a batch", until=until)

    async def _rest(self) -> None:
        """Until something is due, or something new has come."""
        dues = [due for due in (self._collecting.due_at(), self._polling.due_at()) if due is not None]
        seconds = min(_LONGEST_REST_SECONDS, max(0.0, min(dues, default=float("inf")) - self._clock.now()))
        waits = [
            asyncio.ensure_future(self._clock.sleep(seconds)),
            asyncio.ensure_future(self._stirred.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
