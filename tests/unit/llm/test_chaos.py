"""Faults on purpose: seeded, switched at run time, ended by themselves."""

import asyncio
from typing import Any

import pytest

from brains.llm.base import BrokenStreamError, ModelRequest, ProviderAnswer
from brains.llm.chaos import Chaos
from daemon.blackboard.records import Usage
from daemon.core.chaos import chaos_control
from daemon.core.errors import CallTimeoutError, ConnectionFaultError, RateLimitedError
from daemon.core.events import Event
from daemon.core.settings.models import ChaosSettings, StreamSettings
from tests.fakes.clock import InstantClock, ManualClock
from tests.fakes.llm import LocalProvider, extract_request

NONE = {"latency_share": 0, "network_errors": 0, "rate_limits": 0, "garbage": 0, "truncated": 0}
GOOD = '{"language": "en", "gist": "made here"}'


class RemoteProvider:
    """Answers well, counts, and keeps with what limits it was asked."""

    name = "remote"
    is_local = False

    def __init__(self) -> None:
        self.timeouts: list[float] = []
        self.streams: list[StreamSettings | None] = []
        self.is_closed = False

    async def complete(
        self, request: ModelRequest, *, model: str, timeout: float, stream: StreamSettings | None = None
    ) -> ProviderAnswer:
        self.timeouts.append(timeout)
        self.streams.append(stream)
        return ProviderAnswer(GOOD, Usage(input_tokens=10, output_tokens=5), model)

    async def close(self) -> None:
        self.is_closed = True


class Bench:
    """A wrapped provider, its chaos and what was said."""

    def __init__(self, *, clock: ManualClock | None = None, **settings: Any) -> None:
        self.clock = clock or InstantClock()
        self.events: list[Event] = []
        self.inner = RemoteProvider()
        self.chaos = Chaos(ChaosSettings(**settings), clock=self.clock, emit=self.events.append)
        self.provider = self.chaos.wrap(self.inner)

    async def ask(self, *, timeout: float = 60.0) -> str:
        answer = await self.provider.complete(extract_request(), model="m", timeout=timeout, stream=StreamSettings())
        return answer.text

    async def outcomes(self, count: int) -> list[str]:
        """What became of so many calls: the class of the error, or the text."""
        said = []
        for _ in range(count):
            try:
                said.append(await self.ask())
            except Exception as error:  # noqa: BLE001 - its class is the outcome
                said.append(type(error).__name__)
        return said

    def told(self) -> list[str]:
        return [event.type for event in self.events]


async def test_off_by_default_nothing_happens_and_nothing_is_said() -> None:
    """Not a random number is drawn, and the limits are passed on as they are."""
    bench = Bench()
    assert await bench.outcomes(50) == [GOOD] * 50
    assert (bench.inner.timeouts, bench.inner.streams) == ([60.0] * 50, [StreamSettings()] * 50)
    assert (bench.events, bench.chaos.struck, bench.chaos.health()) == ([], {}, {})


async def test_the_same_seed_gives_the_same_faults() -> None:
    """And another seed others."""
    shares = {"enabled": True, "network_errors": 0.2, "rate_limits": 0.2, "garbage": 0.2, "truncated": 0.2}
    first, again, other = (Bench(seed=seed, **shares) for seed in (7, 7, 8))
    said = await first.outcomes(200)
    assert said == await again.outcomes(200)
    assert first.clock.slept == again.clock.slept
    assert said != await other.outcomes(200)
    assert {"ConnectionFaultError", "RateLimitedError", "BrokenStreamError", GOOD} < set(said)


async def test_one_share_moves_no_other_fault() -> None:
    """The calls whose connection fails are the same ones with and without refusals."""
    plain = Bench(enabled=True, **(NONE | {"network_errors": 0.3}))
    mixed = Bench(enabled=True, **(NONE | {"network_errors": 0.3, "rate_limits": 0.5}))
    failed = [[one == "ConnectionFaultError" for one in await bench.outcomes(100)] for bench in (plain, mixed)]
    assert failed[0] == failed[1]


async def test_latency_is_within_its_bounds_and_a_part_of_the_limit() -> None:
    """500 to 3000 ms, and what is left of the call's time goes to the provider."""
    bench = Bench(enabled=True, **(NONE | {"latency_share": 1.0}))
    await bench.outcomes(300)
    assert all(0.5 <= slept <= 3.0 for slept in bench.clock.slept)
    assert max(bench.clock.slept) > 2.8
    assert min(bench.clock.slept) < 0.7
    assert bench.inner.timeouts == [pytest.approx(60.0 - slept) for slept in bench.clock.slept]
    assert bench.chaos.struck == {"latency": 300}


