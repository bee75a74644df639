"""The gateway when endpoints fail: waits, attempts, breakers, limits, cancellation."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from brains.llm.gateway import build_gateway
from daemon.blackboard.records import CallStatus, NewCall, Settlement
from daemon.core.errors import BreakerOpenError, ContextTooLongError, RateLimitedError, RetriesExhaustedError
from daemon.core.events import Event
from daemon.core.settings.models import CircuitBreakerSettings, FallbackSettings, ModelSettings
from daemon.resilience.gate import Gate
from tests.fakes.clock import InstantClock, ManualClock
from tests.fakes.llm import Attempts, Desk, context, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.recording_ledger import RecordingLedger

OFFLINE = ModelSettings(provider="offline")


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


class SlowLedger(RecordingLedger):
    """Settles when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.settling, self.go_on = asyncio.Event(), asyncio.Event()

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        self.settling.set()
        await self.go_on.wait()
        await super().settle_call(call_id, settlement)


class SlowToEnter(RecordingLedger):
    """Enters calls when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.entering, self.go_on = asyncio.Event(), asyncio.Event()

    async def begin_call(self, call: NewCall) -> int:
        self.entering.set()
        await self.go_on.wait()
        return await super().begin_call(call)


async def exhausts(desk: Desk, attempts: Attempts) -> RetriesExhaustedError:
    with pytest.raises(RetriesExhaustedError) as caught:
        await desk.gateway.ask(extract_request(), context(attempts=attempts))
    return caught.value


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.GARBAGE_BODY, Fault.STATUS])
async def test_a_transient_fault_is_tried_again_after_2_4_and_8_seconds(
    server: FakeProviderServer, fault: Fault
) -> None:
    """Four requests, each with up to a tenth more wait, each with its entry; every error is kept."""
    server.rules.append(Rule(fault=fault, status=429))
    clock, attempts = InstantClock(), Attempts()
    async with open_desk(llm_settings({"m": model(server, ANTHROPIC)}), clock=clock) as desk:
        error = await exhausts(desk, attempts)
    assert len(server.stats.log) == 4
    assert [call.attempt for call in desk.ledger.calls] == [1, 2, 3, 4]
    assert (len(attempts.errors), attempts.waits[-1]) == (4, None)
    assert all(base <= wait <= base * 1.1 for base, wait in zip((2, 4, 8), clock.slept, strict=True))
    assert error.__cause__ is attempts.errors[-1]


async def test_what_the_provider_asks_for_wins_when_it_is_longer(server: FakeProviderServer) -> None:
    """Retry-After is honoured."""
    server.rules.append(Rule(fault=Fault.STATUS, status=429, retry_after=30, times=1))
    clock = InstantClock()
    async with open_desk(llm_settings({"m": model(server, GEMINI)}), clock=clock) as desk:
        await desk.gateway.ask(extract_request(), context())
    assert clock.slept == [30]


async def test_the_gate_is_free_during_a_backoff(server: FakeProviderServer) -> None:
    """With one place in the gate, another item is answered while the first waits for its retry."""
    server.rules.append(Rule(contains="unlucky", fault=Fault.STATUS, status=503, times=1))
    clock = ManualClock()
    settings = llm_settings({"m": model(server, OPENAI)}, max_concurrency=1)
    async with open_desk(settings, clock=clock) as desk:
        first = asyncio.create_task(desk.gateway.ask(extract_request("An unlucky item is told here."), context()))
        await server.until(lambda stats: stats.count("failed") == 1)
        await desk.gateway.ask(extract_request(), context("item2"))
        assert (first.done(), desk.gate.in_flight, len(clock.slept)) == (False, 0, 1)
        await clock.advance(3)
        await first


async def test_attempts_of_before_a_crash_count(server: FakeProviderServer) -> None:
    """With three attempts used up there is one left; with four, nothing is sent any more."""
    server.rules.append(Rule(fault=Fault.STATUS, status=500))
    async with open_desk(llm_settings({"m": model(server, OPENAI)})) as desk:
        await exhausts(desk, Attempts(used=3))
        assert len(server.stats.log) == 1
        await exhausts(desk, Attempts(used=4))
    assert len(server.stats.log) == 1


async def test_an_earlier_echelon_gets_its_first_try_only(server: FakeProviderServer) -> None:
    """The rest of the step's attempts is for the last one; all of them are four."""
    server.rules.append(Rule(fault=Fault.STATUS, status=500))
    settings = llm_settings({n: model(server, OPENAI, model=n) for n in ("one", "two")} | {"offline": OFFLINE})
    attempts = Attempts()
    async with open_desk(settings) as desk:
        answer = await desk.gateway.ask(extract_request(), context(attempts=attempts))
    assert [entry.model for entry in server.stats.log] == ["one", "two", "two", "two"]
    assert (answer.provider, attempts.used) == ("local", 4)


