"""Providers that die under load: how often they are asked meanwhile, who does the work, and how it comes back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from daemon.app.assembly import open_desk as open_whole_desk
from daemon.core.errors import BreakerOpenError, RetryTokensError
from daemon.core.settings.models import FallbackSettings, LlmSettings, RetrySettings
from daemon.runtime.desk import Desk as WholeDesk
from tests.fakes.clock import InstantClock
from tests.fakes.llm import Desk, context, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import ANTHROPIC, OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.stories import settings_for, write_feed
from tests.fakes.waiting import until

pytestmark = pytest.mark.soak  # outages in real time


DOWN = {"fault": Fault.STATUS, "status": 503}
OUTAGE_SECONDS, TICK_SECONDS, CALLS_A_TICK = 120.0, 2.0, 4
RECOVERY_SECONDS = 60.0
LIVE = ("QUEUED", "INGESTING", "DRAFTING", "REVIEWING", "PUBLISHING")


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


def two_providers(server: FakeProviderServer, **changes: Any) -> LlmSettings:
    """The second stands in for the first."""
    models = {"first": model(server, OPENAI, model="first"), "second": model(server, ANTHROPIC, model="second")}
    return llm_settings(models, max_concurrency=CALLS_A_TICK, **changes)


class Load:
    """Items that come all the time: four every two seconds, in virtual time."""

    def __init__(self, desk: Desk, server: FakeProviderServer) -> None:
        self._desk, self._server = desk, server
        self.count = 0

    async def run(self, seconds: float) -> Counter[str]:
        """Ask for that long; answers who was sent how many requests. Every item is answered."""
        before, end = len(self._server.stats.log), self._desk.clock.now() + seconds
        while self._desk.clock.now() < end:
            numbers = range(self.count, self.count + CALLS_A_TICK)
            self.count += CALLS_A_TICK
            asked = (self._desk.gateway.ask(extract_request(), context(f"item{n}")) for n in numbers)
            assert all(answer.value.claims for answer in await asyncio.gather(*asked))
            self._desk.clock.set(self._desk.clock.now() + TICK_SECONDS)
        return Counter(entry.model for entry in self._server.stats.log[before:])


@pytest.mark.slow
async def test_a_provider_that_dies_for_two_minutes_is_left_alone_and_comes_back_with_one_probe(
    server: FakeProviderServer,
) -> None:
    """A few requests find it dead, then two probes; the next echelon does every item; one probe brings it back."""
    async with open_desk(two_providers(server), clock=InstantClock()) as desk:
        load = Load(desk, server)
        assert await load.run(20) == {"first": 40}
        server.rules.append(Rule(model="first", **DOWN))
        due = int(OUTAGE_SECONDS / TICK_SECONDS) * CALLS_A_TICK
        during = await load.run(OUTAGE_SECONDS)
        found, probes = 10 + 2 * CALLS_A_TICK - 1, 2  # half of the last twenty, and what was on its way then
        assert during["first"] <= found + probes < 1.1 * due
        assert during["second"] == due
        server.heal()
        probe_at = desk.gateway.breakers["first"].ready_at()
        assert 0 < probe_at - desk.clock.now() <= RECOVERY_SECONDS * 1.1
        until_probe = await load.run(probe_at - desk.clock.now())
        assert until_probe["first"] == 0
        after = await load.run(20)
        assert after["second"] <= CALLS_A_TICK - 1  # those that came while the one probe was under way
        assert await load.run(20) == {"first": 40}


async def test_retries_multiply_the_load_of_a_dead_provider_by_a_tenth_at_most(server: FakeProviderServer) -> None:
    """Also where no breaker helps and nobody stands in: the reserve, and a retry for each ten first requests."""
    server.rules.append(Rule(**DOWN))
    retry = RetrySettings(delays=(0, 0, 0), token_reserve=10)
    settings = llm_settings({"first": model(server, OPENAI)}, retry=retry, max_concurrency=8)
    deaf = FallbackSettings(circuit_breaker={"failure_threshold": 10_000})
    group = settings.groups["left"].model_copy(update={"fallback_config": deaf})
    due = 300
    async with open_desk(settings.model_copy(update={"groups": {"left": group}}), clock=InstantClock()) as desk:
        asked = (desk.gateway.ask(extract_request(), context(f"item{n}")) for n in range(due))
        ends = Counter(type(end) for end in await asyncio.gather(*asked, return_exceptions=True))
    assert due < len(server.stats.log) <= 1.1 * due + 10
    assert ends[RetryTokensError] > due * 0.9


async def test_when_every_provider_is_dead_a_step_keeps_its_attempts(server: FakeProviderServer) -> None:
    """The probes of a long outage tell of the endpoints; ten rounds of them use up nothing."""
    server.rules.append(Rule(**DOWN))
    clock = InstantClock()
    async with open_desk(two_providers(server), clock=clock) as desk:
        asked = [context(f"item{n}") for n in range(8)]
        waits = await asyncio.gather(*(desk.gateway.ask(extract_request(), c) for c in asked), return_exceptions=True)
        assert {type(wait) for wait in waits} == {BreakerOpenError}
        used = [c.attempts.used for c in asked]
        assert max(used) < 4
        for _ in range(10):
            probe_at = max(breaker.ready_at() for breaker in desk.gateway.breakers.values())
            clock.set(probe_at + 0.01)
            before = len(server.stats.log)
            with pytest.raises(BreakerOpenError, match=r"the probe of (first|second) failed") as caught:
                await desk.gateway.ask(extract_request(), asked[0])
            assert len(server.stats.log) == before + 2
            assert (caught.value.until or 0) > desk.gateway.ready_at("extract") > clock.now()
        assert [c.attempts.used for c in asked] == used
        server.heal()
        clock.set(desk.gateway.ready_at("extract") + 0.01)
        assert (await desk.gateway.ask(extract_request(), asked[0])).value.claims


async def waiting_all(desk: WholeDesk, count: int) -> None:
    """Wait until that many items are on the board, none is in hand, and every breaker has been found open."""
    await until(
        lambda: (
            sum(desk.reader.counts()[state] for state in LIVE) == count
            and not desk.worker.in_hand
            and all(breaker["state"] != "closed" for breaker in desk.vital_signs()["breakers"])
        ),
        within=30,
    )


@pytest.mark.slow
async def test_with_every_provider_dead_all_items_wait_and_then_finish(tmp_path: Path) -> None:
    """The whole daemon, in seconds instead of minutes: nothing is buried, and afterwards everything is published."""
    count = 30
    feed = write_feed(tmp_path / "feed.xml", range(1, count + 1))
    async with FakeProviderServer(rules=[Rule(**DOWN)]) as server:
        desk_settings = _daemon(tmp_path, server, feed)
        async with open_whole_desk(desk_settings) as desk:
            await desk.sensing.poll_all()
            await desk.start_working()
            await waiting_all(desk, count)
            probes = len(server.stats.log)
            await server.until(lambda stats: len(stats.log) >= probes + 8, timeout=30)
            assert desk.reader.counts()["DEAD_LETTER"] == 0
            assert len(server.stats.log) <= 1.1 * 2 * count + probes + 8
            server.heal()
            await until(lambda: desk.reader.counts()["PUBLISHED"] == count, within=60)
            assert desk.reader.counts()["DEAD_LETTER"] == 0


@pytest.mark.slow
async def test_the_next_echelon_does_the_work_of_a_dead_one_through_the_whole_daemon(tmp_path: Path) -> None:
    """All items published, by the second provider; the first is asked a few times only."""
    count = 30
    feed = write_feed(tmp_path / "feed.xml", range(1, count + 1))
    async with FakeProviderServer(rules=[Rule(model="first", **DOWN)]) as server:
        async with open_whole_desk(_daemon(tmp_path, server, feed, recovery=30)) as desk:
            await desk.sensing.poll_all()
            await desk.start_working()
            await until(lambda: desk.reader.counts()["PUBLISHED"] == count, within=60)
        sent = Counter(entry.model for entry in server.stats.log)
    assert sent["first"] <= 5 + 2 * 3 - 1  # what was on its way when the fifth failure opened the breaker
    assert sent["second"] >= 2 * count  # a draft that is right word for word needs no judge


def _daemon(tmp_path: Path, server: FakeProviderServer, feed: Path, *, recovery: float = 0.5) -> Any:
    key = {"api_key": "test-key-0000"}
    models = {
        "first": {"provider": "openai", "model": "first", "base_url": server.base_url(OPENAI), **key},
        "second": {"provider": "anthropic", "model": "second", "base_url": server.base_url(ANTHROPIC), **key},
    }
    group = {
        "echelon1": {"models": ["first"], "timeout": 5},
        "echelon2": {"models": ["second"], "timeout": 5},
        "fallback_config": {"circuit_breaker": {"failure_threshold": 5, "recovery_time": recovery}},
    }
    llm = {"models": models, "groups": {"left": group, "right": group}, "retry": {"delays": [0.2, 0.4, 0.8]}}
    return settings_for(tmp_path / "home", feeds=[feed], vendor=None, llm=llm)
