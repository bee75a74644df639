"""What may be put into the gateway: hedging, the burn-rate breaker, batches, a wrapper; and what is taken over."""

import json
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from brains.llm.base import ModelRequest, Provider, ProviderAnswer
from brains.llm.booking import Question
from brains.llm.burn import BurnRate
from brains.llm.gateway import build_gateway
from brains.llm.groups import Endpoint
from brains.llm.hedging import Hedger
from brains.schemas import Knowledge
from daemon.blackboard.records import CallKind
from daemon.core.clock import Clock, SystemClock
from daemon.core.errors import BatchPendingError, BreakerOpenError, BurnRateError, RetriesExhaustedError
from daemon.core.settings.models import (
    BurnSettings,
    EchelonSettings,
    FallbackSettings,
    GroupSettings,
    HedgeSettings,
    LlmSettings,
    ModelSettings,
    PoolSettings,
    PriceSettings,
    RetrySettings,
    StreamSettings,
)
from daemon.resilience.breaker import Breaker, BreakerState
from daemon.resilience.gate import Gate
from tests.fakes.clock import InstantClock
from tests.fakes.llm import Attempts, Desk, context, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import ANTHROPIC, OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.recording_ledger import RecordingLedger

DOWN = {"fault": Fault.STATUS, "status": 503}
OFFLINE = ModelSettings(provider="offline")
NOT_STREAMED = StreamSettings(enabled=False)


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


def grouped(server: FakeProviderServer, *names: str, **fallback: Any) -> LlmSettings:
    """An echelon for each; `a…` is Anthropic's, `o…` OpenAI's; nothing waits between retries."""
    vendors = {"a": ANTHROPIC, "o": OPENAI}
    models = {n: OFFLINE if n == "offline" else model(server, vendors[n[0]], model=n) for n in names}
    settings = llm_settings(models, retry=RetrySettings(delays=(0, 0, 0)), stream=NOT_STREAMED)
    group = settings.groups["left"].model_copy(update={"fallback_config": FallbackSettings(**fallback)})
    return settings.model_copy(update={"groups": {"left": group}})


def hedged(settings: LlmSettings, *, ledger: RecordingLedger | None = None) -> Desk:
    """Hedges every call that takes longer than 0.3 s; the first call of an SDK takes a good part of that."""
    clock = SystemClock()
    hedge = HedgeSettings(enabled=True, after=0.3, max_share=1)
    return open_desk(settings, clock=clock, ledger=ledger, hedger=Hedger(hedge, clock=clock, emit=lambda _: None))


def sent(server: FakeProviderServer) -> list[str]:
    return [entry.model for entry in server.stats.log]


# --- hedging ---


async def test_the_answer_of_the_second_is_taken_and_found_again(server: FakeProviderServer) -> None:
    """It has its own entry, hash and endpoint; the slow one is cancelled and booked; no attempt is used up."""
    server.rules.append(Rule(model="o1", fault=Fault.HANG))
    ledger, attempts = RecordingLedger(), Attempts()
    for _ in range(2):
        async with hedged(grouped(server, "o1", "a1"), ledger=ledger) as desk:
            answer = await desk.gateway.ask(extract_request(), context(attempts=attempts))
        assert (answer.provider, attempts.used) == (ANTHROPIC, 0)
        assert sent(server) == ["o1", "a1"]
    assert [(call.model, call.kind) for call in ledger.calls] == [("o1", CallKind.CALL), ("a1", CallKind.HEDGE)]
    assert ledger.statuses() == ["unconfirmed", "ok"]
    assert len({call.request_hash for call in ledger.calls}) == 2
    await server.until(lambda stats: stats.count("aborted") == 1)


async def test_a_hedge_that_failed_uses_up_an_attempt(server: FakeProviderServer) -> None:
    """Two attempts are two requests, whichever way they were sent."""
    server.rules += [Rule(model="o1", latency=0.7, **DOWN), Rule(**DOWN)]
    attempts = Attempts()
    async with hedged(grouped(server, "o1", "a1", max_attempts=2)) as desk:
        with pytest.raises(RetriesExhaustedError):
            await desk.gateway.ask(extract_request(), context(attempts=attempts))
    assert (sent(server), attempts.used) == (["o1", "a1"], 2)


@pytest.mark.parametrize("names", [("o1",), ("o1", "offline"), ("o1", "o2")], ids=["alone", "local", "one attempt"])
async def test_nobody_is_asked_beside_without_another_endpoint_or_attempt(
    server: FakeProviderServer, names: tuple[str, ...]
) -> None:
    server.rules.append(Rule(latency=0.7))
    attempts = Attempts(used=1)
    async with hedged(grouped(server, *names, max_attempts=2)) as desk:
        await desk.gateway.ask(extract_request(), context(attempts=attempts))
    assert sent(server) == ["o1"]


