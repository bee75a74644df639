"""Polling pools in front of the fake server: who is asked, who is left out, who comes back."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from daemon.core.errors import BreakerOpenError, BudgetExceededError, RetriesExhaustedError
from daemon.core.settings.models import (
    EchelonSettings,
    FallbackSettings,
    GroupSettings,
    LlmSettings,
    ModelSettings,
    PoolSettings,
    RetrySettings,
    RoleSettings,
)
from tests.fakes.clock import InstantClock
from tests.fakes.llm import VENDORS, Attempts, context, extract_request, model, open_desk
from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.recording_ledger import RecordingLedger

DOWN = {"fault": Fault.STATUS, "status": 503}


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


def pooled(server: FakeProviderServer, *after: str, breaker: int = 99, **pool: Any) -> LlmSettings:
    """The group `left` is a pool of a model of each vendor, and what follows it."""
    names = dict(zip(("o1", "a1", "g1"), (OPENAI, ANTHROPIC, GEMINI), strict=True))
    models = {n: model(server, vendor, model=n) for n, vendor in (names | dict.fromkeys(after, OPENAI)).items()}
    if "offline" in after:
        models["offline"] = ModelSettings(provider="offline")
    fallback = FallbackSettings(circuit_breaker={"failure_threshold": breaker})
    tiers = [("pool",), *((name,) for name in after)]
    echelons = {f"echelon{n}": EchelonSettings(models=tier) for n, tier in enumerate(tiers, 1)}
    think = GroupSettings(echelons={"echelon1": EchelonSettings(models=tuple(names))}, fallback_config=fallback)
    return LlmSettings(
        models=models,
        groups={"left": GroupSettings(echelons=echelons, fallback_config=fallback), "think": think},
        pools={"pool": PoolSettings(**{"task_groups": ("think",), **pool})},
        roles=dict.fromkeys(("extract", "draft", "review"), "left"),
        retry=RetrySettings(jitter=0, token_reserve=99),
    )


def sent(server: FakeProviderServer) -> list[str]:
    return [entry.model for entry in server.stats.log]


async def test_calls_go_round_all_vendors(server: FakeProviderServer) -> None:
    """Each instance through its own SDK, each the same number of times; the counters say so too."""
    async with open_desk(pooled(server)) as desk:
        given = [(await desk.gateway.ask(extract_request(), context(f"item{n}"))).provider for n in range(9)]
        (shown,) = desk.gateway.pool_snapshots()
    assert sent(server) == ["o1", "a1", "g1"] * 3
    assert Counter(given) == dict.fromkeys(VENDORS, 3)
    assert {i["endpoint"]: i["calls"] for i in shown["instances"]} == {"o1": 3, "a1": 3, "g1": 3}


async def test_weights_are_kept_at_the_server(server: FakeProviderServer) -> None:
    """Five to two to one."""
    settings = pooled(server, rotation_strategy="weighted", weights={"o1": 5, "a1": 2})
    async with open_desk(settings) as desk:
        for n in range(16):
            await desk.gateway.ask(extract_request(), context(f"item{n}"))
    assert Counter(sent(server)) == {"o1": 10, "a1": 4, "g1": 2}


async def test_a_failure_goes_to_the_next_instance_at_once(server: FakeProviderServer) -> None:
    """Without a wait, with one attempt used up."""
    server.rules.append(Rule(model="o1", **DOWN))
    clock, attempts = InstantClock(), Attempts()
    async with open_desk(pooled(server), clock=clock) as desk:
        answer = await desk.gateway.ask(extract_request(), context(attempts=attempts))
    assert (answer.provider, sent(server), clock.slept, attempts.used) == (ANTHROPIC, ["o1", "a1"], [], 1)
    assert desk.told("echelon_fell") == []


async def test_an_instance_that_was_tried_is_tried_again_only_after_the_backoff(server: FakeProviderServer) -> None:
    """All three at once, then the first again after two seconds: four attempts in all."""
    server.rules.append(Rule(**DOWN))
    clock = InstantClock()
    async with open_desk(pooled(server, failure_threshold=9), clock=clock) as desk:
        with pytest.raises(RetriesExhaustedError) as caught:
            await desk.gateway.ask(extract_request(), context())
    assert (sent(server), clock.slept) == (["o1", "a1", "g1", "o1"], [2])
    assert len(caught.value.__notes__) == 2


async def test_what_the_provider_asks_for_holds_for_its_own_instance(server: FakeProviderServer) -> None:
    """A 429 with half a minute does not hold up the others."""
    server.rules += [Rule(model="o1", fault=Fault.STATUS, status=429, retry_after=30), Rule(**DOWN)]
    clock = InstantClock()
    async with open_desk(pooled(server, failure_threshold=9), clock=clock) as desk:
        with pytest.raises(RetriesExhaustedError):
            await desk.gateway.ask(extract_request(), context())
    assert clock.slept == [30]


async def test_no_instance_is_tried_more_often_than_allowed_and_what_follows_is_left_an_attempt(
    server: FakeProviderServer,
) -> None:
    """Once each, then the next echelon."""
    server.rules += [Rule(model=name, **DOWN) for name in ("o1", "a1", "g1")]
    async with open_desk(pooled(server, "o2", max_instance_attempts=1)) as desk:
        answer = await desk.gateway.ask(extract_request(), context())
    assert (sent(server), answer.model) == (["o1", "a1", "g1", "o2"], "o2")
    assert [(e["endpoint"], e["to_endpoint"]) for e in desk.told("echelon_fell")] == [("pool", "o2")]


async def test_simple_retry_stays_at_one_instance(server: FakeProviderServer) -> None:
    """Twice, with the backoff between, then on to what follows the pool; the next step has the next instance."""
    server.rules.append(Rule(model="o1", **DOWN))
    clock = InstantClock()
    settings = pooled(server, "o2", fallback_strategy="simple_retry", max_instance_attempts=2)
    async with open_desk(settings, clock=clock) as desk:
        await desk.gateway.ask(extract_request(), context())
        await desk.gateway.ask(extract_request(), context("item2"))
    assert (sent(server), clock.slept) == (["o1", "o1", "o2", "a1"], [2])


async def test_a_sick_instance_leaves_the_rotation_and_comes_back_with_one_probe(server: FakeProviderServer) -> None:
    """Two failures in a row; nothing is sent there until the recovery time is over, then one request of a real step."""
    server.rules.append(Rule(model="a1", **DOWN))
    clock = InstantClock()
    async with open_desk(pooled(server, recovery_time=120, health_check_interval=60), clock=clock) as desk:

        async def some(count: int) -> int:
            """How many of so many steps were sent to the sick instance."""
            before = sent(server).count("a1")
            for n in range(count):
                await desk.gateway.ask(extract_request(), context(f"item{clock.now()}.{n}"))
            return sent(server).count("a1") - before

        assert await some(12) == 2
        clock.set(clock.now() + 119)
        assert await some(6) == 0
        clock.set(clock.now() + 2)
        assert await some(6) == 1
        clock.set(clock.now() + 61)
        server.heal()
        assert await some(9) == 3
    assert [e["endpoint"] for e in desk.told("pool_instance_out")] == ["a1", "a1"]
    assert [e["endpoint"] for e in desk.told("pool_instance_back")] == ["a1"]


async def test_when_all_are_out_the_work_waits_for_the_first_to_come_back(server: FakeProviderServer) -> None:
    """Nothing is sent, no attempt is used up, and no step is claimed meanwhile."""
    server.rules.append(Rule(**DOWN))
    clock = InstantClock()
    async with open_desk(pooled(server, failure_threshold=1, recovery_time=120), clock=clock) as desk:
        attempts = Attempts()
        for _ in range(2):
            with pytest.raises(BreakerOpenError) as caught:
                await desk.gateway.ask(extract_request(), context(attempts=attempts))
            assert (caught.value.until, attempts.used) == (clock.now() + 120, 3)
            assert desk.gateway.ready_at("extract") == clock.now() + 120
        assert len(server.stats.log) == 3
        server.heal()
        clock.set(clock.now() + 120)
        assert desk.gateway.ready_at("extract") == 0
        await desk.gateway.ask(extract_request(), context(attempts=attempts))


async def test_what_follows_the_pool_stands_in_when_all_are_out(server: FakeProviderServer) -> None:
    server.rules.append(Rule(**DOWN))
    async with open_desk(pooled(server, "offline", failure_threshold=1)) as desk:
        for n in range(2):
            assert (await desk.gateway.ask(extract_request(), context(f"item{n}"))).provider == "local"
    assert sent(server) == ["o1", "a1", "g1"]


async def test_an_instance_with_an_open_breaker_is_passed_over(server: FakeProviderServer) -> None:
    """The breaker opens first here, and the pool need not find out itself."""
    server.rules.append(Rule(model="g1", **DOWN))
    async with open_desk(pooled(server, breaker=3, failure_threshold=50)) as desk:
        for n in range(15):
            await desk.gateway.ask(extract_request(), context(f"item{n}"))
    assert sent(server).count("g1") == 3


async def test_a_role_may_name_the_pool_itself(server: FakeProviderServer) -> None:
    """It is then a group of one echelon."""
    settings = pooled(server).model_copy(update={"roles": RoleSettings(extract="pool", draft="left")})
    async with open_desk(settings) as desk:
        for n in range(3):
            await desk.gateway.ask(extract_request(), context(f"item{n}"))
    assert sent(server) == ["o1", "a1", "g1"]
    assert {call.model for call in desk.ledger.calls} == {"o1", "a1", "g1"}


async def test_the_answer_of_any_instance_is_found_after_a_restart(server: FakeProviderServer) -> None:
    """Whose turn it is then does not matter."""
    ledger = RecordingLedger()
    for _ in range(2):
        async with open_desk(pooled(server, rotation_strategy="least_recently_used"), ledger=ledger) as desk:
            for n in range(3):
                await desk.gateway.ask(extract_request(), context(f"item{n}"))
    assert sent(server) == ["o1", "a1", "g1"]


async def test_an_empty_budget_is_no_failure_of_an_instance(server: FakeProviderServer) -> None:
    """It is told to who asks, at once."""
    models = {name: price(settings) for name, settings in pooled(server).models.items()}
    settings = pooled(server).model_copy(update={"models": models})
    ledger = RecordingLedger(caps={"day": 10})
    async with open_desk(settings, ledger=ledger) as desk:
        for n in range(4):
            with pytest.raises(BudgetExceededError):
                await desk.gateway.ask(extract_request(), context(f"item{n}"))
        (shown,) = desk.gateway.pool_snapshots()
    assert [(i["is_in"], i["calls"]) for i in shown["instances"]] == [(True, 0)] * 3
    assert server.stats.log == []


def price(settings: ModelSettings) -> ModelSettings:
    return ModelSettings.model_validate(settings.model_dump() | {"price": {"input_mtok": 1, "output_mtok": 1}})