async def test_a_wait_longer_than_the_limit_is_a_timeout() -> None:
    bench = Bench(enabled=True, **(NONE | {"latency_share": 1.0, "latency": (2.0, 3.0)}))
    with pytest.raises(CallTimeoutError, match="chaos"):
        await bench.ask(timeout=1.0)
    assert (bench.clock.slept, bench.inner.timeouts) == ([1.0], [])


@pytest.mark.parametrize(
    ("share", "error"), [("network_errors", ConnectionFaultError), ("rate_limits", RateLimitedError)]
)
async def test_a_fault_before_the_request_sends_nothing(share: str, error: type[Exception]) -> None:
    bench = Bench(enabled=True, retry_after=7, **(NONE | {share: 1.0}))
    with pytest.raises(error, match="chaos") as raised:
        await bench.ask()
    assert bench.inner.timeouts == []
    assert getattr(raised.value, "retry_after", None) == (7 if error is RateLimitedError else None)


async def test_a_truncated_answer_was_asked_for_and_tells_its_usage() -> None:
    bench = Bench(enabled=True, **(NONE | {"truncated": 1.0}))
    with pytest.raises(BrokenStreamError) as raised:
        await bench.ask()
    assert raised.value.usage == Usage(input_tokens=10, output_tokens=5)
    assert len(bench.inner.timeouts) == 1


async def test_garbage_is_never_the_document_that_was_asked_for() -> None:
    """Of all kinds; none validates."""
    bench = Bench(enabled=True, **(NONE | {"garbage": 1.0}))
    said = set(await bench.outcomes(100))
    assert len(said) == 4
    for text in said:
        with pytest.raises(ValueError, match="validation error"):
            extract_request().schema.model_validate_json(text)


def test_a_local_provider_is_left_alone_and_a_shared_one_is_wrapped_once() -> None:
    bench = Bench(enabled=True)
    local = LocalProvider()
    assert bench.chaos.wrap(local) is local
    assert bench.chaos.wrap(bench.inner) is bench.provider


async def test_closing_closes_the_provider() -> None:
    bench = Bench()
    await bench.provider.close()
    assert bench.inner.is_closed


async def test_it_is_switched_at_run_time_and_each_change_is_said_once() -> None:
    """On with other shares, told again, off, and the configuration stays as it was."""
    bench = Bench()
    control = chaos_control(ChaosSettings(), {**NONE, "enabled": True, "network_errors": 1.0}, until=None)
    bench.chaos.override(None)
    assert bench.told() == []
    bench.chaos.override(control)
    bench.chaos.override(control)
    assert await bench.outcomes(2) == ["ConnectionFaultError"] * 2
    assert bench.chaos.health()["chaos"]["healthy"] is False
    assert bench.chaos.health()["chaos"]["struck"] == {"network_error": 2}
    bench.chaos.override(None)
    assert await bench.outcomes(2) == [GOOD] * 2
    assert bench.told() == ["chaos_on", "chaos_off"]
    assert bench.events[0].data["does"] == "100% network errors"


def test_configured_chaos_is_said_at_every_start() -> None:
    bench = Bench(enabled=True)
    bench.chaos.override(None)
    assert bench.told() == ["chaos_on"]
    assert bench.events[0].data["set_by"] == "configuration"


async def test_each_switching_on_begins_the_seed_anew() -> None:
    bench = Bench(seed=3)
    control = chaos_control(ChaosSettings(seed=3), {"enabled": True, "network_errors": 0.5}, until=None)
    said = []
    for _ in range(2):
        bench.chaos.override(control)
        said.append(await bench.outcomes(50))
        bench.chaos.override(None)
    assert said[0] == said[1]


async def test_a_switch_ends_by_itself_with_the_next_call() -> None:
    clock = InstantClock()
    bench = Bench(clock=clock)
    overrides = {**NONE, "enabled": True, "network_errors": 1.0, "memory_down": True}
    bench.chaos.override(chaos_control(ChaosSettings(), overrides, until=clock.now() + 60))
    assert (await bench.outcomes(1), bench.chaos.is_memory_down) == (["ConnectionFaultError"], True)
    clock.set(clock.now() + 60)
    assert (bench.chaos.is_memory_down, await bench.outcomes(1)) == (False, [GOOD])
    assert bench.told() == ["chaos_on", "chaos_off"]


async def test_the_service_ends_a_switch_in_time_without_a_call() -> None:
    """Also one that was set after another, with an earlier end."""
    clock = ManualClock()
    bench = Bench(clock=clock)
    service = asyncio.create_task(bench.chaos.run())
    for seconds in (600, 60):
        control = chaos_control(ChaosSettings(), {"enabled": True}, until=clock.now() + seconds)
        bench.chaos.override(control)
        await clock.advance(0)
    await clock.advance(59)
    assert bench.chaos.is_on
    await clock.advance(1)
    assert not bench.chaos.is_on
    assert bench.told()[-1] == "chaos_off"
    service.cancel()
    with pytest.raises(asyncio.CancelledError):
        await service
