"""One request to one endpoint, with its entry in the ledger: booked before it is sent, settled whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from pydantic import BaseModel, ValidationError

from brains.llm.asked import asked_of
from brains.llm.base import (
    CallContext,
    Ledger,
    ModelRequest,
    PaidRefusalError,
    ProviderAnswer,
    UnusableAnswerError,
)
from brains.llm.bounds import cost_of, most_of, reservation
from brains.llm.degrading import Degrading
from brains.llm.groups import Echelon, Endpoint
from brains.llm.hashing import fingerprint
from brains.llm.pricing import FULL_PRICE, saved_by_cache
from brains.llm.streaming import begun_of
from daemon.blackboard.records import CallKind, CallStatus, NewCall, Settlement, Usage
from daemon.core.clock import Clock
from daemon.core.errors import (
    AnswerLostError,
    BlackboardError,
    BoardBusyError,
    BoardFullError,
    BudgetExceededError,
    CallTimeoutError,
    OutsideError,
    RequestLimitError,
)
from daemon.core.settings.models import StreamSettings
from daemon.resilience.gate import Gate
from daemon.resilience.unbroken import begun_or_taken_back, to_the_end

_BOARD_AWAY_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Waits before an answer is given to a board again that is locked or full."""

_LONGEST_WAIT_SECONDS = 60.0
"""For money that others have set aside; the time of the step runs meanwhile, and must not bury the item."""

_UNKNOWN_OUTCOME = (CallTimeoutError, AnswerLostError)


@dataclass(frozen=True, slots=True)
class Question:
    """A request on its way to one endpoint. `hash` is what its answer is stored under."""

    request: ModelRequest
    context: CallContext
    echelon: Echelon
    endpoint: Endpoint
    hash: str
    kind: CallKind = CallKind.CALL
    on_sent: Callable[[], None] = lambda: None
    """Called when the request leaves: it has passed the gate."""
    on_answered: Callable[[], None] = lambda: None
    """Called when a valid answer is there, before the next request may pass the gate."""
    is_probe: bool = False
    """It finds out whether the endpoint is back; what that may have cost is not the item's."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A valid answer: `value` is an instance of the request's schema."""

    value: BaseModel
    answer: ProviderAnswer
    seconds: float = 0.0
    """How long the provider took, without the wait at the gate."""


