"""Faults on purpose at the gateway: the real SDKs in front of the fake provider, and what is booked."""

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

from brains.llm.chaos import Chaos
from brains.llm.gateway import EchelonGateway, build_gateway
from daemon.blackboard.records import Settlement
from daemon.core.chaos import chaos_control
from daemon.core.errors import OutsideError, RetriesExhaustedError
from daemon.core.events import Event
from daemon.core.settings.models import ChaosSettings, LlmSettings
from daemon.resilience.gate import Gate
from tests.fakes.clock import InstantClock
from tests.fakes.llm import VENDORS, Attempts, context, extract_request, llm_settings, model
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.recording_ledger import RecordingLedger

NONE = {"latency_share": 0, "network_errors": 0, "rate_limits": 0, "garbage": 0, "truncated": 0}


class TellingLedger(RecordingLedger):
    """Says when a call is settled."""

    on_settled: Callable[[], None] = staticmethod(lambda: None)

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        await super().settle_call(call_id, settlement)
        self.on_settled()


@dataclass
class Desk:
    """A gateway with chaos at its edge."""

    settings: LlmSettings
    chaos_settings: ChaosSettings
    clock: InstantClock = field(default_factory=InstantClock)
    ledger: TellingLedger = field(default_factory=TellingLedger)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chaos = Chaos(self.chaos_settings, clock=self.clock, emit=self.events.append)
        self.gateway: EchelonGateway = build_gateway(
            self.settings,
            ledger=self.ledger,
            gate=Gate(3),
            clock=self.clock,
            rng=random.Random(7),
            emit=self.events.append,
            wrap=self.chaos.wrap,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.close()

    async def ask(self, item: str = "item1", *, attempts: Attempts | None = None) -> Any:
        return await self.gateway.ask(extract_request(), context(item, attempts=attempts))

    def booked(self) -> tuple[int, int]:
        """Tokens in and out, of every call however it ended."""
        usages = [settled.usage for settled in self.ledger.settlements.values()]
        return sum(usage.input_tokens for usage in usages), sum(usage.output_tokens for usage in usages)


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    """Each vendor's SDK."""
    found: str = request.param
    return found


def desk(server: FakeProviderServer, vendor: str, **chaos: Any) -> Desk:
    settings = llm_settings({"m": model(server, vendor)})
    return Desk(settings, ChaosSettings(enabled=True, **(NONE | chaos)))


def charged(server: FakeProviderServer) -> tuple[int, int]:
    return server.stats.tokens.prompt, server.stats.tokens.completion


async def test_network_errors_use_up_the_attempts_and_cost_nothing(server: FakeProviderServer, vendor: str) -> None:
    attempts = Attempts()
    async with desk(server, vendor, network_errors=1.0) as d:
        with pytest.raises(RetriesExhaustedError, match="chaos"):
            await d.ask(attempts=attempts)
    assert (len(server.stats.log), attempts.used) == (0, 4)
    assert d.ledger.statuses() == ["error"] * 4
    assert d.ledger.charged() == 0


async def test_a_refusal_on_purpose_is_waited_out_as_it_asks(server: FakeProviderServer, vendor: str) -> None:
    """`Retry-After` wins over the backoff where it is longer."""
    attempts = Attempts()
    async with desk(server, vendor, rate_limits=1.0, retry_after=5) as d:
        with pytest.raises(RetriesExhaustedError):
            await d.ask(attempts=attempts)
    assert [wait for wait in attempts.waits if wait is not None] == [5.0, 5.0, pytest.approx(8.4, abs=0.4)]
    assert (len(server.stats.log), d.ledger.charged()) == (0, 0)


async def test_garbage_is_paid_and_repaired_once(server: FakeProviderServer, vendor: str) -> None:
    """The call that gave it has its tokens and the status malformed; the repair gives the answer."""
    async with desk(server, vendor, garbage=1.0) as d:
        d.ledger.on_settled = lambda: d.chaos.override(chaos_control(d.chaos_settings, {"enabled": False}, until=None))
        answer = await d.ask()
    assert answer.value.gist
    assert d.ledger.statuses() == ["malformed", "ok"]
    assert d.booked() == charged(server)
    assert d.chaos.struck == {"garbage": 1}


async def test_a_truncated_answer_keeps_its_money_and_its_tokens(server: FakeProviderServer, vendor: str) -> None:
    """Every call was made; each is booked with what it used, and stays charged with its reservation."""
    async with desk(server, vendor, truncated=1.0) as d:
        with pytest.raises(RetriesExhaustedError):
            await d.ask()
    assert server.stats.count("answered") == 4
    assert d.ledger.statuses() == ["unconfirmed"] * 4
    assert d.booked() == charged(server)
    assert d.ledger.charged() == sum(call.reserved_micro or 0 for call in d.ledger.calls)


async def test_latency_is_waited_and_the_answer_is_whole(server: FakeProviderServer, vendor: str) -> None:
    async with desk(server, vendor, latency_share=1.0) as d:
        answer = await d.ask()
    (waited,) = d.clock.slept
    assert 0.5 <= waited <= 3.0
    assert answer.value.gist
    assert d.ledger.statuses() == ["ok"]


async def test_many_faults_together_never_lower_what_is_booked(server: FakeProviderServer, vendor: str) -> None:
    """200 questions under everything at once: tokens equal the provider's counters, money is no less than them."""
    shares = {"network_errors": 0.1, "rate_limits": 0.1, "garbage": 0.1, "truncated": 0.1, "latency_share": 1.0}
    async with desk(server, vendor, **shares) as d:
        done = 0
        for number in range(200):
            try:
                await d.ask(f"item{number}")
            except OutsideError:
                continue
            done += 1
        assert set(d.chaos.struck) == {"latency", "network_error", "rate_limit", "truncated", "garbage"}
    assert done > 150
    assert d.booked() == charged(server)
    assert len(server.stats.log) == sum(settled.usage.output_tokens > 0 for settled in d.ledger.settlements.values())
    paid = sum(settled.cost_micro or 0 for settled in d.ledger.settlements.values())
    assert d.ledger.charged() >= paid > 0


async def test_without_chaos_the_wrapped_gateway_is_the_same(server: FakeProviderServer, vendor: str) -> None:
    settings = llm_settings({"m": model(server, vendor)})
    async with Desk(settings, ChaosSettings()) as d:
        await d.ask()
    assert (d.ledger.statuses(), d.chaos.struck, d.clock.slept) == (["ok"], {}, [])
    assert d.booked() == charged(server)
