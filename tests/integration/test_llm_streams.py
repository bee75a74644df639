"""Streams at the providers and through the gateway: limits, cancellation, booking, earlier turns, prompt caches."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from brains.llm.base import BrokenStreamError, Provider, SlowStreamError, Turn
from brains.llm.booking import Booking, Question
from brains.llm.groups import Echelon, Endpoint
from brains.llm.pricing import price_of
from brains.llm.providers.anthropic import AnthropicProvider
from brains.llm.providers.gemini import GeminiProvider
from brains.llm.providers.openai import OpenAIProvider
from brains.llm.streaming import begun_of
from brains.prompts import load_prompt
from brains.schemas import Knowledge
from daemon.blackboard.records import CallStatus, NewCall, Settlement
from daemon.core.settings.models import StreamSettings
from daemon.resilience.gate import Gate
from tests.fakes.clock import InstantClock
from tests.fakes.llm import MODEL_OF, VENDORS, Attempts, context, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.provider_wire import WireRequest
from tests.fakes.recording_ledger import RecordingLedger

LIMITS = StreamSettings()
PATIENT = StreamSettings(first_token=60, stall=60, minimum_rate=0)
TURNS = (
    Turn("user", "What is the first fact? " * 40),
    Turn("assistant", "It is that a plant was opened. " * 40),
)


class Watching(FakeProviderServer):
    """Keeps every request that was asked, in plain words."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[WireRequest] = []
        self.rules.append(_Spy(self.asked))


class _Spy(Rule):
    """A rule that never applies, and sees every request."""

    def __init__(self, asked: list[WireRequest]) -> None:
        super().__init__()
        self._asked = asked

    def matches(self, request: WireRequest) -> bool:
        self._asked.append(request)
        return False


@pytest.fixture
async def server() -> AsyncIterator[Watching]:
    async with Watching() as running:
        yield running


def build(vendor: str, server: FakeProviderServer) -> Provider:
    kinds: Mapping[str, Any] = {ANTHROPIC: AnthropicProvider, GEMINI: GeminiProvider, OPENAI: OpenAIProvider}
    provider: Provider = kinds[vendor](api_key="k", base_url=server.base_url(vendor))
    return provider


@pytest.fixture(params=VENDORS)
async def provider(request: pytest.FixtureRequest, server: Watching) -> AsyncIterator[Provider]:
    """Each vendor's provider in turn."""
    built = build(request.param, server)
    yield built
    await built.close()


def question(provider: Provider) -> Question:
    name = MODEL_OF[provider.name]
    price = price_of(provider=provider.name, model=name, base_url=None, own=None)
    endpoint = Endpoint("m", provider, name, price=price)
    return Question(extract_request(), context(), Echelon("left.echelon1", (endpoint,)), endpoint, "hash")


# --- the answer ---


async def test_a_streamed_answer_is_the_whole_one(provider: Provider) -> None:
    """Text, usage, model and finish are the same; only a stream has a first token."""
    whole, streamed = [
        await provider.complete(extract_request(), model="m", timeout=20, stream=stream) for stream in (None, LIMITS)
    ]
    assert json.loads(streamed.text) == json.loads(whole.text)
    assert (streamed.model, streamed.finish) == (whole.model, whole.finish)
    assert streamed.usage.output_tokens == whole.usage.output_tokens
    assert whole.first_token_seconds is None
    assert streamed.first_token_seconds is not None
    assert 0 < streamed.first_token_seconds < 20


async def test_a_connection_serves_one_stream_after_the_other(provider: Provider, server: Watching) -> None:
    """Each stream is read to its end, so nothing is connected anew."""
    for _ in range(4):
        await provider.complete(extract_request(), model="m", timeout=20, stream=LIMITS)
    assert server.stats.connections == 1