async def test_a_sick_endpoint_is_no_second(server: FakeProviderServer) -> None:
    """The next one behind it is."""
    server.rules += [Rule(model="o1", latency=0.7), Rule(model="a1", **DOWN)]
    async with hedged(grouped(server, "o1", "a1", "o2", circuit_breaker={"failure_threshold": 3})) as desk:
        for _ in range(3):
            desk.gateway.breakers["a1"].failed(RetriesExhaustedError())
        assert desk.gateway.breakers["a1"].state is BreakerState.OPEN
        await desk.gateway.ask(extract_request(), context())
    assert sent(server) == ["o1", "o2"]


async def test_in_a_pool_another_instance_is_asked_beside(server: FakeProviderServer) -> None:
    server.rules.append(Rule(model="o1", fault=Fault.HANG))
    settings = grouped(server, "o1", "a1")
    groups = {
        "think": GroupSettings(echelons={"echelon1": EchelonSettings(models=("o1", "a1"))}),
        "left": GroupSettings(echelons={"echelon1": EchelonSettings(models=("pool",))}),
    }
    pools = {"pool": PoolSettings(task_groups=("think",))}
    async with hedged(settings.model_copy(update={"groups": groups, "pools": pools})) as desk:
        assert (await desk.gateway.ask(extract_request(), context())).provider == ANTHROPIC
        (shown,) = desk.gateway.pool_snapshots()
    assert {i["endpoint"]: i["calls"] for i in shown["instances"]} == {"o1": 1, "a1": 1}


async def test_a_turn_of_a_session_is_not_hedged(server: FakeProviderServer) -> None:
    server.rules.append(Rule(latency=0.7))
    async with hedged(grouped(server, "o1", "a1")) as desk:
        session = desk.gateway.session("extract", context=context(), system="x", brain="left")
        await session.ask("The tramway opened in May.", schema=Knowledge, prompt_version="v1")
    assert sent(server) == ["o1"]


# --- the pace of spending ---


def priced(settings: LlmSettings, **dollars: float | None) -> LlmSettings:
    """Models at these prices for a million tokens; None: nobody knows it."""
    models = {
        name: one.model_copy(update={"price": PriceSettings(input_mtok=usd, output_mtok=usd)})
        for name, one in settings.models.items()
        if (usd := dollars.get(name)) is not None
    }
    return settings.model_copy(update={"models": {**settings.models, **models}})


def burning(clock: Clock) -> BurnRate:
    """Trips at the first call."""
    limits = BurnSettings(minimum_tokens=1, cool_down=300)
    return BurnRate(limits, daily_usd=None, clock=clock, emit=lambda _: None)


async def test_when_money_goes_too_fast_only_what_is_cheaper_is_asked(server: FakeProviderServer) -> None:
    """Of this very request; an unknown price is dear. A VIP's call goes where it always goes."""
    clock = InstantClock()
    settings = priced(grouped(server, "o1", "o2", "a1"), o1=10, a1=1)
    async with open_desk(settings, clock=clock, burn=burning(clock)) as desk:
        given = [(await desk.gateway.ask(extract_request(), context(f"item{n}"))).model for n in range(2)]
        vip = context("vip")
        given.append((await desk.gateway.ask(extract_request(), replace(vip, is_vip=True))).model)
    assert given == sent(server) == ["o1", "a1", "o1"]


async def test_without_anything_cheaper_the_work_waits_and_nothing_local_stands_in(server: FakeProviderServer) -> None:
    """Item by item: the task does not rest, because a VIP's items are to be taken up."""
    clock = InstantClock()
    settings = priced(grouped(server, "o1", "a1", "offline"), o1=10, a1=10)
    async with open_desk(settings, clock=clock, burn=burning(clock)) as desk:
        await desk.gateway.ask(extract_request(), context())
        attempts = Attempts()
        for stage_seconds in (60, 300):
            with pytest.raises(BurnRateError) as caught:
                await desk.gateway.ask(extract_request(), context("item2", attempts=attempts))
            assert (caught.value.until, attempts.used) == (clock.now() + stage_seconds, 0)
            assert desk.gateway.ready_at("extract") == 0
            vip = context(f"vip{stage_seconds}")
            assert (await desk.gateway.ask(extract_request(), replace(vip, is_vip=True))).model == "o1"
            clock.set(clock.now() + 59)
            await desk.gateway.ask(extract_request(), replace(context(f"late{stage_seconds}"), is_vip=True))
            clock.set(clock.now() + 1)


async def test_with_only_local_endpoints_no_pace_matters() -> None:
    clock = InstantClock()
    burn = burning(clock)
    async with open_desk(llm_settings({"offline": OFFLINE}), clock=clock, burn=burn) as desk:
        burn.restore({"stage": "hold", "stage_ends_at": clock.now() + 200})
        assert (await desk.gateway.ask(extract_request(), context())).provider == "local"


# --- batches ---


class Taking:
    """Takes every question into a batch until it is closed."""

    def __init__(self) -> None:
        self.is_open, self.offered = True, list[Question]()

    async def offer(self, question: Question) -> None:
        self.offered.append(question)
        if self.is_open:
            raise BatchPendingError("it is in a batch", until=2e9)


