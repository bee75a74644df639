"""One stop of a request: an endpoint with its retries, its repair and its hedge, or a pool with its instances."""

import math
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from brains.llm.base import Answer, UnusableAnswerError
from brains.llm.booking import Question, new_call, validate
from brains.llm.degrading import Degrading
from brains.llm.groups import Endpoint
from brains.llm.hedging import Hedger
from brains.llm.hooks import Burn
from brains.llm.inquiry import Answered, Inquiry
from brains.llm.pools import Pool
from brains.llm.racing import Course
from brains.llm.repairing import repair_request
from brains.llm.routing import Stop, echelons_after, is_last_networked
from brains.llm.sending import Sender, Sent
from brains.llm.telling import Teller
from daemon.blackboard.records import CallKind, CallStatus, SettledCall, Settlement
from daemon.core.clock import Clock
from daemon.core.errors import MalformedAnswerError, OutsideError, PermanentError, Remedy, WaitError
from daemon.core.settings.models import RetrySettings
from daemon.resilience.backoff import Backoff
from daemon.resilience.breaker import Breaker, BreakerState
from daemon.resilience.retrying import RetryPolicy, with_resilience

NORMAL_PACE = "normal"

_Send = Callable[[Question], Awaitable[Sent]]


@dataclass(frozen=True, slots=True)
class Means:
    """What every try needs."""

    retry: RetrySettings
    sender: Sender
    breakers: Mapping[str, Breaker]
    pools: Mapping[str, Pool]
    teller: Teller
    clock: Clock
    rng: random.Random
    hedger: Hedger | None = None
    burn: Burn | None = None
    degrading: Degrading = field(default_factory=Degrading)

    def pace(self, *, is_vip: bool) -> str:
        """The stage of the burn-rate breaker for such a call."""
        return NORMAL_PACE if is_vip or self.burn is None else self.burn.stage


