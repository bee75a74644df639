"""Items for which a person has chosen a model: it alone is asked, with its own breaker, price and caps."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from brains.llm.base import CallContext
from brains.llm.booking import Question
from brains.llm.degrading import Degrading
from brains.llm.gateway import EchelonGateway, build_gateway
from daemon.core.errors import (
    BreakerOpenError,
    BudgetExceededError,
    ConfigError,
    RetriesExhaustedError,
    UnknownModelError,
)
from daemon.core.events import Event
from daemon.core.settings.level_models import LevelSettings
from daemon.core.settings.models import LlmSettings, ModelSettings, PriceSettings
from daemon.resilience.gate import Gate
from daemon.resilience.levels import CurrentLevel, Level
from tests.fakes.clock import InstantClock
from tests.fakes.llm import Attempts, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.recording_ledger import RecordingLedger

OFFLINE = ModelSettings(provider="offline")
PRICE = PriceSettings(input_mtok=3.0, output_mtok=9.0)


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


def chosen(name: str, item_id: str = "item1", **more: Any) -> CallContext:
    """Of an item that was retried with a model."""
    return CallContext(item_id=item_id, round=0, epoch=2, attempts=more.pop("attempts", Attempts()), model=name, **more)


def models(server: FakeProviderServer) -> Mapping[str, ModelSettings]:
    return {"first": model(server, GEMINI), "second": model(server, OPENAI, price=PRICE), "offline": OFFLINE}


def vendors(server: FakeProviderServer) -> list[str]:
    return [entry.vendor for entry in server.stats.log]


def unused(server: FakeProviderServer, **settings: Any) -> LlmSettings:
    """`first` does everything; `spare`, at another vendor, stands in no group."""
    made = llm_settings({"first": model(server, GEMINI)})
    return made.model_copy(update={"models": {**made.models, "spare": model(server, ANTHROPIC, **settings)}})


@asynccontextmanager
async def gateway(settings: LlmSettings, *, events: list[Event] | None = None) -> AsyncIterator[EchelonGateway]:
    """As the desk builds it, with an SDK only for what a group uses."""
    told = [] if events is None else events
    rng, gate, ledger = random.Random(7), Gate(3), RecordingLedger()
    built = build_gateway(settings, ledger=ledger, gate=gate, clock=InstantClock(), rng=rng, emit=told.append)
    try:
        yield built
    finally:
        await built.close()


@pytest.mark.parametrize(("task", "brain"), [("extract", "left"), ("draft", "right")])
async def test_it_alone_is_asked_by_both_brains(server: FakeProviderServer, task: str, brain: str) -> None:
    """At its own price."""
    async with open_desk(llm_settings(models(server))) as desk:
        answer = await desk.gateway.ask(extract_request(task=task, brain=brain), chosen("second"))
        (call,) = desk.ledger.calls
        settled = desk.ledger.settlements[1]
    assert (vendors(server), call.model) == ([OPENAI], "gpt-5-mini")
    assert answer.provider == "openai"
    assert (settled.price or {})["source"] == "configuration"
    assert (settled.cost_micro or 0) >= settled.usage.input_tokens * 3


async def test_nobody_stands_in_for_it_not_even_the_offline_brain(server: FakeProviderServer) -> None:
    """It would not be done with that model; the attempts are those of a step."""
    server.rules.append(Rule(vendor=OPENAI, fault=Fault.STATUS, status=500))
    attempts = Attempts()
    async with open_desk(llm_settings(models(server))) as desk:
        with pytest.raises(RetriesExhaustedError):
            await desk.gateway.ask(extract_request(), chosen("second", attempts=attempts))
        assert desk.told("echelon_fell") == []
    assert set(vendors(server)) == {OPENAI}
    assert len(attempts.errors) == len(server.stats.log) == 4


async def test_its_own_breaker_makes_it_wait_and_leaves_the_others_alone(server: FakeProviderServer) -> None:
    """What has no choice is answered by the first model meanwhile."""
    server.rules.append(Rule(vendor=OPENAI, fault=Fault.STATUS, status=500))
    async with open_desk(llm_settings(models(server))) as desk:
        for number in range(2):
            with pytest.raises((RetriesExhaustedError, BreakerOpenError)):
                await desk.gateway.ask(extract_request(f"{number}"), chosen("second", f"item{number}"))
        sent = len(server.stats.log)
        with pytest.raises(BreakerOpenError) as refused:
            await desk.gateway.ask(extract_request("more"), chosen("second", "item9"))
        assert refused.value.until is not None
        assert len(server.stats.log) == sent
        assert desk.gateway.ready_at("extract") == 0
        await desk.gateway.ask(extract_request("another"), CallContext("item3", 0, 2, Attempts()))
    assert vendors(server)[-1] == GEMINI


async def test_the_answer_of_another_model_is_not_its_own(server: FakeProviderServer) -> None:
    """But what it answered itself is used again, and costs nothing."""
    async with open_desk(llm_settings(models(server))) as desk:
        await desk.gateway.ask(extract_request(), CallContext("item1", 0, 2, Attempts()))
        for _ in range(2):
            await desk.gateway.ask(extract_request(), chosen("second"))
    assert vendors(server) == [GEMINI, OPENAI]


async def test_the_caps_hold_for_it_and_let_the_others_go_on(server: FakeProviderServer) -> None:
    """A dear choice that does not fit into the day's budget says nothing of the model that does."""
    dear = model(server, OPENAI, price=PriceSettings(input_mtok=4000.0, output_mtok=9000.0))
    ledger = RecordingLedger(caps={"day": 5_000_000})
    async with open_desk(llm_settings({**models(server), "second": dear}), ledger=ledger) as desk:
        with pytest.raises(BudgetExceededError):
            await desk.gateway.ask(extract_request(), chosen("second"))
        assert desk.gateway.ready_at("extract") == 0
        await desk.gateway.ask(extract_request(), CallContext("item2", 0, 2, Attempts()))
    assert vendors(server) == [GEMINI]


