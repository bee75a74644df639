"""The burn-rate breaker in the gateway: real calls at the fake provider are what it counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from brains.llm.base import CallContext
from brains.llm.burn import BurnRate, BurnStage
from daemon.core.errors import BurnRateError, WaitError
from daemon.core.events import Event
from daemon.core.settings.models import BurnSettings, ModelSettings, PriceSettings
from tests.fakes.clock import InstantClock
from tests.fakes.llm import MODEL_OF, Attempts, Desk, context, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import OPENAI, FakeProviderServer

DEAR = PriceSettings(input_mtok=10, output_mtok=10)
CHEAP = PriceSettings(input_mtok=0.01, output_mtok=0.01)
SPARE = "gpt-5-nano"


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


@dataclass
class Burning:
    desk: Desk
    burn: BurnRate
    clock: InstantClock
    events: list[Event] = field(default_factory=list)
    asked: int = 0

    async def ask(self, *, is_vip: bool = False) -> str:
        """Which model answered a question nobody asked before."""
        self.asked += 1
        who: CallContext = replace(context(f"item{self.asked}", attempts=Attempts()), is_vip=is_vip)
        return (await self.desk.gateway.ask(extract_request(f"Item {self.asked}."), who)).model

    def pass_by(self, seconds: float) -> None:
        self.clock.set(self.clock.now() + seconds)

    def told(self) -> list[str]:
        return [event.type for event in self.events]


@asynccontextmanager
async def burning(models: dict[str, ModelSettings], *, usd: float, tokens: int = 10**9) -> AsyncIterator[Burning]:
    """A gateway whose breaker trips above so many dollars, or tokens, a minute."""
    clock, events = InstantClock(), list[Event]()
    settings = BurnSettings(minimum_usd=usd, minimum_tokens=tokens, cool_down=300.0)
    burn = BurnRate(settings, daily_usd=None, clock=clock, emit=events.append)
    async with open_desk(llm_settings(models), clock=clock, burn=burn) as desk:
        yield Burning(desk, burn, clock, events)


def dear_and_cheap(server: FakeProviderServer) -> dict[str, ModelSettings]:
    return {
        "dear": model(server, OPENAI, price=DEAR),
        "cheap": model(server, OPENAI, model=SPARE, price=CHEAP),
    }


async def test_money_that_goes_too_fast_goes_to_the_cheaper_echelon(server: FakeProviderServer) -> None:
    """A VIP still gets the dear one; after a slow minute everybody does."""
    async with burning(dear_and_cheap(server), usd=0.004) as made:
        while made.burn.stage is BurnStage.NORMAL:
            assert await made.ask() == MODEL_OF[OPENAI]
        assert made.told() == ["burn_tripped"]
        assert await made.ask() == SPARE
        assert await made.ask(is_vip=True) == MODEL_OF[OPENAI]
        made.pass_by(60)
        assert await made.ask() == MODEL_OF[OPENAI]
        assert made.told() == ["burn_tripped", "burn_recovered"]


async def test_what_is_counted_are_the_tokens_and_dollars_of_the_ledger(server: FakeProviderServer) -> None:
    async with burning(dear_and_cheap(server), usd=1000.0) as made:
        for _ in range(5):
            await made.ask()
        look = made.burn.snapshot()
        booked = list(made.desk.ledger.settlements.values())
    used = [settled.usage for settled in booked]
    assert look["tokens_per_minute"] == sum(u.input_tokens - u.cached_tokens + u.output_tokens for u in used)
    assert look["usd_per_minute"] == pytest.approx(sum(settled.cost_micro or 0 for settled in booked) / 1e6)
    assert look["tokens_per_minute"] > 0


async def test_it_holds_probes_with_one_call_and_recovers(server: FakeProviderServer) -> None:
    """Tokens are as many at the cheaper model: it holds. VIPs pass all the time; nothing is sent for the others."""
    async with burning(dear_and_cheap(server), usd=1000.0, tokens=2000) as made:
        while made.burn.stage is BurnStage.NORMAL:
            await made.ask()
        made.pass_by(1)
        before = made.burn.snapshot()["tokens_per_minute"]
        while made.burn.snapshot()["tokens_per_minute"] <= before + 2000:
            assert await made.ask() == SPARE
        made.pass_by(59)
        sent = len(server.stats.log)
        with pytest.raises(BurnRateError) as caught:
            await made.ask()
        assert caught.value.until == made.clock.now() + 300
        assert len(server.stats.log) == sent
        assert await made.ask(is_vip=True) == MODEL_OF[OPENAI]
        made.pass_by(300)
        await made.ask()
        assert made.burn.stage is BurnStage.PROBING
        made.pass_by(60)
        assert await made.ask() == MODEL_OF[OPENAI]
    assert made.told() == ["burn_tripped", "burn_stage", "burn_stage", "burn_recovered"]


async def test_without_anything_cheaper_work_waits(server: FakeProviderServer) -> None:
    """It is a wait with an end, no attempt is used up, and nothing is sent."""
    async with burning({"dear": model(server, OPENAI, price=DEAR)}, usd=0.004) as made:
        while made.burn.stage is BurnStage.NORMAL:
            await made.ask()
        sent = len(server.stats.log)
        with pytest.raises(WaitError) as caught:
            await made.ask()
        assert caught.value.waits_for == "burn"
        assert caught.value.until == made.clock.now() + 60
        assert len(server.stats.log) == sent