async def test_max_retries_caps_the_share_of_an_echelon(server: FakeProviderServer) -> None:
    """Two retries are three requests; the next echelon has what is left."""
    server.rules.append(Rule(fault=Fault.STATUS, status=500))
    models = {n: model(server, OPENAI, model=n) for n in ("one", "two", "three")}
    tiers = [{"models": ("one",), "max_retries": 2}, {"models": ("two", "three")}]
    async with open_desk(llm_settings(models, echelons=tiers)) as desk:
        await exhausts(desk, Attempts())
    assert [entry.model for entry in server.stats.log] == ["one", "one", "one", "two"]


async def test_an_open_breaker_makes_the_work_wait_to_its_probe(server: FakeProviderServer) -> None:
    """Nothing is sent and no attempt is used; after the wait one probe closes it."""
    server.rules.append(Rule(fault=Fault.STATUS, status=500))
    clock = InstantClock()
    async with open_desk(llm_settings({"m": model(server, OPENAI)}), clock=clock) as desk:
        await exhausts(desk, Attempts())
        await exhausts(desk, Attempts(used=3))
        sent, attempts = len(server.stats.log), Attempts()
        with pytest.raises(BreakerOpenError) as caught:
            await desk.gateway.ask(extract_request(), context(attempts=attempts))
        assert (len(server.stats.log), attempts.used) == (sent, 0)
        assert caught.value.until == desk.gateway.ready_at("extract") > clock.now()
        server.heal()
        clock.set(desk.gateway.ready_at("extract"))
        await desk.gateway.ask(extract_request(), context())
        assert desk.gateway.ready_at("extract") == 0


async def test_an_open_breaker_goes_to_the_next_echelon(server: FakeProviderServer) -> None:
    """Also to a free one."""
    server.rules.append(Rule(fault=Fault.STATUS, status=500))
    async with open_desk(llm_settings({"m": model(server, OPENAI), "offline": OFFLINE})) as desk:
        for n in range(3):
            answer = await desk.gateway.ask(extract_request(), context(f"item{n}"))
            assert answer.provider == "local"
    assert len(server.stats.log) == 5
    assert desk.told("echelon_fell")[-1]["error"] == "BreakerOpenError"


async def test_a_timeout_is_unconfirmed_and_stays_charged(server: FakeProviderServer) -> None:
    """The echelon's limit holds for each request; nobody knows what the provider charged."""
    server.rules.append(Rule(fault=Fault.HANG))
    tiers = [{"models": ("m",), "timeout": 0.1, "max_retries": 0}]
    async with open_desk(llm_settings({"m": model(server, GEMINI)}, echelons=tiers)) as desk:
        await exhausts(desk, Attempts())
    assert desk.ledger.statuses() == ["unconfirmed"]
    assert desk.ledger.charged() == desk.ledger.calls[0].reserved_micro