class Booking:
    """Sends requests through the gate and books each of them."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        gate: Gate,
        clock: Clock,
        stream: StreamSettings | None = None,
        on_settled: Callable[[NewCall, Settlement], None] = lambda _call, _settlement: None,
        degrading: Degrading | None = None,
    ) -> None:
        """Take the limits of streams (None: answers come whole), and who is told of each call that is settled."""
        self._degrading = degrading or Degrading()
        self._ledger = ledger
        self._gate = gate
        self._clock = clock
        self._stream = stream if stream and stream.enabled else None
        self._on_settled = on_settled
        self._open = 0
        """Calls that have money set aside."""
        self._freed = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """No call has money set aside."""
        return self._open == 0

    async def send(self, question: Question) -> Reply:
        """Book, send, settle. The gate is held only while the request is under way.

        Raises `BudgetExceededError` (nothing sent), `UnusableAnswerError` and every other `OutsideError`.
        """
        call = new_call(question, at=self._clock.now())
        call_id = await self._begin(call)
        exchange = _Exchange(question, self._degrading, gate=self._gate, clock=self._clock, stream=self._stream)
        try:
            reply = await self._settled(exchange, call, call_id=call_id)
        finally:
            self._leave(call, is_money_back=True)
        return reply

    async def _settled(self, exchange: "_Exchange", call: NewCall, *, call_id: int) -> Reply:
        at = self._clock.now()
        try:
            reply = await exchange.run()
        except asyncio.CancelledError as error:
            # The call stays open on the board then, with its money, until the next start settles it.
            with suppress(BlackboardError):
                await to_the_end(self._settle(call_id, call, exchange.settlement(at=at, error=error)))
            raise
        except BaseException as error:
            await to_the_end(self._settle(call_id, call, exchange.settlement(at=at, error=error)))
            raise
        await to_the_end(self._settle(call_id, call, exchange.settlement(at=at, reply=reply)))
        return reply

    async def _begin(self, call: NewCall) -> int:
        """Enter the call as soon as the budget has room.

        What other calls have set aside is mostly given back when they are answered. So the budget is used up only when
        there is no room and no call with money set aside is under way. An item has one call at a time, so for its own
        budget there is nothing to wait for. Raises `RequestLimitError` when others spend for long what comes back.
        """
        patience = asyncio.get_running_loop().time() + _LONGEST_WAIT_SECONDS
        while True:
            freed = self._freed
            self._open += _has_money_aside(call)
            try:
                return await self._enter(call)
            except BudgetExceededError as error:
                self._leave(call)
                if self._open == 0 or error.until is None:
                    raise
            except BaseException:
                self._leave(call, is_money_back=True)
                raise
            try:
                async with asyncio.timeout_at(patience):
                    await freed.wait()
            except TimeoutError as error:
                text = f"the money that others have set aside did not come back within {_LONGEST_WAIT_SECONDS:g} s"
                raise RequestLimitError(text, until=self._clock.now()) from error

    async def _enter(self, call: NewCall) -> int:
        """Enter the call now. When cancelled meanwhile, it is entered and settled as never sent."""
        work = self._ledger.begin_call(call)
        return await begun_or_taken_back(work, take_back=partial(self._take_back, call=call))

    async def _take_back(self, entering: Awaitable[int], *, call: NewCall) -> None:
        with suppress(OutsideError, BlackboardError):
            unsent = Settlement(CallStatus.ERROR, cost_micro=0, error="cancelled unsent")
            await self._settle(await entering, call, unsent)

    async def _settle(self, call_id: int, call: NewCall, settlement: Settlement) -> None:
        await self._keep(call_id, settlement)
        self._on_settled(call, settlement)

    async def _keep(self, call_id: int, settlement: Settlement) -> None:
        """Settle, also after a while in which the board took nothing: an answer that is not kept is paid twice."""
        for seconds in _BOARD_AWAY_SECONDS:
            try:
                return await self._ledger.settle_call(call_id, settlement)
            except (BoardBusyError, BoardFullError):
                await self._clock.sleep(seconds)
        return await self._ledger.settle_call(call_id, settlement)

    def _leave(self, call: NewCall, *, is_money_back: bool = False) -> None:
        """Those who wait look again when there may be room, and when nobody is left who could make room."""
        self._open -= _has_money_aside(call)
        if is_money_back or self._open == 0:
            self._freed.set()
            self._freed = asyncio.Event()


def _has_money_aside(call: NewCall) -> bool:
    return bool(call.reserved_micro)


class _Exchange:
    """One request and what is known of it at each moment."""

    def __init__(
        self, question: Question, degrading: Degrading, *, gate: Gate, clock: Clock, stream: StreamSettings | None
    ) -> None:
        self._question = question
        self._gate = gate
        self._clock = clock
        self._degrading = degrading
        self._stream = stream
        self._is_sent = False
        self._seconds = 0.0

    async def run(self) -> Reply:
        question, endpoint = self._question, self._question.endpoint
        async with self._gate:
            self._is_sent = True
            question.on_sent()
            started = self._clock.monotonic()
            timeout = question.echelon.timeout * self._degrading.patience
            stream = self._degrading.stream(self._stream)
            try:
                answer = await endpoint.provider.complete(
                    question.request, model=endpoint.model, timeout=timeout, stream=stream
                )
            finally:
                self._seconds = self._clock.monotonic() - started
            reply = Reply(validate(question.request, answer=answer, endpoint=endpoint), answer, self._seconds)
            question.on_answered()
        return reply

    def settlement(self, *, at: float, reply: Reply | None = None, error: BaseException | None = None) -> Settlement:
        """How it ended, for the ledger."""
        paid = reply.answer if reply else _paid_answer(error)
        if paid is not None:
            return self._paid(paid, at=at, error=error)
        # What had begun to come may be charged, whatever ended it.
        begun = begun_of(error)
        is_known = isinstance(error, OutsideError) and not isinstance(error, _UNKNOWN_OUTCOME)
        is_open = self._is_sent and (begun is not None or not is_known)
        status, cost_micro = (CallStatus.UNCONFIRMED, None) if is_open else (CallStatus.ERROR, 0)
        return Settlement(
            status,
            usage=begun.usage if begun else Usage(),
            cost_micro=cost_micro,
            latency_ms=round(self._seconds * 1000),
            first_token_ms=_milliseconds(begun.first_token_seconds) if begun else None,
            error=_said(error),
            fault=_fault(error),
            spares_item=is_open and self._question.is_probe,
        )

    def _paid(self, answer: ProviderAnswer, *, at: float, error: BaseException | None) -> Settlement:
        endpoint, usage = self._question.endpoint, answer.usage
        cost = cost_of(endpoint, usage, at=at) or most_of(self._question.request, endpoint, at=at)
        return Settlement(
            _status(error),
            usage=usage,
            cost_micro=cost.micro if cost else None,
            price=cost.price if cost else None,
            saved_micro=saved_by_cache(endpoint.price, usage, at=at) if endpoint.price else 0,
            latency_ms=round(self._seconds * 1000),
            first_token_ms=_milliseconds(answer.first_token_seconds),
            answer=answer.text,
            error=_said(error),
            fault=_fault(error),
        )


def new_call(question: Question, *, at: float, factor: Decimal = FULL_PRICE) -> NewCall:
    """The entry for a request that is about to be sent. `factor`: the share of the price that is paid."""
    request, endpoint, context = question.request, question.endpoint, question.context
    return NewCall(
        item_id=context.item_id,
        brain=request.brain,
        task=request.task,
        provider=endpoint.provider.name,
        model=endpoint.model,
        request_hash=question.hash,
        attempt=context.attempts.used + 1,
        round=context.round,
        epoch=context.epoch,
        reserved_micro=0 if endpoint.provider.is_local else reservation(request, endpoint, at=at, factor=factor),
        fingerprint=fingerprint(
            request, provider=endpoint.provider.name, model=endpoint.model, base_url=endpoint.base_url
        ),
        kind=question.kind,
        asked=None if endpoint.provider.is_local else asked_of(request),
    )


def validate(request: ModelRequest, *, answer: ProviderAnswer, endpoint: Endpoint) -> BaseModel:
    """The answer as an instance of the request's schema. Raises `UnusableAnswerError` naming the first problem."""
    try:
        return request.schema.model_validate_json(answer.text)
    except ValidationError as error:
        where = f"{endpoint.provider.name}:{endpoint.model}"
        raise UnusableAnswerError(first_problem(error), answer=answer, endpoint=where) from error


def first_problem(error: ValidationError) -> str:
    """Where and what, such as `claims.0.evidence: Field required`."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the answer"
    return f"{place}: {first['msg']}"


def _paid_answer(error: BaseException | None) -> ProviderAnswer | None:
    return error.answer if isinstance(error, UnusableAnswerError | PaidRefusalError) else None


def _status(error: BaseException | None) -> CallStatus:
    if error is None:
        return CallStatus.OK
    return CallStatus.MALFORMED if isinstance(error, UnusableAnswerError) else CallStatus.ERROR


def _said(error: BaseException | None) -> str | None:
    if isinstance(error, asyncio.CancelledError):
        return f"cancelled: {error}".removesuffix(": ")
    return None if error is None else f"{type(error).__name__}: {error}".removesuffix(": ")


def _fault(error: BaseException | None) -> str | None:
    return None if error is None else type(error).__name__


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
