"""The fault table: every kind of fault x every vendor's SDK x stream and whole answer.

For each: what the caller sees and may do about it, what the ledger says (status, tokens, money), and what the breaker
makes of it. All cases run at once against one server, each with limits of its own; then each is a test.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from brains.llm.base import (
    BrokenStreamError,
    LoopingStreamError,
    PaidRefusalError,
    Provider,
    SlowStreamError,
    UnusableAnswerError,
)
from brains.llm.booking import Booking, Question
from brains.llm.groups import Echelon, Endpoint
from brains.llm.pricing import OwnPrice
from brains.llm.providers.anthropic import AnthropicProvider
from brains.llm.providers.gemini import GeminiProvider
from brains.llm.providers.openai import OpenAIProvider
from daemon.blackboard.records import CallStatus, Settlement, Usage
from daemon.core.errors import (
    AnswerLostError,
    BadKeyError,
    BadRequestError,
    CallTimeoutError,
    ContextTooLongError,
    OutsideError,
    RateLimitedError,
    Remedy,
    ServerFaultError,
    UnknownModelError,
)
from daemon.core.settings.models import PriceSettings, StreamSettings
from daemon.resilience.breaker import Breaker
from daemon.resilience.gate import Gate
from tests.fakes.clock import InstantClock
from tests.fakes.llm import VENDORS, context, extract_request
from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.recording_ledger import RecordingLedger

AT_ONCE = 8
SHORT, LONG = 1.0, 60.0
MOST_TRIES = 5
OK, ERROR, MALFORMED, UNCONFIRMED = CallStatus.OK, CallStatus.ERROR, CallStatus.MALFORMED, CallStatus.UNCONFIRMED
RETRY, REPAIR, SHRINK, FINAL = Remedy.RETRY, Remedy.REPAIR, Remedy.SHRINK, Remedy.FINAL


@dataclass(frozen=True)
class Row:
    """What becomes of one request.

    `tokens` in the ledger: all (the server's, to the token), part (what was known when it ended), none. `money`: paid
    (the price of the tokens), free (0), kept (the reservation stays charged), most (answered, but not counted: all
    that was set aside is the cost).
    `breaker`: fault, answer. `sent`: requests, of which all but the last were refused and taught something.
    """

    sees: type[OutsideError] | None
    remedy: Remedy | None
    booked: CallStatus
    tokens: str
    money: str
    breaker: str
    sent: int = 1


ANSWERED = Row(None, None, OK, "all", "paid", "answer")
LEARNED = replace(ANSWERED, sent=2)
UNCOUNTED = replace(ANSWERED, tokens="none", money="most", sent=2)
LOST = Row(AnswerLostError, RETRY, UNCONFIRMED, "none", "kept", "fault")
LATE = Row(CallTimeoutError, RETRY, UNCONFIRMED, "none", "kept", "fault")
SLOW = Row(SlowStreamError, RETRY, UNCONFIRMED, "part", "kept", "fault")
SILENT = replace(SLOW, tokens="none")
BROKEN = Row(BrokenStreamError, RETRY, UNCONFIRMED, "part", "kept", "fault")
USELESS = Row(UnusableAnswerError, REPAIR, MALFORMED, "all", "paid", "answer")
OVERLOADED = Row(ServerFaultError, RETRY, ERROR, "none", "free", "fault")
REFUSED = Row(BadRequestError, FINAL, ERROR, "none", "free", "answer")

WHOLE, STREAM = "whole", "stream"

TABLE: Mapping[Fault, Mapping[str, Row]] = {
    # fault                     a whole answer                              a stream
    Fault.NONE: {WHOLE: ANSWERED, STREAM: ANSWERED},
    Fault.STATUS: {WHOLE: OVERLOADED, STREAM: OVERLOADED},
    Fault.HANG: {WHOLE: LATE, STREAM: SILENT},
    Fault.RESET: {WHOLE: LOST, STREAM: LOST},
    Fault.GARBAGE_BODY: {WHOLE: LOST, STREAM: LOST},
    Fault.GARBAGE_DOCUMENT: {WHOLE: LOST, STREAM: LOST},
    Fault.HALF_BODY: {WHOLE: LOST, STREAM: BROKEN},
    Fault.BAD_JSON: {WHOLE: USELESS, STREAM: USELESS},
    Fault.WRONG_SHAPE: {WHOLE: USELESS, STREAM: USELESS},
    Fault.CUT_OFF: {WHOLE: USELESS, STREAM: USELESS},
    Fault.EMPTY: {WHOLE: USELESS, STREAM: USELESS},
    Fault.REFUSAL: dict.fromkeys((WHOLE, STREAM), Row(PaidRefusalError, FINAL, ERROR, "all", "paid", "answer")),
    Fault.BAD_KEY: dict.fromkeys((WHOLE, STREAM), Row(BadKeyError, FINAL, ERROR, "none", "free", "fault")),
    Fault.UNKNOWN_MODEL: dict.fromkeys((WHOLE, STREAM), Row(UnknownModelError, FINAL, ERROR, "none", "free", "fault")),
    Fault.TOO_LONG: dict.fromkeys((WHOLE, STREAM), Row(ContextTooLongError, SHRINK, ERROR, "none", "free", "answer")),
    Fault.BAD_REQUEST: {WHOLE: REFUSED, STREAM: REFUSED},
    Fault.NO_SCHEMA: {WHOLE: ANSWERED, STREAM: ANSWERED},
    Fault.NO_TOOLS: {WHOLE: ANSWERED, STREAM: ANSWERED},
    Fault.NO_TEMPERATURE: {WHOLE: ANSWERED, STREAM: ANSWERED},
    Fault.OLD_LIMIT: {WHOLE: ANSWERED, STREAM: ANSWERED},
    Fault.NO_STREAM: {WHOLE: ANSWERED, STREAM: LEARNED},
    Fault.NO_STREAM_OPTIONS: {WHOLE: ANSWERED, STREAM: ANSWERED},
    Fault.IGNORES_STREAM: {WHOLE: ANSWERED, STREAM: ANSWERED},
    Fault.NO_EAGER_INPUT: {WHOLE: ANSWERED, STREAM: ANSWERED},
    Fault.NO_CACHE_MARKERS: {WHOLE: ANSWERED, STREAM: ANSWERED},
    Fault.STALL: {WHOLE: LATE, STREAM: SLOW},
    Fault.SLOW_START: {WHOLE: LATE, STREAM: SILENT},
    Fault.DRIP: {WHOLE: LATE, STREAM: SLOW},
    Fault.LOOP: {WHOLE: USELESS, STREAM: replace(BROKEN, sees=LoopingStreamError)},
    Fault.BROKEN_STREAM: {WHOLE: LOST, STREAM: BROKEN},
    Fault.ERROR_EVENT: {WHOLE: OVERLOADED, STREAM: replace(BROKEN, sees=ServerFaultError)},
    Fault.GARBAGE_EVENT: {WHOLE: LOST, STREAM: BROKEN},
}

OTHERWISE: Mapping[tuple[Fault, str, str], Row] = {
    # What one vendor alone sends can be refused there alone, and is learned.
    (Fault.NO_SCHEMA, OPENAI, WHOLE): LEARNED,
    (Fault.NO_SCHEMA, OPENAI, STREAM): LEARNED,
    (Fault.NO_SCHEMA, GEMINI, WHOLE): REFUSED,
    (Fault.NO_SCHEMA, GEMINI, STREAM): REFUSED,
    (Fault.NO_TOOLS, ANTHROPIC, WHOLE): LEARNED,
    (Fault.NO_TOOLS, ANTHROPIC, STREAM): LEARNED,
    (Fault.NO_TEMPERATURE, OPENAI, WHOLE): LEARNED,
    (Fault.NO_TEMPERATURE, OPENAI, STREAM): LEARNED,
    (Fault.OLD_LIMIT, OPENAI, WHOLE): LEARNED,
    (Fault.OLD_LIMIT, OPENAI, STREAM): LEARNED,
    (Fault.NO_STREAM, GEMINI, STREAM): REFUSED,
    (Fault.NO_STREAM_OPTIONS, OPENAI, STREAM): UNCOUNTED,
    (Fault.NO_EAGER_INPUT, ANTHROPIC, STREAM): LEARNED,
    (Fault.NO_CACHE_MARKERS, ANTHROPIC, WHOLE): LEARNED,
    (Fault.NO_CACHE_MARKERS, ANTHROPIC, STREAM): LEARNED,
    # Its first event tells the tokens of the prompt.
    (Fault.SLOW_START, ANTHROPIC, STREAM): SLOW,
}

CASES = [(fault, vendor, way) for fault in Fault for vendor in VENDORS for way in (WHOLE, STREAM)]
Case = tuple[Fault, str, str]

STATUS_OF = {Fault.STATUS: 503, Fault.ERROR_EVENT: 529}
LATE_AS_A_WHOLE = (Fault.HANG, Fault.STALL, Fault.SLOW_START, Fault.DRIP)


def limits_for(fault: Fault) -> StreamSettings:
    """Only the limit that the fault is about is short, so that a busy machine does not trip another one."""
    return StreamSettings(
        first_token=SHORT if fault in (Fault.HANG, Fault.SLOW_START) else LONG,
        stall=SHORT if fault is Fault.STALL else LONG,
        minimum_rate=200 if fault is Fault.DRIP else 0,
        rate_window=SHORT,
    )


@dataclass(frozen=True)
class Seen:
    """What one case came to. `given` are the tokens the server gave out."""

    error: OutsideError | None
    settlement: Settlement
    reserved: int
    breaker: Mapping[str, Any]
    outcomes: list[str]
    given: Usage


class Laboratory:
    """One server and one provider of each vendor for all cases; each case has a model name of its own."""

    def __init__(self, server: FakeProviderServer) -> None:
        self.server = server
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._providers: dict[str, Provider] = {
            ANTHROPIC: AnthropicProvider(api_key="k", base_url=server.base_url(ANTHROPIC)),
            GEMINI: GeminiProvider(api_key="k", base_url=server.base_url(GEMINI)),
            OPENAI: OpenAIProvider(api_key="k", base_url=server.base_url(OPENAI)),
        }

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()

    async def run(self, case: Case) -> Seen:
        async with self._slots:
            return await self._run(*case)

    async def _run(self, fault: Fault, vendor: str, way: str) -> Seen:
        """On a busy machine a short limit may be over before the request has left; then nothing was seen yet."""
        model = f"{fault}-{vendor}-{way}"
        self.server.rules.append(Rule(fault=fault, model=model, status=STATUS_OF.get(fault, 500)))
        for _ in range(MOST_TRIES):
            if (seen := await self._tried(fault, vendor, way, model=model)) is not None:
                return seen
        raise TimeoutError(model)

    async def _tried(self, fault: Fault, vendor: str, way: str, *, model: str) -> Seen | None:
        clock, ledger = InstantClock(), RecordingLedger()
        stream = limits_for(fault) if way == STREAM else None
        booking = Booking(ledger=ledger, gate=Gate(1), clock=clock, stream=stream)
        breaker = Breaker(model, clock=clock, rng=random.Random(1))
        error = await self._error(booking, breaker, self._question(fault, vendor, way))
        await self.server.until(lambda stats: not any(e.outcome == "open" for e in stats.log if e.model == model))
        entries = [entry for entry in self.server.stats.log if entry.model == model]
        if not entries:
            return None
        given = entries[-1].tokens
        return Seen(
            error,
            ledger.settlements[1],
            ledger.calls[0].reserved_micro or 0,
            breaker.snapshot(),
            [entry.outcome for entry in entries],
            Usage(given.prompt, given.completion, given.cached, given.cache_write, given.reasoning),
        )

    async def _error(self, booking: Booking, breaker: Breaker, question: Question) -> OutsideError | None:
        try:
            with breaker.guard():
                await booking.send(question)
        except OutsideError as error:
            return error
        return None

    def _question(self, fault: Fault, vendor: str, way: str) -> Question:
        price = OwnPrice(PriceSettings(input_mtok=10, output_mtok=20))
        endpoint = Endpoint("m", self._providers[vendor], f"{fault}-{vendor}-{way}", price=price)
        timeout = SHORT if way == WHOLE and fault in LATE_AS_A_WHOLE else LONG
        request = extract_request(system="You record facts. " * 60)
        return Question(request, context(), Echelon("left.echelon1", (endpoint,), timeout=timeout), endpoint, "hash")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen() -> AsyncIterator[Mapping[Case, Seen]]:
    """All cases, run at once."""
    async with FakeProviderServer() as server:
        laboratory = Laboratory(server)
        for case in CASES[: len(VENDORS) * 2]:  # the SDKs take their time at their first call
            await laboratory.run(case)
        server.rules.clear()
        server.stats.log.clear()
        found = await asyncio.gather(*map(laboratory.run, CASES))
        await laboratory.close()
        yield dict(zip(CASES, found, strict=True))


def test_the_table_has_every_fault() -> None:
    """A fault that is added to the server needs its row."""
    assert set(TABLE) == set(Fault)


def money_of(one: Seen) -> str:
    """What the ledger says of the money."""
    cost, usage = one.settlement.cost_micro, one.settlement.usage
    if one.settlement.status is UNCONFIRMED:
        return "kept" if cost is None and one.reserved > 0 else "wrong"
    if cost == 0:
        return "free"
    if usage == Usage():
        return "most" if cost == one.reserved > 0 else "wrong"
    return "paid" if cost == usage.input_tokens * 10 + usage.output_tokens * 20 <= one.reserved else "wrong"


def tokens_of(one: Seen) -> str:
    """Which tokens the ledger knows."""
    usage = one.settlement.usage
    if usage == Usage():
        return "none"
    return "all" if usage == one.given else "part"


@pytest.mark.parametrize(("fault", "vendor", "way"), CASES)
def test_a_fault_is_seen_booked_and_counted_as_the_table_says(
    seen: Mapping[Case, Seen], fault: Fault, vendor: str, way: str
) -> None:
    """One row of the table."""
    row = OTHERWISE.get((fault, vendor, way), TABLE[fault][way])
    one = seen[fault, vendor, way]
    shown = Row(
        type(one.error) if one.error else None,
        one.error.remedy if one.error else None,
        one.settlement.status,
        tokens_of(one),
        money_of(one),
        "fault" if one.breaker["failures"] else "answer" if one.breaker["samples"] else "nothing",
        len(one.outcomes),
    )
    assert shown == row, one.error
    assert (one.settlement.answer is not None) == (row.booked in (OK, MALFORMED) or row.sees is PaidRefusalError)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", [Fault.HANG, Fault.STALL, Fault.SLOW_START, Fault.DRIP, Fault.LOOP])
def test_what_is_given_up_is_closed_at_the_provider(seen: Mapping[Case, Seen], fault: Fault, vendor: str) -> None:
    """The server sees the client go, long before it would have ended."""
    assert seen[fault, vendor, STREAM].outcomes == ["aborted"]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("way", [WHOLE, STREAM])
def test_only_a_stream_has_a_first_token(seen: Mapping[Case, Seen], vendor: str, way: str) -> None:
    """It is booked, also for a stream that broke."""
    for fault in (Fault.NONE, Fault.STALL):
        assert (seen[fault, vendor, way].settlement.first_token_ms is not None) == (way == STREAM)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def limited() -> AsyncIterator[Mapping[str, Seen]]:
    """A 429 within a stream, at each vendor."""
    async with FakeProviderServer() as server:
        laboratory = Laboratory(server)
        server.rules.append(Rule(fault=Fault.ERROR_EVENT, status=429))
        cases = [(Fault.ERROR_EVENT, vendor, STREAM) for vendor in VENDORS]
        yield dict(zip(VENDORS, [await laboratory.run(case) for case in cases], strict=True))
        await laboratory.close()


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_error_within_a_stream_means_what_its_status_would(limited: Mapping[str, Seen], vendor: str) -> None:
    """The class is that of the status; the money stays set aside, because the stream had begun."""
    one = limited[vendor]
    assert type(one.error) is RateLimitedError
    assert (one.settlement.status, money_of(one), tokens_of(one)) == (UNCONFIRMED, "kept", "part")
