"""The one way to the models: a task's group, echelon by echelon.

Pools, sessions, hedged requests and shadows have their place here later: they choose among the endpoints of an echelon.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from brains.llm.base import Answer, CallContext, Ledger, ModelRequest, Provider, UnusableAnswerError
from brains.llm.booking import Booking, Question, Reply, cost_of, new_call, validate
from brains.llm.groups import Echelon, Endpoint, build_breakers, build_groups, build_providers
from brains.llm.hashing import request_hash
from brains.llm.rate import RateLimit
from brains.llm.repairing import repair_request
from daemon.blackboard.records import CallStatus, SettledCall, Settlement
from daemon.core.clock import Clock
from daemon.core.errors import (
    BreakerOpenError,
    BudgetExceededError,
    ContextTooLongError,
    OutsideError,
    RequestLimitError,
    WaitError,
)
from daemon.core.events import Event
from daemon.core.settings.models import LlmSettings
from daemon.resilience.breaker import Breaker
from daemon.resilience.gate import Gate
from daemon.resilience.retrying import RetryPolicy, with_resilience

_BOOKED_FOR_EACH_PASS = 2
"""Requests that may be booked for each one that may be sent: enough that the gate never waits for the ledger, few
enough that a crash leaves little money set aside for requests that were never sent."""

_LONGEST_REST_SECONDS = 60.0
"""After a refusal that would meet the whole backlog alike, no work of that task is taken up for so long at most."""


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint as it is tried for a task. `is_last_networked`: no other endpoint with a network follows."""

    echelon: Echelon
    endpoint: Endpoint
    is_last_networked: bool


