"""A second request to another model when the first is slow.

How the gateway calls it (`Reply` is any answer that says how many `seconds` the provider took):

    hedger = Hedger(settings.hedge, clock=clock, emit=emit)
    reply = await hedger.send(first, second, endpoint=name, on_lost=on_lost)

`first` and `second` are functions of one argument, the `Course` of their request; each sends ONE request (no retry
inside) and answers with the reply, such as
`lambda course: self._send(replace(question, on_sent=course.sent, on_answered=course.answered))`. The delay runs from
the moment `first` is sent, so a queue at the gate starts no hedge; the race is decided at the moment a valid answer is
there, so a second request that still stands at the gate does not get the place the first one leaves. `second` is None
when no other model or no attempt is left; its question has the kind `CallKind.HEDGE`. That there is money for it, its
booking decides.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from brains.llm.latencies import Latencies
from brains.llm.racing import AnswerT, Course, OnLost, Race, Send
from daemon.core.clock import Clock
from daemon.core.events import Event
from daemon.core.settings.models import HedgeSettings

_MOST_SAVED_HEDGES = 10.0
_A_WHOLE_HEDGE = 1.0 - 1e-6
"""Ten times a tenth is a little less than one."""
_BOOKING_SECONDS = 5.0
_LEAST_OVER_MEDIAN = 2.0


class Hedger:
    """Sends a request and, when it takes too long, a second one beside it.

    `latencies` are those of first requests, by endpoint (and task). A first request that lost is kept there with the
    time it had run: it would have taken at least that. `booking_seconds`: how long a caller waits at most until the
    request that was cancelled is in the ledger.
    """

    def __init__(
        self,
        settings: HedgeSettings,
        *,
        clock: Clock,
        emit: Callable[[Event], None],
        booking_seconds: float = _BOOKING_SECONDS,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._emit = emit
        self._booking_seconds = booking_seconds
        self._allowance = _Allowance(settings.max_share)
        self._left_behind: set[asyncio.Task[Any]] = set()
        self.latencies = Latencies(minimum_samples=settings.minimum_samples)

    async def send(
        self,
        first: Send[AnswerT],
        second: Send[AnswerT] | None,
        *,
        endpoint: str,
        on_lost: OnLost,
        task: str = "",
        item_id: str | None = None,
    ) -> AnswerT:
        """The first valid answer. The other request is cancelled, and booked before this returns.

        `on_lost` is told of each request that was sent and failed, but whose error is not raised here. Raises the error
        of `first`, with that of `second` as a note if it failed too. An error that is no `OutsideError` ends both
        requests. Cancelling cancels both.
        """
        self._allowance.earn()
        name = f"{endpoint} {task}".rstrip()
        delay = self.delay(name)
        if second is None or delay is None:
            reply = await first(Course())
            self.latencies.add(name, reply.seconds)
            return reply
        race = Race(first, clock=self._clock, delay=delay, on_lost=on_lost)
        try:
            await race.until_slow()
            if race.is_undecided and self._allowance.take():
                race.hedge(second)
            return await race.winner()
        finally:
            self._observe(race, name=name)
            self._account(race, about={"endpoint": endpoint, "task": task}, item_id=item_id)
            await self._end(race)

    def delay(self, name: str) -> float | None:
        """Seconds after which a request counts as slow; None: never. `name` is the endpoint, or `endpoint task`."""
        if not self._settings.enabled or self._settings.after is not None:
            return self._settings.after if self._settings.enabled else None
        slow = self.latencies.percentile(name, self._settings.percentile)
        median = self.latencies.median(name)
        return None if slow is None or median is None else max(slow, _LEAST_OVER_MEDIAN * median)

    def _observe(self, race: Race[AnswerT], *, name: str) -> None:
        seconds = race.first_took()
        if seconds is not None:
            self.latencies.add(name, seconds)

    def _account(self, race: Race[AnswerT], *, about: dict[str, str], item_id: str | None) -> None:
        """A hedge that never left (no money, no place at the gate in time) is none."""
        if race.second is None:
            return
        if not race.second.is_sent:
            self._allowance.give_back()
            return
        data = {**about, "after_seconds": round(race.delay, 3), "winner": race.winner_name}
        self._emit(Event(type="call_hedged", at=self._clock.now(), item_id=item_id, data=data))

    async def _end(self, race: Race[AnswerT]) -> None:
        """Cancel what still runs and wait until it is booked; a board that takes nothing holds the caller up no longer.

        Then the booking goes on by itself, and is kept from being collected until it is done.
        """
        running = race.give_up()
        if not running:
            return
        self._left_behind |= running
        for request in running:
            request.add_done_callback(self._left_behind.discard)
        await asyncio.wait(running, timeout=self._booking_seconds)


class _Allowance:
    """What hedges may be started: a share of all calls, saved up to a limit."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._saved = 1.0

    def earn(self) -> None:
        self._saved = min(_MOST_SAVED_HEDGES, self._saved + self._share)

    def take(self) -> bool:
        may = self._saved >= _A_WHOLE_HEDGE
        self._saved -= may
        return may

    def give_back(self) -> None:
        self._saved = min(_MOST_SAVED_HEDGES, self._saved + 1.0)
