"""Two requests of which the first valid answer counts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from daemon.core.clock import Clock
from daemon.core.errors import OutsideError, WaitError

LOST = "another answer came first"
"""Why the slower request was cancelled, as the ledger shows it."""


class Timed(Protocol):
    """An answer that says how long it took."""

    @property
    def seconds(self) -> float:
        """How long the provider took, without any queue."""
        ...


@dataclass(frozen=True, slots=True)
class Course:
    """What a request tells of itself: that it has left, and that a valid answer is there."""

    sent: Callable[[], None] = lambda: None
    answered: Callable[[], None] = lambda: None


AnswerT = TypeVar("AnswerT", bound=Timed)
Send = Callable[[Course], Awaitable[AnswerT]]
OnLost = Callable[[OutsideError], Awaitable[None]]


class _Request(Generic[AnswerT]):
    """One request under way."""

    def __init__(
        self,
        send: Send[AnswerT],
        *,
        clock: Clock,
        on_sent: Callable[[], None],
        on_answered: "Callable[[_Request[AnswerT]], None]",
    ) -> None:
        self._clock = clock
        self._on_sent = on_sent
        self._on_answered = on_answered
        self._is_given_up = False
        self.sent_at: float | None = None
        course = Course(self._leave, self._answer)
        self.task: asyncio.Task[AnswerT] = asyncio.create_task(_run(send, course))
        self.task.add_done_callback(_ask_for_error)

    @property
    def is_sent(self) -> bool:
        """Whether it has left."""
        return self.sent_at is not None

    @property
    def error(self) -> BaseException | None:
        """What it failed with."""
        return self.task.exception() if self.task.done() and not self.task.cancelled() else None

    @property
    def has_answer(self) -> bool:
        """Whether it has ended well."""
        return self.task.done() and not self.task.cancelled() and self.task.exception() is None

    def give_up(self, why: str | None) -> None:
        """Cancel it, once: to cancel its booking too would help nobody."""
        if not self._is_given_up:
            self._is_given_up = True
            self.task.cancel(why)

    def _leave(self) -> None:
        if self.sent_at is None:
            self.sent_at = self._clock.monotonic()
            self._on_sent()

    def _answer(self) -> None:
        self._on_answered(self)


class Race(Generic[AnswerT]):
    """A first request, and perhaps a second one. `delay`: seconds after which the first is slow."""

    def __init__(self, first: Send[AnswerT], *, clock: Clock, delay: float, on_lost: OnLost) -> None:
        self._clock = clock
        self._on_lost = on_lost
        self._slow: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._decided_at = 0.0
        self.delay = delay
        self.second: _Request[AnswerT] | None = None
        self.won: _Request[AnswerT] | None = None
        self.first = self._start(first, on_sent=self._start_timer)

    @property
    def is_undecided(self) -> bool:
        """Whether the first request still runs, without an answer."""
        return self.won is None and not self.first.task.done()

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
        self.second = self._start(second, on_sent=lambda: None)

    async def winner(self) -> AnswerT:
        """Wait for the first valid answer; raises the error of the first request when there is none."""
        running = {request.task for request in self._requests()}
        while running and self.won is None:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            ended = [request for request in self._requests() if request.task in done]
            for request in ended:
                if request.has_answer:
                    self._decide(request)
            await self._tell_losses(ended)
        if self.won is None:
            self._note_second()
        return await (self.won or self.first).task

    def first_took(self) -> float | None:
        """Seconds the first request took; at least, if it lost. None when it failed or nothing is decided."""
        if self.first.has_answer:
            return self.first.task.result().seconds
        if self.won is None or self.first.error is not None or self.first.sent_at is None:
            return None
        return self._decided_at - self.first.sent_at

    def give_up(self) -> set[asyncio.Task[AnswerT]]:
        """Cancel what still runs, and answer with it."""
        if self._timer is not None:
            self._timer.cancel()
        running = [request for request in self._requests() if not request.task.done()]
        for request in running:
            request.give_up(None if self.won is None else LOST)
        return {request.task for request in running}

    def _requests(self) -> list[_Request[AnswerT]]:
        return [self.first] if self.second is None else [self.first, self.second]

    def _start(self, send: Send[AnswerT], *, on_sent: Callable[[], None]) -> _Request[AnswerT]:
        return _Request(send, clock=self._clock, on_sent=on_sent, on_answered=self._decide)

    def _decide(self, request: _Request[AnswerT]) -> None:
        if self.won is not None:
            return
        self.won = request
        self._decided_at = self._clock.monotonic()
        for other in self._requests():
            if other is not request and not other.task.done():
                other.give_up(LOST)

    async def _tell_losses(self, ended: list[_Request[AnswerT]]) -> None:
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


async def _run(send: Send[AnswerT], course: Course) -> AnswerT:
    return await send(course)


def _ask_for_error(task: asyncio.Task[Any]) -> None:
    """So that the event loop does not report an error nobody asked for."""
    if not task.cancelled():
        task.exception()