class Try:
    """One inquiry at one of its stops. Raises what the stop raises."""

    def __init__(self, means: Means, *, inquiry: Inquiry, position: int) -> None:
        self._means = means
        self._inquiry = inquiry
        self._position = position
        self._stop = inquiry.stops[position]

    async def answer(self) -> Answered:
        """The answer of this stop, within its share of the step's attempts."""
        stop = self._stop
        if stop.is_local:
            return await self._answer_here()
        if stop.pool is None:
            return await self._ask(self._question(), share=self._share())
        pool = self._means.pools[stop.pool]
        return await (self._rotate(pool) if pool.is_rotating else self._stay(pool))

    # --- an endpoint ---

    def _question(self) -> Question:
        return self._inquiry.question(self._stop.endpoints[0], self._stop.echelon)

    async def _ask(self, question: Question, *, share: int) -> Answered:
        """Up to `share` requests, and one more for the right form."""
        policy = self._policy(share)
        try:
            try:
                sent = await self._retrying(self._race, policy)(question)
            except UnusableAnswerError as error:
                sent = await self._repaired(question, error, policy=policy)
        except (PermanentError, MalformedAnswerError):
            self._inquiry.budget.spend()
            raise
        self._means.teller.answered(self._inquiry, sent)
        endpoint = sent.question.endpoint
        answer = Answer(sent.reply.value, provider=endpoint.provider.name, model=sent.reply.answer.model)
        return Answered(answer, endpoint.name)

    async def _repaired(self, question: Question, error: UnusableAnswerError, *, policy: RetryPolicy) -> Sent:
        """Ask once more, for the right form. It is stored as the answer to the question itself."""
        self._means.teller.malformed(self._inquiry, question, error)
        request = repair_request(question.request, answer=error.answer.text, problem=str(error))
        # It follows an answer, so it is no retry, however often the provider was asked before.
        asked = self._inquiry.asked - {question.endpoint.server}
        send = self._retrying(lambda again: self._send(again, asked=asked), policy)
        try:
            return await send(replace(question, request=request, kind=CallKind.REPAIR))
        except UnusableAnswerError as second:
            raise second from error

    def _retrying(self, send: _Send, policy: RetryPolicy) -> _Send:
        attempts = self._inquiry.context.attempts
        return with_resilience(policy, attempts=attempts, clock=self._means.clock, rng=self._means.rng)(send)

    def _policy(self, share: int) -> RetryPolicy:
        retry, used = self._means.retry, self._inquiry.context.attempts.used
        return RetryPolicy(
            delays=retry.delays or (0.0,),  # a group may have more attempts than there are delays
            jitter=retry.jitter,
            retry_after_cap=retry.retry_after_cap,
            max_attempts=max(1, used + min(share, self._inquiry.budget.left())),
        )

    def _share(self) -> int:
        """How many of the step's attempts this stop may use.

        An earlier endpoint gets its first try only, unless told more; a pool goes on with its other instances. Each
        echelon that follows is left one.
        """
        left, stops = self._inquiry.budget.left(), self._inquiry.stops
        is_last = is_last_networked(stops, self._position)
        most = max(1, left - (0 if is_last else echelons_after(stops, self._position)))
        retries = self._stop.echelon.max_retries
        if retries is not None:
            return min(retries + 1, most)
        return most if is_last or self._stop.pool else 1

    async def _race(self, question: Question) -> Sent:
        """One request, and maybe a second one beside it when it is slow."""
        hedger, inquiry = self._means.hedger, self._inquiry
        if hedger is None or inquiry.purse is not None or not self._means.degrading.may_hedge:
            return await self._send(question)
        beside = self._beside(question)
        return await hedger.send(
            lambda course: self._send(_watched(question, course)),
            (lambda course: self._send(_watched(beside, course))) if beside else None,
            endpoint=question.endpoint.name,
            on_lost=self._lost,
            task=inquiry.request.task,
            item_id=inquiry.context.item_id,
        )

    def _beside(self, question: Question) -> Question | None:
        """The same question to the next endpoint that is well; None when there is none, or no attempt for it."""
        inquiry, means = self._inquiry, self._means
        if not inquiry.budget.left(in_flight=1) or means.pace(is_vip=inquiry.context.is_vip) != NORMAL_PACE:
            return None
        for stop in inquiry.stops[self._position :]:
            endpoint = self._spare(stop, beside=question.endpoint.name)
            if endpoint is not None:
                return replace(inquiry.question(endpoint, stop.echelon), kind=CallKind.HEDGE)
        return None

    def _spare(self, stop: Stop, *, beside: str) -> Endpoint | None:
        if stop.is_local:
            return None
        if stop.pool is not None:
            return self._means.pools[stop.pool].spare(beside=beside)
        endpoint = stop.endpoints[0]
        is_well = endpoint.name != beside and self._means.breakers[endpoint.name].state is BreakerState.CLOSED
        return endpoint if is_well else None

    async def _lost(self, error: OutsideError) -> None:
        """A request that was sent and failed, while the other one decides."""
        if error.remedy is Remedy.RETRY:
            await self._inquiry.context.attempts.failed(error, retry_in=0.0)
        elif not isinstance(error, WaitError):
            self._inquiry.budget.spend()

    async def _send(self, question: Question, *, asked: set[str] | None = None) -> Sent:
        """One request."""
        if (purse := self._inquiry.purse) is not None:
            purse.require(question, at=self._means.clock.now())
        return await self._means.sender.send(question, asked=self._inquiry.asked if asked is None else asked)

    async def _answer_here(self) -> Answered:
        """A local endpoint: no gate, no attempt; its entry in the ledger goes with the outcome of the step."""
        question, clock = self._question(), self._means.clock
        request, endpoint = question.request, question.endpoint
        started = clock.monotonic()
        answer = await endpoint.provider.complete(request, model=endpoint.model, timeout=question.echelon.timeout)
        value = validate(request, answer=answer, endpoint=endpoint)
        latency_ms = round((clock.monotonic() - started) * 1000)
        settlement = Settlement(
            CallStatus.OK, usage=answer.usage, cost_micro=0, price={"source": "free"}, latency_ms=latency_ms
        )
        settled = SettledCall(new_call(question, at=clock.now()), settlement)
        given = Answer(value, provider=endpoint.provider.name, model=answer.model, calls=(settled,))
        return Answered(given, endpoint.name)

    # --- a pool ---

    async def _stay(self, pool: Pool) -> Answered:
        """Retries go to the same instance."""
        endpoint = pool.choose()
        if endpoint is None:
            raise pool.all_out()
        question = self._inquiry.question(endpoint, self._stop.echelon)
        return await self._ask(question, share=min(pool.settings.max_instance_attempts, self._share()))

    async def _rotate(self, pool: Pool) -> Answered:
        """A failure goes to the next instance at once; to one that was tried before, after the backoff."""
        round_ = _Round(pool, share=self._share())
        while round_.goes_on and (endpoint := round_.choose()) is not None:
            await self._back_off(round_, endpoint)
            try:
                return await self._ask(self._inquiry.question(endpoint, self._stop.echelon), share=1)
            except OutsideError as error:
                round_.failed(endpoint, error)
                if self._inquiry.is_for_the_asker(error, position=self._position):
                    raise
            if not self._inquiry.budget.left():
                break
        raise round_.fault(has_attempts=self._inquiry.budget.left() > 0)

    async def _back_off(self, round_: "_Round", endpoint: Endpoint) -> None:
        retry, before = self._means.retry, round_.faults.get(endpoint.name)
        if before is None or not retry.delays:
            return
        number = min(round_.tries[endpoint.name], len(retry.delays))
        backoff = Backoff(retry.delays, retry.jitter, retry.retry_after_cap)
        seconds = backoff.delay(number, retry_after=before.retry_after, rng=self._means.rng)
        await self._means.clock.sleep(seconds or 0.0)


class _Round:
    """The instances of a pool, as one step has tried them. At most `share` requests are sent."""

    def __init__(self, pool: Pool, *, share: int) -> None:
        self._pool = pool
        self._share = share
        self.tries = Counter[str]()
        self.faults: dict[str, OutsideError] = {}
        """The last one of each instance that was asked."""
        self._waits: dict[str, OutsideError] = {}

    @property
    def goes_on(self) -> bool:
        """Whether one more request may be sent."""
        return self.tries.total() < self._share

    def choose(self) -> Endpoint | None:
        """Whose turn it is."""
        return self._pool.choose(tries=self.tries, without=self._waits)

    def failed(self, endpoint: Endpoint, error: OutsideError) -> None:
        """It did not answer. What could not be sent is not offered to it again."""
        if isinstance(error, WaitError):
            self._waits[endpoint.name] = error
            return
        self.tries[endpoint.name] += 1
        self.faults[endpoint.name] = error

    def fault(self, *, has_attempts: bool) -> OutsideError:
        """What the pool ends with: waiting, while an instance may come back and there are attempts; else the last."""
        if not self.faults and not self._waits:
            return self._pool.all_out()
        if not self.faults or (has_attempts and self.goes_on and self._pool.is_worth_waiting(tries=self.tries)):
            return min(self._waits.values(), key=lambda wait: wait.until or math.inf, default=self._pool.all_out())
        *others, last = self.faults.values()
        for other in others:
            last.add_note(f"Also failed: {other.endpoint}: {type(other).__name__}: {other}")
        return last


def _watched(question: Question, course: Course) -> Question:
    return replace(question, on_sent=course.sent, on_answered=course.answered)