async def test_the_offline_brain_can_be_chosen(server: FakeProviderServer) -> None:
    """Nothing is sent, and its call goes with the outcome of the step."""
    async with open_desk(llm_settings(models(server))) as desk:
        answer = await desk.gateway.ask(extract_request(), chosen("offline"))
        assert desk.ledger.calls == []
    assert server.stats.log == []
    assert [call.settlement.cost_micro for call in answer.calls] == [0]


async def test_a_level_that_asks_the_cheap_alone_does_not_change_the_choice(server: FakeProviderServer) -> None:
    """It is a person's, and was made after the trouble began."""
    level = CurrentLevel()
    level.value = Level.L2
    degrading = Degrading(LevelSettings(cheap_models=("first",)), level)
    async with open_desk(llm_settings(models(server)), degrading=degrading) as desk:
        await desk.gateway.ask(extract_request(), chosen("second"))
    assert vendors(server) == [OPENAI]


async def test_a_choice_never_waits_for_a_batch(server: FakeProviderServer) -> None:
    """Also of a source that is in no hurry: a person waits for it."""

    class Batches:
        def __init__(self) -> None:
            self.offered: list[Question] = []

        async def offer(self, question: Question) -> None:
            self.offered.append(question)

    batches = Batches()
    async with open_desk(llm_settings(models(server)), batches=batches) as desk:
        await desk.gateway.ask(extract_request(), chosen("second", urgency="low"))
        assert batches.offered == []
        await desk.gateway.ask(extract_request(), replace(chosen("x", "item2", urgency="low"), model=None))
    assert len(batches.offered) == 1


async def test_a_model_that_no_group_uses_is_opened_when_it_is_asked_for(server: FakeProviderServer) -> None:
    """Once, with a breaker of its own that is shown with the others and tells its changes."""
    events: list[Event] = []
    async with gateway(unused(server), events=events) as asked:
        assert set(asked.breakers) == {"first"}
        for number in range(2):
            await asked.ask(extract_request(f"text {number}"), chosen("spare", f"item{number}"))
        assert set(asked.breakers) == {"first", "spare"}
        server.rules.append(Rule(vendor=ANTHROPIC, fault=Fault.STATUS, status=500))
        for number in range(2):
            with pytest.raises((RetriesExhaustedError, BreakerOpenError)):
                await asked.ask(extract_request(f"more {number}"), chosen("spare", "item4"))
    assert "spare" in {event.data["name"] for event in events if event.type == "breaker_changed"}
    assert set(vendors(server)) == {ANTHROPIC}


async def test_a_model_that_is_gone_is_named(server: FakeProviderServer) -> None:
    """With those there are; nothing is sent."""
    async with open_desk(llm_settings(models(server))) as desk:
        with pytest.raises(UnknownModelError, match=r"model gone, .* not in llm\.models any more; .* second"):
            await desk.gateway.ask(extract_request(), chosen("gone"))
    assert server.stats.log == []


async def test_a_model_that_cannot_be_asked_says_what_is_missing(server: FakeProviderServer) -> None:
    """A key, for one that nothing else uses."""
    settings = unused(server, api_key=None, base_url=None)
    async with gateway(settings) as asked:
        with pytest.raises(ConfigError, match="spare: anthropic needs an api_key"):
            await asked.ask(extract_request(), chosen("spare"))