class EchelonGateway:
    """Asks one endpoint after the other until one gives a valid answer."""

    def __init__(
        self,
        settings: LlmSettings,
        *,
        providers: Mapping[str, Provider],
        ledger: Ledger,
        gate: Gate,
        breakers: Mapping[str, Breaker],
        clock: Clock,
        rng: random.Random,
        emit: Callable[[Event], None],
    ) -> None:
        self._retry = settings.retry
        self._providers = providers
        self.breakers = breakers
        """By endpoint; for those who show them."""
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._emit = emit
        self._booking = Booking(ledger=ledger, gate=gate, clock=clock)
        self._booked = asyncio.Semaphore(gate.limit * _BOOKED_FOR_EACH_PASS)
        groups = build_groups(settings, providers=providers)
        self._routes = {task: _routes(groups[name].echelons) for task, name in settings.roles.model_dump().items()}
        echelons = {route.echelon.name: route.echelon for routes in self._routes.values() for route in routes}
        self._slots = {n: asyncio.Semaphore(e.concurrency_limit) for n, e in echelons.items() if e.concurrency_limit}
        self._rates = {n: RateLimit(e.rpm_limit, clock=clock) for n, e in echelons.items() if e.rpm_limit}
        self._answered: set[str] = set()
        self._rests: dict[str, float] = {}
        """Until when (monotonic) it is useless to ask for a task, for want of money or of requests."""

    async def ask(self, request: ModelRequest, context: CallContext) -> Answer[Any]:
        """Ask the task's group. A stored answer of any of its endpoints is taken first, and costs nothing.

        Raises `WaitError` (nothing could be sent; `until` says when), `RetriesExhaustedError`, or a final
        `OutsideError`. A budget of the day or month that is used up, and a limit of requests a minute, make the work
        wait, even if another endpoint follows; a budget of the item does not.
        """
        routes = self._routes[request.task]
        questions = [self._question(request, context, route) for route in routes]
        if (stored := await self._stored(questions)) is not None:
            return stored
        faults: list[OutsideError] = []
        for position, (route, question) in enumerate(zip(routes, questions, strict=True)):
            if faults and not self._may_try(route, context):
                continue
            try:
                return await self._answer(route, question)
            except OutsideError as error:
                if _is_for_the_asker(error, request, later=routes[position + 1 :]):
                    self._rest(request.task, error)
                    raise
                faults.append(error)
                self._tell_fall(question, error, later=routes[position + 1 :])
        raise self._verdict(faults, context)

    def ready_at(self, task: str) -> float:
        """Epoch seconds before which asking for this task is useless; 0 when it is ready.

        Every breaker is open, or the budget or a limit of requests was found used up a moment ago.
        """
        rest = self._rests.get(task, 0.0) - self._clock.monotonic()
        rests_until = self._clock.now() + rest if rest > 0 else 0.0
        return max(rests_until, min((self._ready_at(route.endpoint) for route in self._routes[task]), default=0.0))

    async def close(self) -> None:
        """Close all providers."""
        for provider in {id(provider): provider for provider in self._providers.values()}.values():
            await provider.close()

    # --- one question ---

    def _question(self, request: ModelRequest, context: CallContext, route: Route) -> Question:
        endpoint = route.endpoint
        asked = replace(request, max_tokens=endpoint.max_tokens) if endpoint.max_tokens else request
        hashed = request_hash(asked, provider=endpoint.provider.name, model=endpoint.model, base_url=endpoint.base_url)
        return Question(asked, context, route.echelon, endpoint, hashed)

    async def _stored(self, questions: Sequence[Question]) -> Answer[Any] | None:
        for question in questions:
            if question.endpoint.provider.is_local:
                continue
            stored = await self._ledger.find_answer(item_id=question.context.item_id, request_hash=question.hash)
            # What an earlier version took may not be an answer to this one any more; then it is asked again.
            if stored is not None and (value := _valid(question.request, stored.answer)) is not None:
                return Answer(value, provider=stored.provider, model=stored.model)
        return None

    async def _answer(self, route: Route, question: Question) -> Answer[Any]:
        if question.endpoint.provider.is_local:
            return await self._answer_here(question)
        policy = self._policy(route, question.context)
        resilient = with_resilience(policy, attempts=question.context.attempts, clock=self._clock, rng=self._rng)
        send = resilient(self._send)
        try:
            reply = await send(question)
        except UnusableAnswerError as error:
            reply = await self._repaired(question, error, send=send)
        return Answer(reply.value, provider=question.endpoint.provider.name, model=reply.answer.model)

    async def _repaired(self, question: Question, error: UnusableAnswerError, *, send: Any) -> Reply:
        """Ask once more, for the right form. It is stored as the answer to the question itself."""
        self._tell("answer_malformed", question, error=str(error))
        again = replace(
            question, request=repair_request(question.request, answer=error.answer.text, problem=str(error))
        )
        try:
            reply: Reply = await send(again)
        except UnusableAnswerError as second:
            raise second from error
        return reply

    async def _answer_here(self, question: Question) -> Answer[Any]:
        """A local endpoint: no gate, no attempt; its entry in the ledger goes with the outcome of the step."""
        request, endpoint = question.request, question.endpoint
        started = self._clock.monotonic()
        answer = await endpoint.provider.complete(request, model=endpoint.model, timeout=question.echelon.timeout)
        value = validate(request, answer=answer, endpoint=endpoint)
        latency_ms = round((self._clock.monotonic() - started) * 1000)
        settled = SettledCall(
            new_call(question, at=self._clock.now()),
            Settlement(
                CallStatus.OK, usage=answer.usage, cost_micro=0, price={"source": "free"}, latency_ms=latency_ms
            ),
        )
        return Answer(value, provider=endpoint.provider.name, model=answer.model, calls=(settled,))

    async def _send(self, question: Question) -> Reply:
        """One request, when breaker, rate, slot and budget allow it. Nothing of this is held during a backoff."""
        breaker = self.breakers[question.endpoint.name]
        _refuse_if_open(breaker, now=self._clock.now())
        echelon = question.echelon.name
        if echelon in self._rates:
            await self._rates[echelon].wait()
        async with self._slots.get(echelon, _no_limit()), self._booked:
            with breaker.guard():
                reply = await self._booking.send(question)
        self._tell_if_unpriced(question, reply)
        return reply

    # --- what decides ---

    def _policy(self, route: Route, context: CallContext) -> RetryPolicy:
        """The step's attempts are shared by the echelons: an earlier one gets its first try only, unless told more."""
        total = len(self._retry.delays) + 1
        retries = route.echelon.max_retries
        share = retries + 1 if retries is not None else total if route.is_last_networked else 1
        return RetryPolicy(
            delays=self._retry.delays,
            jitter=self._retry.jitter,
            retry_after_cap=self._retry.retry_after_cap,
            max_attempts=min(total, context.attempts.used + share),
        )

    def _may_try(self, route: Route, context: CallContext) -> bool:
        return route.endpoint.provider.is_local or context.attempts.used <= len(self._retry.delays)

    def _verdict(self, faults: Sequence[OutsideError], context: CallContext) -> OutsideError:
        """What the step ends with: waiting, while an endpoint may come back and there are attempts; else the last."""
        waits = [fault for fault in faults if isinstance(fault, WaitError) and fault.until is not None]
        if waits and context.attempts.used <= len(self._retry.delays):
            return min(waits, key=lambda wait: wait.until or 0.0)
        last = [fault for fault in faults if fault not in waits][-1] if len(waits) < len(faults) else faults[-1]
        for fault in faults:
            if fault is not last:
                last.add_note(f"Also failed: {fault.endpoint}: {type(fault).__name__}: {fault}")
        return last

    def _rest(self, task: str, error: OutsideError) -> None:
        """What is refused to one is refused to all, and a backlog need not try that one by one."""
        if isinstance(error, WaitError) and error.until is not None:
            seconds = min(error.until - self._clock.now(), _LONGEST_REST_SECONDS)
            self._rests[task] = self._clock.monotonic() + seconds

    def _ready_at(self, endpoint: Endpoint) -> float:
        return 0.0 if endpoint.provider.is_local else self.breakers[endpoint.name].ready_at()

    # --- what is told ---

    def _tell_fall(self, question: Question, error: OutsideError, *, later: Sequence[Route]) -> None:
        if later:
            why = {"error": type(error).__name__, "message": str(error)}
            self._tell("echelon_fell", question, to=later[0].echelon.name, to_endpoint=later[0].endpoint.name, **why)

    def _tell_if_unpriced(self, question: Question, reply: Reply) -> None:
        """Once for each endpoint, at its first answer."""
        endpoint = question.endpoint
        if endpoint.name in self._answered:
            return
        self._answered.add(endpoint.name)
        if cost_of(endpoint, reply.answer.usage, at=self._clock.now()) is None:
            self._tell("price_unknown", question)

    def _tell(self, type_: str, question: Question, **more: str) -> None:
        data = {
            "task": question.request.task,
            "echelon": question.echelon.name,
            "endpoint": question.endpoint.name,
            "model": question.endpoint.model,
            **more,
        }
        self._emit(Event(type=type_, at=self._clock.now(), item_id=question.context.item_id, data=data))