@pytest.mark.parametrize("fault", [Fault.BROKEN_STREAM, Fault.HALF_BODY, Fault.LOOP, Fault.STALL, Fault.GARBAGE_EVENT])
@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_broken_stream_leaves_no_trace_in_the_result(server: Watching, vendor: str, fault: Fault) -> None:
    """The next endpoint's answer is as clean as if it had been asked first; both calls are booked."""
    server.rules.append(Rule(model="sick", fault=fault))
    spare = next(other for other in VENDORS if other != vendor)
    models = {"sick": model(server, vendor, model="sick"), "spare": model(server, spare)}
    stall = 0.3 if fault is Fault.STALL else 30
    attempts = Attempts()
    async with open_desk(llm_settings(models, stream={"stall": stall})) as desk:
        answer = await desk.gateway.ask(extract_request(), context(attempts=attempts))
    async with open_desk(llm_settings({"spare": models["spare"]})) as clean:
        expected = await clean.gateway.ask(extract_request(), context())
    assert (answer.value, answer.model, answer.provider) == (expected.value, expected.model, spare)
    assert desk.ledger.statuses() == ["unconfirmed", "ok"]
    broken, good = desk.ledger.settlements.values()
    assert broken.answer is None
    assert broken.usage.output_tokens > 0
    assert good.answer == clean.ledger.settlements[1].answer
    assert attempts.used == 1


# --- limits ---


async def test_the_limit_of_the_call_holds_for_a_stream_that_goes_on(provider: Provider, server: Watching) -> None:
    """It drips fast enough for every other limit; what had come is known."""
    server.rules.append(Rule(fault=Fault.DRIP))
    with pytest.raises(SlowStreamError, match="not done in time") as caught:
        await provider.complete(extract_request(), model="m", timeout=0.4, stream=PATIENT)
    assert caught.value.usage.output_tokens > 0
    await server.until(lambda stats: stats.count("aborted") == 1)


async def test_a_short_silence_is_no_stall(provider: Provider, server: Watching) -> None:
    """A pause within the limits, at the start and in the middle, changes nothing."""
    for fault in (Fault.SLOW_START, Fault.STALL):
        server.rules[1:] = [Rule(fault=fault, pause=0.2)]
        answer = await provider.complete(extract_request(), model="m", timeout=30, stream=PATIENT)
        assert Knowledge.model_validate_json(answer.text).claims
        assert answer.first_token_seconds is not None
        assert (answer.first_token_seconds > 0.15) == (fault is Fault.SLOW_START)


async def test_pings_are_no_progress(server: Watching) -> None:
    """Anthropic and OpenAI keep a silent connection open; that does not hold off the limit."""
    for vendor in (ANTHROPIC, OPENAI):
        server.rules[1:] = [Rule(fault=Fault.STALL)]
        provider = build(vendor, server)
        limits = StreamSettings(first_token=30, stall=0.3)
        with pytest.raises(SlowStreamError, match=r"nothing more for 0\.3 s"):
            await provider.complete(extract_request(), model="m", timeout=30, stream=limits)
        await provider.close()


async def test_a_stream_is_closed_at_once_and_nothing_is_left_to_the_collector(
    provider: Provider, server: Watching
) -> None:
    """Also where an SDK keeps its response to itself."""
    gc.disable()
    try:
        server.rules.append(Rule(fault=Fault.LOOP))
        with pytest.raises(BrokenStreamError):
            await provider.complete(extract_request(), model="m", timeout=30, stream=PATIENT)
        await server.until(lambda stats: stats.count("aborted") == 1, timeout=5)
    finally:
        gc.enable()


# --- cancelled, and booked ---


async def test_cancelling_closes_the_stream_and_tells_what_had_come(provider: Provider, server: Watching) -> None:
    """The loser of a race: closed at the provider, unconfirmed in the ledger, with its tokens and the reason."""
    server.rules.append(Rule(fault=Fault.DRIP))
    ledger, told = RecordingLedger(), list[tuple[NewCall, Settlement]]()
    booking = Booking(
        ledger=ledger,
        gate=Gate(1),
        clock=InstantClock(),
        stream=PATIENT,
        on_settled=lambda call, settlement: told.append((call, settlement)),
    )
    sending = asyncio.create_task(booking.send(question(provider)))
    await server.until(lambda stats: stats.events > 20)
    sending.cancel("another answer came first")
    with pytest.raises(asyncio.CancelledError) as caught:
        await sending
    await server.until(lambda stats: stats.count("aborted") == 1 and stats.in_flight == 0)
    settled = ledger.settlements[1]
    assert (settled.status, settled.cost_micro) == (CallStatus.UNCONFIRMED, None)
    assert settled.error == "cancelled: another answer came first"
    begun = begun_of(caught.value)
    assert begun is not None
    assert settled.usage == begun.usage
    assert settled.usage.output_tokens > 0
    assert told == [(ledger.calls[0], settled)]