async def test_what_is_in_no_hurry_is_offered_to_a_batch_first(server: FakeProviderServer) -> None:
    """As the first endpoint with a network would be asked; everything else goes on as ever."""
    batches = Taking()
    async with open_desk(grouped(server, "o1", "a1"), batches=batches) as desk:
        low = replace(context(), urgency="low")
        with pytest.raises(BatchPendingError):
            await desk.gateway.ask(extract_request(), low)
        assert desk.gateway.ready_at("extract") == 0
        assert [(q.endpoint.name, q.kind) for q in batches.offered] == [("o1", CallKind.CALL)]
        await desk.gateway.ask(extract_request(), context("normal"))
        batches.is_open = False
        await desk.gateway.ask(extract_request(), low)
        await desk.gateway.ask(extract_request(), low)
    assert (len(batches.offered), sent(server)) == (2, ["o1", "o1"])
    assert batches.offered[1].hash == desk.ledger.calls[1].request_hash


# --- building, and going on after a restart ---


class Counting:
    """Around a provider."""

    is_local = False

    def __init__(self, inner: Provider) -> None:
        self.inner, self.name, self.calls = inner, inner.name, 0

    async def complete(self, request: ModelRequest, **how: Any) -> ProviderAnswer:
        self.calls += 1
        return await self.inner.complete(request, **how)

    async def close(self) -> None:
        await self.inner.close()


async def test_a_gateway_is_built_with_everything_that_may_be_put_into_it(server: FakeProviderServer) -> None:
    """Providers with a network are wrapped, once each; the batches get the endpoints and breakers."""
    wrapped: list[Counting] = []
    given: list[tuple[list[str], list[str]]] = []

    def wrap(provider: Provider) -> Provider:
        wrapped.append(Counting(provider))
        return wrapped[-1]

    def batch(endpoints: Mapping[str, Endpoint], breakers: Mapping[str, Breaker]) -> Taking:
        given.append((sorted(endpoints), sorted(breakers)))
        return Taking()

    gateway = build_gateway(
        grouped(server, "o1", "o2", "a1", "offline"),
        ledger=RecordingLedger(),
        gate=Gate(3),
        clock=InstantClock(),
        rng=random.Random(1),
        emit=lambda _: None,
        batch=batch,
        wrap=wrap,
    )
    await gateway.ask(extract_request(), context())
    assert [(one.name, one.calls) for one in wrapped] == [(OPENAI, 1), (ANTHROPIC, 0)]
    assert given == [(["a1", "o1", "o2"], ["a1", "o1", "o2"])]
    assert isinstance(gateway.batches, Taking)
    assert list(gateway.endpoints) == ["o1", "o2", "a1"]
    await gateway.close()


async def test_breakers_go_on_after_a_restart(server: FakeProviderServer) -> None:
    """Open ones stay open to their probe; what is no snapshot of ours is ignored."""
    server.rules.append(Rule(**DOWN))
    clock, breaker = InstantClock(), {"failure_threshold": 3}
    settings = grouped(server, "o1", circuit_breaker=breaker)
    async with open_desk(settings, clock=clock) as desk:
        with pytest.raises(BreakerOpenError):
            await desk.gateway.ask(extract_request(), context())
        kept = json.loads(json.dumps([one.snapshot() for one in desk.gateway.breakers.values()]))
        until = desk.gateway.ready_at("extract")
    foreign: list[Any] = [None, 7, {}, {"name": "gone", "state": "open"}, {"name": "o1"}, {"name": "o1", "state": "so"}]
    foreign.append({"name": "o1", "state": "open", "next_probe_at": "soon"})
    async with open_desk(settings, clock=clock) as desk:
        for wrong in (None, "x", {"name": "o1"}, foreign):
            desk.gateway.restore_breakers(wrong)
        assert desk.gateway.ready_at("extract") == 0
        desk.gateway.restore_breakers([*foreign, *kept])
        assert desk.gateway.ready_at("extract") == pytest.approx(until)
        assert "3 of the last 3 calls failed" in desk.gateway.breakers["o1"].snapshot()["reason"]
        with pytest.raises(BreakerOpenError):
            await desk.gateway.ask(extract_request(), context("item2"))
        server.heal()
        clock.set(until)
        await desk.gateway.ask(extract_request(), context("item2"))
    assert len(server.stats.log) == 4


async def test_a_raised_budget_ends_the_rest_at_once(server: FakeProviderServer) -> None:
    """Nobody waits out the minute that an empty budget brings."""
    ledger = RecordingLedger(caps={"day": 10})
    async with open_desk(priced(grouped(server, "o1"), o1=10), ledger=ledger, clock=InstantClock()) as desk:
        with pytest.raises(Exception, match="the day's budget is used up"):
            await desk.gateway.ask(extract_request(), context())
        assert desk.gateway.ready_at("extract") > 0
        desk.gateway.end_rests()
        assert desk.gateway.ready_at("extract") == 0
