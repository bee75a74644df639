"""From stop to stop until one answers."""

from collections.abc import Sequence
from dataclasses import replace

from brains.llm.hooks import Batches
from brains.llm.inquiry import Answered, Inquiry, TooDearError, find_reusable, find_stored
from brains.llm.routing import Stop
from brains.llm.stored import StoredAnswers
from brains.llm.trying import Means, Try
from daemon.core.errors import OutsideError, RetriesExhaustedError, WaitError
from daemon.resilience.breaker import BreakerState

CHEAPER_PACE = "cheaper"
LOW_URGENCY = "low"
_UNTIL_THE_STAGE_ENDS_SECONDS = 60.0


class Asking:
    """One inquiry, led through its stops."""

    def __init__(self, means: Means, *, inquiry: Inquiry, answers: StoredAnswers, batches: Batches | None) -> None:
        self._means = means
        self._inquiry = inquiry
        self._answers = answers
        self._batches = batches
        self._faults: list[OutsideError] = []
        self._has_fallen_from: str | None = None
        """The echelon in which a request was sent and failed just before."""

    async def answer(self) -> Answered:
        """A stored answer, or that of the first stop that gives one.

        Raises `WaitError`, `RetriesExhaustedError`, or a final `OutsideError`, with notes of what else failed.
        """
        if (stored := await find_stored(self._inquiry, self._answers) or await self._reusable()) is not None:
            return stored
        await self._offer_to_a_batch()
        answered = await self._first_of_the_stops()
        if answered is None and (rest := self._rest_of_the_way()):
            self._inquiry = replace(self._inquiry, stops=rest)
            answered = await self._first_of_the_stops()
        if answered is None:
            raise self._verdict()
        return answered

    async def _first_of_the_stops(self) -> Answered | None:
        for position, stop in enumerate(self._inquiry.stops):
            if stop.is_local and self._is_only_money_missing():
                break
            if not self._may_try(stop):
                continue
            try:
                return await self._at(stop, position)
            except OutsideError as error:
                if self._inquiry.is_for_the_asker(error, position=position):
                    raise
                self._fell(stop, error, position=position)
        return None

    def _rest_of_the_way(self) -> Sequence[Stop]:
        """The stops that a level leaves out: no item ends because of the few that it asks. Waiting ends none."""
        if self._waits() and self._inquiry.budget.left():
            return ()
        return [stop for stop in self._inquiry.way if stop not in self._inquiry.stops]

    async def _reusable(self) -> Answered | None:
        """While providers have trouble, what another item was answered serves this one."""
        seconds = self._means.degrading.reuse_seconds
        if not seconds or self._inquiry.purse is not None:
            return None
        now = self._means.clock.now()
        return await find_reusable(self._inquiry, self._answers, max_age_seconds=seconds, at=now)

    async def _offer_to_a_batch(self) -> None:
        inquiry = self._inquiry
        is_personal = inquiry.purse is not None or inquiry.context.model is not None
        if self._batches is None or inquiry.context.urgency != LOW_URGENCY or is_personal:
            return
        first = next(inquiry.networked(), None)
        if first is not None:
            await self._batches.offer(first)

    def _may_try(self, stop: Stop) -> bool:
        return not self._faults or stop.is_local or self._inquiry.budget.left() > 0

    async def _at(self, stop: Stop, position: int) -> Answered:
        if not stop.is_local:
            self._refuse_the_dear(stop)
            await self._pause_before(stop)
        return await Try(self._means, inquiry=self._inquiry, position=position).answer()

    async def _pause_before(self, stop: Stop) -> None:
        """`retry_delay`, when a request failed in another echelon and this one will be sent one."""
        fallen, self._has_fallen_from = self._has_fallen_from, None
        is_other = fallen is not None and fallen != stop.echelon.name
        if is_other and self._inquiry.retry_delay > 0 and self._is_open(stop):
            await self._means.clock.sleep(self._inquiry.retry_delay)

    def _is_open(self, stop: Stop) -> bool:
        return any(self._means.breakers[e.name].state is not BreakerState.OPEN for e in stop.endpoints)

    # --- the pace of spending ---

    def _refuse_the_dear(self, stop: Stop) -> None:
        """While money goes too fast, only what is cheaper than the first endpoint is asked."""
        burn, inquiry = self._means.burn, self._inquiry
        if burn is None or self._means.pace(is_vip=inquiry.context.is_vip) != CHEAPER_PACE:
            return
        now = self._means.clock.now()
        if not all(inquiry.is_cheaper(inquiry.question(e, stop.echelon), at=now) for e in stop.endpoints):
            until = burn.snapshot()["stage_ends_at"] or now + _UNTIL_THE_STAGE_ENDS_SECONDS
            raise TooDearError(
                f"money goes too fast for {stop.name}, which is not cheaper", endpoint=stop.name, until=until
            )

    def _is_only_money_missing(self) -> bool:
        """Then waiting loses nothing, and what is local does not stand in."""
        return bool(self._faults) and all(isinstance(fault, TooDearError) for fault in self._faults)

    # --- what became of it ---

    def _fell(self, stop: Stop, error: OutsideError, *, position: int) -> None:
        self._faults.append(error)
        self._has_fallen_from = stop.echelon.name if isinstance(error, RetriesExhaustedError) else None
        later = self._inquiry.stops[position + 1 :]
        # When nothing was sent and nothing will be, there is nothing to tell: a long outage would fill the history.
        if later and (not isinstance(error, WaitError) or any(map(self._may_answer, later))):
            self._means.teller.fell(self._inquiry, stop, error, to=later[0])

    def _may_answer(self, stop: Stop) -> bool:
        return stop.is_local or self._is_open(stop)

    def _verdict(self) -> OutsideError:
        """What the step ends with: waiting, while an endpoint may come back and there are attempts; else the last."""
        waits = self._waits()
        if waits and self._inquiry.budget.left():
            return min(waits, key=lambda wait: wait.until or 0.0)
        return _last_of(self._faults, without=waits)

    def _waits(self) -> list[WaitError]:
        return [fault for fault in self._faults if isinstance(fault, WaitError) and fault.until is not None]


def _last_of(faults: Sequence[OutsideError], *, without: Sequence[OutsideError]) -> OutsideError:
    ends = [fault for fault in faults if fault not in without] or list(faults)
    last = ends[-1]
    for fault in faults:
        if fault is not last:
            last.add_note(f"Also failed: {fault.endpoint}: {type(fault).__name__}: {fault}")
    return last
