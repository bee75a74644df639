"""Which endpoint is asked next, and how often in all, seen from the server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from daemon.core.errors import RetriesExhaustedError, RetryTokensError
from daemon.core.settings.models import (
    EchelonSettings,
    FallbackSettings,
    GroupSettings,
    LlmSettings,
    ModelSettings,
    PoolSettings,
    RetrySettings,
)
from tests.fakes.clock import InstantClock
from tests.fakes.llm import Attempts, Desk, context, extract_request, model, open_desk
from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer, Fault, Rule

OFFLINE = ModelSettings(provider="offline")
DOWN = {"fault": Fault.STATUS, "status": 503}
LEFT = dict.fromkeys(("extract", "draft", "review"), "left")


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


def group(*tiers: Any, **fallback: Any) -> GroupSettings:
    """A tier is the names of its models, or a whole echelon."""
    echelons = {
        f"echelon{n}": tier if isinstance(tier, EchelonSettings) else EchelonSettings(models=tuple(tier.split()))
        for n, tier in enumerate(tiers, 1)
    }
    return GroupSettings(echelons=echelons, fallback_config=FallbackSettings(**fallback))


def settings(server: FakeProviderServer, groups: dict[str, GroupSettings], **changes: Any) -> LlmSettings:
    """Models are named after what the server is asked for; the first letter tells the vendor."""
    vendors = {"a": ANTHROPIC, "g": GEMINI, "o": OPENAI}
    pools = changes.get("pools", {})
    names = {m for g in groups.values() for e in g.echelons.values() for m in e.models if m not in pools}
    models = {n: OFFLINE if n == "offline" else model(server, vendors[n[0]], model=n) for n in sorted(names)}
    return LlmSettings(models=models, groups=groups, **{"roles": LEFT, **changes})


def sent(server: FakeProviderServer) -> list[str]:
    return [entry.model for entry in server.stats.log]


async def exhausts(desk: Desk, attempts: Attempts | None = None) -> Attempts:
    used = attempts or Attempts()
    with pytest.raises(RetriesExhaustedError):
        await desk.gateway.ask(extract_request(), context(attempts=used))
    return used


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("echelon_down", ["o1", "o2", "a1", "g1", "a2"]),
        ("task_group_switch", ["o1", "a2", "o2", "a1", "g1"]),
        ("provider_failover", ["o1", "a1", "g1", "a2", "o2"]),
    ],
)
async def test_each_strategy_has_its_order(server: FakeProviderServer, strategy: str, expected: list[str]) -> None:
    """With as many attempts as there are endpoints, each is asked once."""
    server.rules.append(Rule(**DOWN))
    left = group("o1", "o2 a1", "g1", strategy=strategy, fallback_groups=("right.echelon2",), max_attempts=5)
    async with open_desk(settings(server, {"left": left, "right": group("g9", "a2")})) as desk:
        await exhausts(desk)
    assert sent(server) == expected


@pytest.mark.parametrize("strategy", ["echelon_down", "task_group_switch", "provider_failover"])
async def test_the_answer_comes_from_the_first_that_is_well_and_offline_last(
    server: FakeProviderServer, strategy: str
) -> None:
    """What is local stands in only when nobody with a network can."""
    left = group("o1 offline", "a1", strategy=strategy, fallback_groups=("right",))
    groups = settings(server, {"left": left, "right": group("g1")})
    server.rules.append(Rule(model="o1", fault=Fault.BAD_KEY))
    async with open_desk(groups) as desk:
        given = await desk.gateway.ask(extract_request(), context())
        server.rules.append(Rule(fault=Fault.BAD_KEY))
        local = await desk.gateway.ask(extract_request(), context("item2"))
    assert given.model == {"task_group_switch": "g1"}.get(strategy, "a1")
    assert local.provider == "local"


async def test_three_means_three(server: FakeProviderServer) -> None:
    """Over three echelons, a pool and retries, on a server that is down: exactly three requests arrive."""
    server.rules.append(Rule(**DOWN))
    first = EchelonSettings(models=("pool",), max_retries=5)
    left = group(first, EchelonSettings(models=("a1",), max_retries=5), "g1", max_attempts=3)
    pools = {"pool": PoolSettings(task_groups=("think",))}
    groups = settings(server, {"left": left, "think": group("o1 o2 o3")}, pools=pools)
    async with open_desk(groups) as desk:
        attempts = await exhausts(desk)
        assert (len(server.stats.log), attempts.used) == (3, 3)
        await exhausts(desk, attempts)
    assert sent(server) == ["o1", "a1", "g1"]


async def test_more_echelons_than_attempts_are_not_all_asked(server: FakeProviderServer) -> None:
    """Also when the faults are final ones, which no log counts."""
    server.rules += [Rule(model="o1", fault=Fault.UNKNOWN_MODEL), Rule(**DOWN)]
    async with open_desk(settings(server, {"left": group("o1", "a1", "g1", "offline", max_attempts=2)})) as desk:
        attempts = Attempts()
        answer = await desk.gateway.ask(extract_request(), context(attempts=attempts))
    assert (sent(server), attempts.used, answer.provider) == (["o1", "a1"], 1, "local")


async def test_more_attempts_than_delays_repeat_the_last_delay(server: FakeProviderServer) -> None:
    """A group may be told to be more patient than the others."""
    server.rules.append(Rule(**DOWN))
    clock = InstantClock()
    breaker = {"failure_threshold": 9}
    left = group("o1", max_attempts=6, circuit_breaker=breaker)
    retry = RetrySettings(delays=(2.0, 4.0), jitter=0)
    async with open_desk(settings(server, {"left": left}, retry=retry), clock=clock) as desk:
        await exhausts(desk)
    assert (len(server.stats.log), clock.slept) == (6, [2, 4, 4, 4, 4])


async def test_the_delay_comes_before_the_next_echelon_when_a_request_failed(server: FakeProviderServer) -> None:
    """Not within an echelon, not for a dead key, not before what is local, and nothing is held meanwhile."""
    clock = InstantClock()
    left = group("o1 o2", "a1", "g1", "offline", retry_delay=1.5, max_attempts=9)
    server.rules += [Rule(model="o1", **DOWN), Rule(model="o2", **DOWN), Rule(model="a1", fault=Fault.BAD_KEY)]
    async with open_desk(settings(server, {"left": left}, retry=RetrySettings(delays=())), clock=clock) as desk:
        await desk.gateway.ask(extract_request(), context())
        assert (sent(server), clock.slept) == (["o1", "o2", "a1", "g1"], [1.5])
        server.rules.append(Rule(**DOWN))
        await desk.gateway.ask(extract_request(), context("item2"))
    assert [seconds for seconds in clock.slept if seconds] == [1.5, 1.5]


async def test_an_open_breaker_is_left_without_a_delay(server: FakeProviderServer) -> None:
    """Nothing was sent there."""
    clock = InstantClock()
    left = group("o1", "a1", retry_delay=1.5, circuit_breaker={"failure_threshold": 3})
    server.rules.append(Rule(model="o1", **DOWN))
    async with open_desk(settings(server, {"left": left}), clock=clock) as desk:
        for n in range(5):
            await desk.gateway.ask(extract_request(), context(f"item{n}"))
    assert clock.slept == [1.5] * 3
    assert sent(server).count("o1") == 3


async def test_without_a_retry_token_the_step_waits_and_uses_up_no_attempt(server: FakeProviderServer) -> None:
    """A local endpoint does not do its work in a worse way for want of ten seconds."""
    server.rules.append(Rule(**DOWN))
    clock, attempts = InstantClock(), Attempts()
    retry = RetrySettings(delays=(0, 0, 0), token_reserve=1)
    groups = settings(server, {"left": group("o1", "offline")}, retry=retry)
    async with open_desk(groups, clock=clock) as desk:
        with pytest.raises(RetryTokensError) as caught:
            await desk.gateway.ask(extract_request(), context(attempts=attempts))
        assert (len(server.stats.log), attempts.used) == (2, 2)
        assert clock.now() < (caught.value.until or 0) <= clock.now() + 10
        assert desk.gateway.ready_at("extract") == 0
        with pytest.raises(RetryTokensError):
            await desk.gateway.ask(extract_request(), context(attempts=attempts))
        assert len(server.stats.log) == 2
        server.heal()
        await desk.gateway.ask(extract_request(), context("item2"))
        clock.set(clock.now() + 10)
        answer = await desk.gateway.ask(extract_request(), context(attempts=attempts))
    assert (answer.provider, attempts.used) == (OPENAI, 2)


async def test_after_a_restart_a_step_that_has_failed_comes_back_as_a_retry(server: FakeProviderServer) -> None:
    """Whom it asked is not known any more; most likely it was the first. Another provider's tokens are its own."""
    server.rules.append(Rule(model="o1", **DOWN))
    retry = RetrySettings(delays=(0, 0, 0), token_reserve=1)
    groups = settings(server, {"left": group("o1", "a1")}, retry=retry)
    async with open_desk(groups, clock=InstantClock()) as desk:
        for n in range(2):
            answer = await desk.gateway.ask(extract_request(), context(f"item{n}", attempts=Attempts(used=1)))
            assert answer.provider == ANTHROPIC
    assert sent(server) == ["o1", "a1", "a1"]
    assert desk.told("echelon_fell")[-1]["error"] == "RetryTokensError"


async def test_a_repair_needs_no_token(server: FakeProviderServer) -> None:
    """It follows an answer: nothing is away."""
    server.rules.append(Rule(fault=Fault.BAD_JSON, times=1))
    retry = RetrySettings(delays=(0, 0, 0), token_ratio=0, token_reserve=1)
    async with open_desk(settings(server, {"left": group("o1")}, retry=retry), clock=InstantClock()) as desk:
        await desk.gateway.ask(extract_request(), context())
        server.rules += [
            Rule(contains="unlucky", times=1, **DOWN),
            Rule(contains="unlucky", fault=Fault.BAD_JSON, times=1),
        ]
        await desk.gateway.ask(extract_request("An unlucky item is told here."), context("item2"))
    assert [call.kind for call in desk.ledger.calls] == ["call", "repair", "call", "call", "repair"]
