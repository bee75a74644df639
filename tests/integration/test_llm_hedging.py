"""A second request beside a slow one: through the gateway, with each vendor's SDK, against the fake provider."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from brains.llm.hedging import Hedger
from brains.schemas import Knowledge
from daemon.blackboard.records import CallKind, CallStatus
from daemon.core.clock import Clock, SystemClock
from daemon.core.errors import RetriesExhaustedError
from daemon.core.events import Event
from daemon.core.settings.models import HedgeSettings, LlmSettings
from tests.fakes.llm import MODEL_OF, VENDORS, Attempts, Desk, context, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.recording_ledger import RecordingLedger

GIVEN_UP = "cancelled: another answer came first"
SPARE = "gpt-5-nano"
AT_ONCE = HedgeSettings(enabled=True, after=0.01, max_share=1.0)


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


@dataclass
class Hedged:
    desk: Desk
    events: list[Event] = field(default_factory=list)

    @property
    def winners(self) -> list[str]:
        return [event.data["winner"] for event in self.events]

    def booked(self) -> list[tuple[CallKind, CallStatus, str | None]]:
        """The ledger's entries in order: kind, status, error."""
        ledger = self.desk.ledger
        ended = [ledger.settlements[number] for number in range(1, len(ledger.calls) + 1)]
        return [(call.kind, end.status, end.error) for call, end in zip(ledger.calls, ended, strict=True)]


@asynccontextmanager
async def hedged(
    settings: LlmSettings,
    hedge: HedgeSettings = AT_ONCE,
    *,
    ledger: RecordingLedger | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Hedged]:
    events: list[Event] = []
    hedger = Hedger(hedge, clock=clock or SystemClock(), emit=events.append)
    async with open_desk(settings, hedger=hedger, ledger=ledger, clock=clock) as desk:
        yield Hedged(desk, events)


def two_models(server: FakeProviderServer, vendor: str = OPENAI, **changes: Any) -> LlmSettings:
    """A model and a spare one, in an echelon each."""
    spare = {"provider": OPENAI, "model": SPARE, "base_url": server.base_url(OPENAI)}
    return llm_settings({"first": model(server, vendor), "spare": model(server, vendor, **spare)}, **changes)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_the_spare_model_answers_while_the_first_hangs(server: FakeProviderServer, vendor: str) -> None:
    """The hanging request is ended at the server, stays charged as unconfirmed, and says why it was given up."""
    server.rules = [Rule(model=MODEL_OF[vendor], fault=Fault.HANG)]
    async with hedged(two_models(server, vendor)) as made:
        answer = await made.desk.gateway.ask(extract_request(), context())
        assert isinstance(answer.value, Knowledge)
        assert answer.model == SPARE
        assert made.booked() == [
            (CallKind.CALL, CallStatus.UNCONFIRMED, GIVEN_UP),
            (CallKind.HEDGE, CallStatus.OK, None),
        ]
        await server.until(lambda stats: stats.in_flight == 0)
    assert (server.stats.count("aborted"), server.stats.count("answered")) == (1, 1)
    assert made.winners == ["second"]
    assert made.events[0].item_id == "item1"


async def test_the_first_model_may_still_win(server: FakeProviderServer) -> None:
    """The spare one hangs; its request is given up."""
    server.rules = [Rule(model=SPARE, fault=Fault.HANG), Rule(model=MODEL_OF[OPENAI], latency=0.5)]
    async with hedged(two_models(server)) as made:
        answer = await made.desk.gateway.ask(extract_request(), context())
        assert answer.model == MODEL_OF[OPENAI]
        assert made.booked() == [
            (CallKind.CALL, CallStatus.OK, None),
            (CallKind.HEDGE, CallStatus.UNCONFIRMED, GIVEN_UP),
        ]
    assert made.winners == ["first"]