async def test_cancelled_at_the_gate_nothing_was_sent_and_nothing_is_charged(
    provider: Provider, server: Watching
) -> None:
    """The second of two waits for the first."""
    server.rules.append(Rule(fault=Fault.HANG))
    ledger = RecordingLedger()
    booking = Booking(ledger=ledger, gate=Gate(1), clock=InstantClock(), stream=PATIENT)
    sending = [asyncio.create_task(booking.send(question(provider))) for _ in range(2)]
    await server.until(lambda stats: stats.in_flight == 1)
    for task in reversed(sending):
        task.cancel("another answer came first")
    await asyncio.gather(*sending, return_exceptions=True)
    assert [(s.status, s.cost_micro) for _, s in sorted(ledger.settlements.items())] == [
        (CallStatus.UNCONFIRMED, None),
        (CallStatus.ERROR, 0),
    ]
    assert len(server.stats.log) == 1


@pytest.mark.parametrize("is_enabled", [True, False])
async def test_whether_answers_stream_is_a_setting(provider: Provider, server: Watching, *, is_enabled: bool) -> None:
    """On by default; off, they come whole."""
    booking = Booking(
        ledger=RecordingLedger(), gate=Gate(1), clock=InstantClock(), stream=StreamSettings(enabled=is_enabled)
    )
    reply = await booking.send(question(provider))
    assert isinstance(reply.value, Knowledge)
    assert server.asked[0].is_stream == is_enabled


# --- what was said before, and what is cached ---


@pytest.mark.parametrize("stream", [None, LIMITS], ids=["whole", "stream"])
async def test_what_was_said_before_goes_with_the_question(
    provider: Provider, server: Watching, stream: StreamSettings | None
) -> None:
    """In order, with its roles, before the newest question."""
    asked = extract_request(turns=TURNS)
    await provider.complete(asked, model="m", timeout=20, stream=stream)
    seen = server.asked[0]
    assert seen.turns == tuple(turn.text for turn in TURNS)
    assert seen.prompt == asked.prompt
    said = seen.body.get("messages") or seen.body["contents"]
    roles = [entry["role"] for entry in said if entry["role"] != "system"]
    assert roles == ["user", "model" if provider.name == GEMINI else "assistant", "user"]


async def test_a_session_is_read_from_the_cache_up_to_its_last_turn(provider: Provider, server: Watching) -> None:
    """The second question pays the full price for what is new alone; what that saved is booked."""
    asked = extract_request(turns=TURNS, system="You record facts. " * 60)
    ledger = RecordingLedger()
    booking = Booking(ledger=ledger, gate=Gate(1), clock=InstantClock(), stream=LIMITS)
    one = question(provider)
    for _ in range(2):
        await booking.send(Question(asked, one.context, one.echelon, one.endpoint, "hash"))
    first, second = ledger.settlements[1], ledger.settlements[2]
    stable = sum(len(text.encode()) // 4 for text in (asked.system, *(turn.text for turn in TURNS)))
    assert second.usage.cached_tokens == stable
    assert second.saved_micro > 0
    if provider.name == ANTHROPIC:
        assert (first.usage.cache_write_tokens, first.saved_micro < 0) == (stable, True)
    plain = ledger.settlements[2].cost_micro
    assert plain is not None
    assert plain + second.saved_micro == pytest.approx((first.cost_micro or 0) + first.saved_micro, abs=1)


@pytest.mark.parametrize(("task", "is_marked"), [("extract", True), ("repair", False)])
async def test_anthropic_is_told_where_the_stable_part_ends(server: Watching, task: str, *, is_marked: bool) -> None:
    """Where schema and system part reach what the service caches at all; elsewhere a marker would be noise."""
    provider = build(ANTHROPIC, server)
    schema = Knowledge if is_marked else _Small
    request = extract_request(system=load_prompt(task).system, schema=schema)
    await provider.complete(request, model="m", timeout=20, stream=LIMITS)
    assert bool(server.asked[0].beginnings) == is_marked
    await provider.close()


class _Small(Knowledge):
    """A short schema."""

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        return {"type": "object", "properties": {"gist": {"type": "string"}}}