def build_gateway(
    settings: LlmSettings,
    *,
    ledger: Ledger,
    gate: Gate,
    clock: Clock,
    rng: random.Random,
    emit: Callable[[Event], None],
) -> EchelonGateway:
    """The gateway with its providers and breakers; a change of a breaker is the event `breaker_changed`.

    Raises `ConfigError` for models, keys, SDKs or groups that are missing.
    """
    providers = build_providers(settings)
    groups = build_groups(settings, providers=providers)
    breakers = build_breakers(
        groups.values(),
        clock=clock,
        rng=rng,
        on_change=lambda snapshot: emit(Event(type="breaker_changed", at=clock.now(), data=snapshot)),
    )
    return EchelonGateway(
        settings, providers=providers, ledger=ledger, gate=gate, breakers=breakers, clock=clock, rng=rng, emit=emit
    )


def _routes(echelons: Sequence[Echelon]) -> tuple[Route, ...]:
    pairs = [(echelon, endpoint) for echelon in echelons for endpoint in echelon.endpoints]
    networked = [position for position, (_, endpoint) in enumerate(pairs) if not endpoint.provider.is_local]
    last = networked[-1] if networked else -1
    return tuple(Route(echelon, endpoint, position >= last) for position, (echelon, endpoint) in enumerate(pairs))


def _refuse_if_open(breaker: Breaker, *, now: float) -> None:
    """An open breaker is told before any waiting; the leave itself is asked for right before sending."""
    until = breaker.ready_at()
    if until > now:
        raise BreakerOpenError(f"the breaker of {breaker.name} is open", endpoint=breaker.name, until=until)


def _valid(request: ModelRequest, answer: str) -> BaseModel | None:
    try:
        return request.schema.model_validate_json(answer)
    except ValidationError:
        return None


def _is_for_the_asker(error: OutsideError, request: ModelRequest, *, later: Sequence[Route]) -> bool:
    """Whether no other endpoint should be tried: the work is to wait for money or its turn, or to be asked shorter."""
    if isinstance(error, ContextTooLongError):
        return request.can_shrink and all(route.endpoint.provider.is_local for route in later)
    return isinstance(error, BudgetExceededError | RequestLimitError) and error.until is not None


def _no_limit() -> asyncio.Semaphore:
    return asyncio.Semaphore(1)