async def test_a_failed_spare_request_uses_up_an_attempt_of_the_step(server: FakeProviderServer) -> None:
    """Retries and hedges share one count."""
    server.rules = [Rule(model=SPARE, fault=Fault.STATUS, status=503), Rule(model=MODEL_OF[OPENAI], latency=1.0)]
    attempts = Attempts()
    async with hedged(two_models(server)) as made:
        await made.desk.gateway.ask(extract_request(), context(attempts=attempts))
    assert [type(error).__name__ for error in attempts.errors] == ["ServerFaultError"]
    assert len(server.stats.log) == 2


async def test_three_mean_three_with_hedges_too(server: FakeProviderServer) -> None:
    """Both models are down slowly: never more requests than the step has attempts."""
    server.rules = [Rule(fault=Fault.STATUS, status=503, latency=0.1)]
    attempts = Attempts()
    async with hedged(two_models(server)) as made:
        with pytest.raises(RetriesExhaustedError):
            await made.desk.gateway.ask(extract_request(), context(attempts=attempts))
    assert len(server.stats.log) == attempts.used == 4


async def test_the_last_attempt_is_not_hedged(server: FakeProviderServer) -> None:
    server.rules = [Rule(latency=0.2)]
    async with hedged(two_models(server)) as made:
        await made.desk.gateway.ask(extract_request(), context(attempts=Attempts(used=3)))
    assert len(server.stats.log) == 1
    assert made.events == []


async def test_without_money_for_two_there_is_one_request(server: FakeProviderServer) -> None:
    """The budget decides about the second request as about every other; the first is not disturbed."""
    server.rules = [Rule(latency=0.5)]
    settings = two_models(server)
    async with hedged(settings) as made:
        await made.desk.gateway.ask(extract_request(), context())
        reserved = made.desk.ledger.calls[0].reserved_micro
        assert reserved is not None
        assert len(made.winners) == 1
    before = len(server.stats.log)
    async with hedged(settings, ledger=RecordingLedger(caps={"item": reserved})) as made:
        answer = await made.desk.gateway.ask(extract_request(), context())
    assert answer.model == MODEL_OF[OPENAI]
    assert len(server.stats.log) == before + 1
    assert made.desk.ledger.statuses() == ["ok"]
    assert made.events == []


async def test_a_second_request_without_a_place_at_the_gate_is_none(server: FakeProviderServer) -> None:
    """It is booked as never sent, costs nothing and is not told of."""
    server.rules = [Rule(latency=0.5)]
    async with hedged(two_models(server, max_concurrency=1)) as made:
        await made.desk.gateway.ask(extract_request(), context())
        assert [(kind, status) for kind, status, _ in made.booked()] == [
            (CallKind.CALL, CallStatus.OK),
            (CallKind.HEDGE, CallStatus.ERROR),
        ]
        assert made.desk.ledger.settlements[2].cost_micro == 0
    assert len(server.stats.log) == 1
    assert made.events == []


async def test_cancelling_the_caller_cancels_both_requests_at_the_server(server: FakeProviderServer) -> None:
    server.rules = [Rule(fault=Fault.HANG)]
    async with hedged(two_models(server)) as made:
        asking = asyncio.ensure_future(made.desk.gateway.ask(extract_request(), context()))
        await server.until(lambda stats: stats.in_flight == 2)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert made.desk.ledger.statuses() == ["unconfirmed", "unconfirmed"]
        await server.until(lambda stats: stats.count("aborted") == 2)


async def test_the_delay_is_learned_from_the_answers(server: FakeProviderServer) -> None:
    """Twenty quick answers, then one that hangs: it is hedged after what was seen, with no delay set."""
    async with hedged(two_models(server), HedgeSettings(enabled=True), clock=SystemClock()) as made:
        for number in range(20):
            await made.desk.gateway.ask(extract_request(f"Item {number}."), context(f"item{number}"))
        assert made.events == []
        server.rules = [Rule(model=MODEL_OF[OPENAI], fault=Fault.HANG)]
        answer = await made.desk.gateway.ask(extract_request(), context())
    assert answer.model == SPARE
    assert made.winners == ["second"]
    assert 0 < made.events[0].data["after_seconds"] < 5
