"""A second request to another model when the first is slow.

How the gateway calls it (`Reply` is any answer that says how many `seconds` the provider took):

    hedger = Hedger(settings.hedge, clock=clock, emit=emit)
    reply = await hedger.send(first, second, endpoint=name, on_lost=on_lost)

`first` and `second` are functions of one argument, `on_sent`; each sends ONE request (no retry inside) and answers with
the reply, such as `lambda on_sent: self._send(replace(question, on_sent=on_sent))`. The delay runs from the moment
`first` calls its `on_sent`, so a queue at the gate starts no hedge. `second` is None when no other model or no attempt
is left; its question has the kind `CallKind.HEDGE`. That there is money for it, its booking decides.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

from brains.llm.latencies import Latencies
from daemon.core.clock import Clock
from daemon.core.errors import OutsideError, WaitError
from daemon.core.events import Event
from daemon.core.settings.models import HedgeSettings

LOST = "another answer came first"
"""Why the slower request was cancelled, as the ledger shows it."""

_MOST_SAVED_HEDGES = 10.0
_A_WHOLE_HEDGE = 1.0 - 1e-6
"""Ten times a tenth is a little less than one."""
_BOOKING_SECONDS = 5.0
_LEAST_OVER_MEDIAN = 2.0


class Timed(Protocol):
    """An answer that says how long it took."""

    @property
    def seconds(self) -> float:
        """How long the provider took, without any queue."""
        ...


AnswerT = TypeVar("AnswerT", bound=Timed)
Send = Callable[[Callable[[], None]], Awaitable[AnswerT]]
OnLost = Callable[[OutsideError], Awaitable[None]]


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
            reply = await first(_nothing)
            self.latencies.add(name, reply.seconds)
            return reply
        race = _Race(first, clock=self._clock, delay=delay, on_lost=on_lost)
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

    def _observe(self, race: "_Race[AnswerT]", *, name: str) -> None:
        seconds = race.first.took(self._clock.monotonic()) if race.won is not None else None
        if seconds is not None:
            self.latencies.add(name, seconds)

    def _account(self, race: "_Race[AnswerT]", *, about: dict[str, str], item_id: str | None) -> None:
        """A hedge that never left (no money, no place at the gate in time) is none."""
        if race.second is None:
            return
        if not race.second.is_sent:
            self._allowance.give_back()
            return
        data = {**about, "after_seconds": round(race.delay, 3), "winner": race.winner_name}
        self._emit(Event(type="call_hedged", at=self._clock.now(), item_id=item_id, data=data))

    async def _end(self, race: "_Race[AnswerT]") -> None:
        """Cancel what still runs and wait until it is booked; a board that takes nothing holds the caller up no longer.

        Then the booking goes on by itself, and is kept from being collected until it is done.
        """
        running = race.cancel()
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


class _Request(Generic[AnswerT]):
    """One request under way. `on_sent` is called once, when it leaves."""

    def __init__(self, send: Send[AnswerT], *, clock: Clock, on_sent: Callable[[], None]) -> None:
        self._clock = clock
        self._on_sent = on_sent
        self._sent_at: float | None = None
        self.task: asyncio.Task[AnswerT] = asyncio.create_task(_run(send, self._leave))
        self.task.add_done_callback(_ask_for_error)

    @property
    def is_sent(self) -> bool:
        """Whether it has left."""
        return self._sent_at is not None

    @property
    def error(self) -> BaseException | None:
        """What it failed with."""
        return self.task.exception() if self.task.done() else None

    def took(self, now: float) -> float | None:
        """Seconds it took, or runs already; None when it failed."""
        if not self.task.done():
            return None if self._sent_at is None else now - self._sent_at
        return self.task.result().seconds if self.error is None else None

    def _leave(self) -> None:
        if self._sent_at is None:
            self._sent_at = self._clock.monotonic()
            self._on_sent()


class _Race(Generic[AnswerT]):
    """A first request, and perhaps a second one. `delay`: seconds after which the first is slow."""

    def __init__(self, first: Send[AnswerT], *, clock: Clock, delay: float, on_lost: OnLost) -> None:
        self._clock = clock
        self._on_lost = on_lost
        self._slow: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        self.delay = delay
        self.first = _Request(first, clock=clock, on_sent=self._start_timer)
        self.second: _Request[AnswerT] | None = None
        self.won: _Request[AnswerT] | None = None

    @property
    def is_undecided(self) -> bool:
        """Whether the first request still runs."""
        return not self.first.task.done()

    @property
    def winner_name(self) -> str:
        """`first`, `second` or `none`."""
        return "none" if self.won is None else "first" if self.won is self.first else "second"

    async def until_slow(self) -> None:
        """Wait until the first request has ended, or is slow."""
        waited: set[asyncio.Future[Any]] = {self.first.task, self._slow}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)

    def hedge(self, second: Send[AnswerT]) -> None:
        """Start the second request."""
        self.second = _Request(second, clock=self._clock, on_sent=_nothing)

    async def winner(self) -> AnswerT:
        """Wait for the first valid answer; raises the error of the first request when there is none."""
        requests = [self.first] if self.second is None else [self.first, self.second]
        running = {request.task for request in requests}
        while running and self.won is None:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            ended = [request for request in requests if request.task in done]
            self.won = next((request for request in ended if request.error is None), None)
            await self._tell_losses(ended)
        if self.won is None:
            self._note_second()
        return (self.won or self.first).task.result()

    def cancel(self) -> set[asyncio.Task[AnswerT]]:
        """Cancel what still runs, and answer with it."""
        if self._timer is not None:
            self._timer.cancel()
        requests = [self.first] if self.second is None else [self.first, self.second]
        running = {request.task for request in requests if not request.task.done()}
        for task in running:
            task.cancel(None if self.won is None else LOST)
        return running

    async def _tell_losses(self, ended: "list[_Request[AnswerT]]") -> None:
        """Of the second at once; of the first when the second has won, for else its error is raised."""
        for request in ended:
            if request.error is not None and not isinstance(request.error, OutsideError):
                raise request.error
        lost = [request for request in ended if request is not self.first]
        if self.won is not None and self.won is self.second:
            lost.append(self.first)
        for request in lost:
            if isinstance(request.error, OutsideError) and not isinstance(request.error, WaitError):
                await self._on_lost(request.error)

    def _note_second(self) -> None:
        beside = self.second.error if self.second is not None else None
        if beside is not None and self.first.error is not None:
            self.first.error.add_note(f"The second request failed too: {type(beside).__name__}: {beside}")

    def _start_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.delay, self._call_slow)

    def _call_slow(self) -> None:
        if not self._slow.done():
            self._slow.set_result(None)


async def _run(send: Send[AnswerT], on_sent: Callable[[], None]) -> AnswerT:
    return await send(on_sent)


def _ask_for_error(task: asyncio.Task[Any]) -> None:
    """So that the event loop does not report an error nobody asked for."""
    if not task.cancelled():
        task.exception()


def _nothing() -> None:
    pass