async def test_a_call_cancelled_under_way_is_unconfirmed(server: FakeProviderServer) -> None:
    """The request is closed, the entry settled, and the gate is free again."""
    server.rules.append(Rule(fault=Fault.HANG))
    attempts = Attempts()
    async with open_desk(llm_settings({"m": model(server, ANTHROPIC)})) as desk:
        asking = asyncio.create_task(desk.gateway.ask(extract_request(), context(attempts=attempts)))
        await server.until(lambda stats: stats.in_flight == 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await server.until(lambda stats: stats.count("aborted") == 1)
    assert desk.ledger.statuses() == ["unconfirmed"]
    assert (attempts.used, desk.gate.in_flight) == (0, 0)


async def test_a_call_cancelled_before_its_turn_costs_nothing(server: FakeProviderServer) -> None:
    """It was booked and waited for the gate; it is settled as never sent."""
    server.rules.append(Rule(fault=Fault.HANG))
    settings = llm_settings({"m": model(server, OPENAI)}, max_concurrency=1)
    async with open_desk(settings) as desk:
        tasks = [asyncio.create_task(desk.gateway.ask(extract_request(), context(f"item{n}"))) for n in range(2)]
        await server.until(lambda stats: stats.in_flight == 1)
        assert desk.ledger.statuses() == ["sent", "sent"]
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert desk.ledger.statuses() == ["unconfirmed", "error"]
    assert desk.ledger.settlements[2].cost_micro == 0
    assert len(server.stats.log) == 1


async def test_few_are_booked_beyond_those_that_may_be_sent(server: FakeProviderServer) -> None:
    """A crash leaves little money set aside for requests that were never sent."""
    server.rules.append(Rule(fault=Fault.HANG))
    settings = llm_settings({"m": model(server, OPENAI)}, max_concurrency=2)
    async with open_desk(settings) as desk:
        tasks = [asyncio.create_task(desk.gateway.ask(extract_request(), context(f"item{n}"))) for n in range(12)]
        await server.until(lambda stats: stats.in_flight == 2)
        assert len(desk.ledger.calls) == 4
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_echelons_own_limit_holds(server: FakeProviderServer) -> None:
    """Below the gate's limit, and the gate stays open for others."""
    server.latency = 0.01
    tiers = [{"models": ("m",), "concurrency_limit": 2}]
    async with open_desk(llm_settings({"m": model(server, OPENAI)}, echelons=tiers, max_concurrency=6)) as desk:
        await asyncio.gather(*(desk.gateway.ask(extract_request(), context(f"item{n}")) for n in range(8)))
    assert server.stats.max_in_flight == 2


async def test_a_limit_of_requests_a_minute_is_kept_by_waiting(server: FakeProviderServer) -> None:
    """The third request within a minute waits for the first to be a minute old."""
    clock = InstantClock()
    tiers = [{"models": ("m",), "rpm_limit": 2}]
    async with open_desk(llm_settings({"m": model(server, OPENAI)}, echelons=tiers), clock=clock) as desk:
        for n in range(3):
            await desk.gateway.ask(extract_request(), context(f"item{n}"))
    assert clock.slept == [60]


async def test_an_answer_that_arrived_is_kept_though_the_step_is_cancelled(server: FakeProviderServer) -> None:
    """Cancelling while it is being booked lets the booking end first."""
    ledger = SlowLedger()
    async with open_desk(llm_settings({"m": model(server, GEMINI)}), ledger=ledger) as desk:
        asking = asyncio.create_task(desk.gateway.ask(extract_request(), context()))
        await ledger.settling.wait()
        asking.cancel()
        asyncio.get_running_loop().call_soon(ledger.go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert desk.ledger.settlements[1].status is CallStatus.OK


async def test_a_rate_limited_failure_names_its_cause(server: FakeProviderServer) -> None:
    """The chain ends at the vendor's own error."""
    server.rules.append(Rule(fault=Fault.STATUS, status=429))
    attempts = Attempts()
    async with open_desk(llm_settings({"m": model(server, OPENAI)})) as desk:
        await exhausts(desk, attempts)
    assert [type(error) for error in attempts.errors] == [RateLimitedError] * 4
    assert all(error.__cause__ is not None for error in attempts.errors)


async def test_a_call_cancelled_while_it_is_entered_is_taken_back(server: FakeProviderServer) -> None:
    """No entry is left open, and nothing was sent."""
    ledger = SlowToEnter()
    async with open_desk(llm_settings({"m": model(server, GEMINI)}), ledger=ledger) as desk:
        asking = asyncio.create_task(desk.gateway.ask(extract_request(), context()))
        await ledger.entering.wait()
        asking.cancel()
        asyncio.get_running_loop().call_soon(ledger.go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert (ledger.statuses(), ledger.charged()) == (["error"], 0)
    assert server.stats.log == []


async def test_a_too_long_request_comes_back_to_who_can_shorten_it(server: FakeProviderServer) -> None:
    """A free endpoint stands in only for one that cannot be shortened any more."""
    server.rules.append(Rule(fault=Fault.TOO_LONG))
    async with open_desk(llm_settings({"m": model(server, OPENAI), "offline": OFFLINE})) as desk:
        with pytest.raises(ContextTooLongError):
            await desk.gateway.ask(extract_request(can_shrink=True), context())
        assert (await desk.gateway.ask(extract_request(), context())).provider == "local"


async def test_a_gateway_built_from_settings_tells_when_a_breaker_changes(server: FakeProviderServer) -> None:
    """With the breaker its group is configured for."""
    server.rules.append(Rule(fault=Fault.STATUS, status=500))
    breaker = CircuitBreakerSettings(failure_threshold=3, recovery_time=30)
    settings = llm_settings({"m": model(server, OPENAI)})
    group = settings.groups["left"].model_copy(update={"fallback_config": FallbackSettings(circuit_breaker=breaker)})
    clock, events = InstantClock(), list[Event]()
    gateway = build_gateway(
        settings.model_copy(update={"groups": {"left": group}}),
        ledger=RecordingLedger(),
        gate=Gate(3),
        clock=clock,
        rng=random.Random(1),
        emit=events.append,
    )
    with pytest.raises(BreakerOpenError):
        await gateway.ask(extract_request(), context())
    changes = [event.data for event in events if event.type == "breaker_changed"]
    assert [(change["name"], change["state"]) for change in changes] == [("m", "open")]
    assert clock.now() + 20 < gateway.ready_at("extract") <= clock.now() + 33
    assert gateway.breakers["m"].snapshot() | {"next_probe_at": None} == changes[0] | {"next_probe_at": None}
    await gateway.close()
