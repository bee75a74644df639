"""One request, when breaker, pool, retry tokens, rate and slot allow it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, replace

from brains.llm.booking import Booking, Question, Reply
from brains.llm.groups import Echelon, Endpoint
from brains.llm.hooks import Burn
from brains.llm.pools import Pool
from brains.llm.rate import RateLimit
from brains.llm.retry_tokens import RetryTokens
from daemon.core.clock import Clock
from daemon.core.errors import BreakerOpenError, OutsideError, RequestLimitError
from daemon.resilience.breaker import Breaker, BreakerState, is_fault

_BOOKED_FOR_EACH_PASS = 2
"""Requests that may be booked for each one that may be sent: enough that the gate never waits for the ledger, few
enough that a crash leaves little money set aside for requests that were never sent."""

_BEHIND_OTHERS_SECONDS = 2.0

_LONGEST_WAIT_SECONDS = 60.0
"""In the queue for a slot; the time of the step runs meanwhile, and what the queue uses up must not bury the item."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply with the question it answers: of several that were sent, only one was the first."""

    question: Question
    reply: Reply

    @property
    def seconds(self) -> float:
        """How long the provider took."""
        return self.reply.seconds


class Sender:
    """Sends requests of all tasks. Nothing of what it holds for one is held during a backoff."""

    def __init__(
        self,
        *,
        booking: Booking,
        gate_limit: int,
        echelons: Iterable[Echelon],
        breakers: Mapping[str, Breaker],
        pools: Mapping[str, Pool],
        tokens: RetryTokens,
        burn: Burn | None,
        clock: Clock,
    ) -> None:
        self._booking = booking
        self._breakers = breakers
        self._pools = pools
        self._tokens = tokens
        self._burn = burn
        self._clock = clock
        self._booked = asyncio.Semaphore(gate_limit * _BOOKED_FOR_EACH_PASS)
        self._underway = 0
        tiers = {echelon.name: echelon for echelon in echelons}
        self._slots = {n: asyncio.Semaphore(e.concurrency_limit) for n, e in tiers.items() if e.concurrency_limit}
        self.rates = {n: RateLimit(e.rpm_limit, clock=clock) for n, e in tiers.items() if e.rpm_limit}
        """The limits of requests a minute, by echelon."""

    @property
    def is_idle(self) -> bool:
        """Nothing is booked, and no call has money set aside."""
        return self._underway == 0 and self._booking.is_idle

    async def send(self, question: Question, *, asked: set[str]) -> Sent:
        """Send it once. `asked` are the providers that its step has asked; this one is added.

        Raises every `WaitError` there is, and what `Booking.send` raises. Nothing was sent then, but for a probe: one
        that fails is a `BreakerOpenError` too. It tells of the endpoint and not of the step, which uses up no attempt
        and comes back a little later than all others, so that the next probe is another's.
        """
        self._refuse_at_once(question, asked)
        echelon = question.echelon.name
        if echelon in self.rates:
            await self.rates[echelon].wait()
        async with self._place(self._slots.get(echelon), echelon), self._place(self._booked, echelon):
            self._underway += 1
            try:
                return await self._with_leave(question, asked)
            finally:
                self._underway -= 1

    def reset(self, name: str, *, server: str | None) -> bool:
        """Forget what is remembered against an endpoint whose breaker is not closed; False when it is closed.

        `server` is whose retries it shares; None when that is not known.
        """
        if self._breakers[name].state is BreakerState.CLOSED:
            return False
        for pool in self._pools.values():
            pool.reset(name)
        if server is not None:
            self._tokens.refill(server)
        self._breakers[name].reset()
        return True

    @asynccontextmanager
    async def _place(self, places: asyncio.Semaphore | None, echelon: str) -> AsyncIterator[None]:
        """One of the places; None: there is no limit. Raises `RequestLimitError` when the queue is too long."""
        if places is None:
            yield
            return
        try:
            async with asyncio.timeout(_LONGEST_WAIT_SECONDS) if places.locked() else nullcontext():
                await places.acquire()
        except TimeoutError as error:
            text = f"no place among the requests of {echelon} came free for {_LONGEST_WAIT_SECONDS:g} s"
            raise RequestLimitError(text, until=self._clock.now()) from error
        try:
            yield
        finally:
            places.release()

    async def _with_leave(self, question: Question, asked: set[str]) -> Sent:
        is_probe = False
        try:
            with self._leave(question, asked) as is_probe:
                return Sent(question, await self._booking.send(replace(question, is_probe=is_probe)))
        except OutsideError as error:
            if is_probe and is_fault(error):
                raise self._probe_failed(question.endpoint, error) from error
            raise

    def _probe_failed(self, endpoint: Endpoint, error: OutsideError) -> BreakerOpenError:
        said = f"the probe of {endpoint.name} failed with {type(error).__name__}: {error}"
        until = max(self._breakers[endpoint.name].ready_at(), self._clock.now()) + _BEHIND_OTHERS_SECONDS
        return BreakerOpenError(said, endpoint=endpoint.name, until=until)

    def _refuse_at_once(self, question: Question, asked: set[str]) -> None:
        """What is closed is told before any waiting; the leave itself is asked for right before sending."""
        endpoint = question.endpoint
        until = self._breakers[endpoint.name].ready_at()
        if until > self._clock.now():
            raise BreakerOpenError(f"the breaker of {endpoint.name} is open", endpoint=endpoint.name, until=until)
        if endpoint.server in asked:
            self._tokens.require(endpoint.server)

    @contextmanager
    def _leave(self, question: Question, asked: set[str]) -> Iterator[bool]:
        """All that must agree to one request, and is told how it ended. Yields whether it is a probe."""
        endpoint, pool = question.endpoint, self._pools.get(question.endpoint.pool or "")
        with (
            self._burn.guard(is_vip=question.context.is_vip) if self._burn else nullcontext(),
            pool.request(endpoint.name) if pool else nullcontext(False) as is_pools_probe,
            self._breakers[endpoint.name].guard() as permit,
            self._tokens.request(endpoint.server, asked=asked),
        ):
            yield permit.is_probe or is_pools_probe
