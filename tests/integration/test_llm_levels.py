"""What each level of degradation changes on the way to the models, with the vendors' SDKs."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from brains.llm.base import Answer
from brains.llm.burn import BurnRate
from brains.llm.degrading import Degrading
from brains.llm.hedging import Hedger
from brains.llm.stored import SharedAnswer
from brains.schemas import Knowledge
from daemon.core.clock import SystemClock
from daemon.core.errors import BreakerOpenError, CallTimeoutError, RetriesExhaustedError
from daemon.core.settings.level_models import LevelSettings
from daemon.core.settings.models import (
    BurnSettings,
    EchelonSettings,
    GroupSettings,
    HedgeSettings,
    LlmSettings,
    ModelSettings,
    PoolSettings,
    PriceSettings,
    RetrySettings,
    StreamSettings,
)
from daemon.resilience.breaker import BreakerState
from daemon.resilience.levels import CurrentLevel, Level
from tests.fakes.clock import InstantClock
from tests.fakes.llm import Desk, context, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.recording_ledger import RecordingLedger

L0, L1, L2, L3 = Level
DOWN = {"fault": Fault.STATUS, "status": 503}
WHOLE = StreamSettings(enabled=False)
ONCE = RetrySettings(delays=())
PRICES = {"d": 10.0, "m": 1.0, "c": 0.1}
"""By the first letter of a model's name: dear, middling, cheap."""


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


def llm(server: FakeProviderServer, *names: str, **changes: Any) -> LlmSettings:
    """An echelon for each name: `d…` is dear, `m…` middling, `c…` cheap, `u…` has no known price."""
    models = {name: _model(server, name) for name in names}
    return llm_settings(models, **{"retry": ONCE, "stream": WHOLE, **changes})


def _model(server: FakeProviderServer, name: str) -> ModelSettings:
    if name == "offline":
        return ModelSettings(provider="offline")
    price = PRICES.get(name[0])
    own = None if price is None else PriceSettings(input_mtok=price, output_mtok=price)
    return model(server, OPENAI, model=name, price=own)


def at(level: Level | CurrentLevel, settings: LlmSettings, *, ledger: Any = None, **levels: Any) -> Desk:
    """A gateway at that level; `levels` are its settings."""
    current = level if isinstance(level, CurrentLevel) else CurrentLevel()
    current.value = level if isinstance(level, Level) else current.value
    clock = levels.pop("clock", None) or InstantClock()
    hooks = {"hedger": levels.pop("hedger")} if "hedger" in levels else {}
    degrading = Degrading(LevelSettings(**levels), current)
    return open_desk(settings, ledger=ledger, clock=clock, degrading=degrading, **hooks)


def asked(server: FakeProviderServer) -> list[str]:
    return [entry.model for entry in server.stats.log]


async def ask(desk: Desk, item_id: str = "item1", **request: Any) -> Answer[Knowledge]:
    return await desk.gateway.ask(extract_request(**request), context(item_id))


# --- L1: patience ---


def slow(server: FakeProviderServer, how: str) -> tuple[LlmSettings, Rule]:
    """Limits of 0.4 s, and a server that takes longer: with the whole answer, or with the first token of a stream."""
    if how == "whole":
        return llm(server, "c", echelons=[{"models": ("c",), "timeout": 0.4}]), Rule(latency=0.7)
    return llm(server, "c", stream=StreamSettings(first_token=0.4)), Rule(fault=Fault.SLOW_START, pause=0.7)


@pytest.mark.parametrize("level", [L1, L2])
@pytest.mark.parametrize("how", ["whole", "stream"])
async def test_from_l1_on_a_call_may_take_longer(server: FakeProviderServer, level: Level, how: str) -> None:
    settings, rule = slow(server, how)
    server.rules.append(rule)
    async with at(level, settings, clock=SystemClock(), longer_timeouts=20) as desk:
        assert (await ask(desk)).value.gist


@pytest.mark.parametrize("how", ["whole", "stream"])
async def test_in_l0_the_usual_limits_hold(server: FakeProviderServer, how: str) -> None:
    settings, rule = slow(server, how)
    server.rules.append(rule)
    async with at(L0, settings, clock=SystemClock(), longer_timeouts=20) as desk:
        with pytest.raises(RetriesExhaustedError) as raised:
            await ask(desk)
    assert isinstance(raised.value.__cause__, CallTimeoutError)


@pytest.mark.parametrize(("level", "sent"), [(L0, ["m", "c"]), (L1, ["m"])])
async def test_from_l1_on_nobody_is_asked_beside(server: FakeProviderServer, level: Level, sent: list[str]) -> None:
    clock = SystemClock()
    hedger = Hedger(HedgeSettings(enabled=True, after=0.3, max_share=1), clock=clock, emit=lambda _: None)
    server.rules.append(Rule(model="m", latency=0.8))
    async with at(level, llm(server, "m", "c", retry=RetrySettings()), clock=clock, hedger=hedger) as desk:
        await ask(desk)
    assert asked(server) == sent


# --- L1: answers reused ---


async def test_from_l1_on_another_items_answer_to_the_same_is_used(server: FakeProviderServer) -> None:
    """It costs nothing and is booked with the item, saying whose answer it is; in L0 it is asked anew."""
    level = CurrentLevel()
    async with at(level, llm(server, "d")) as desk:
        await ask(desk, "item1")
        assert (await ask(desk, "item2")).calls == ()
        assert len(server.stats.log) == 2
        for level.value in (L1, L2, L3):
            answer = await ask(desk, f"item at {level.value}")
    assert len(server.stats.log) == 2
    (booked,) = answer.calls
    assert (booked.call.item_id, booked.call.model, booked.call.reserved_micro) == ("item at L3", "d", 0)
    assert (booked.settlement.cost_micro, booked.settlement.usage.input_tokens) == (0, 0)
    assert booked.settlement.error == "not asked: the answer of call 2 was used again"
    assert booked.settlement.price == {"source": "reused", "call": 2}


@pytest.mark.parametrize(("age", "requests"), [(99, 1), (101, 2)])
async def test_an_old_answer_is_not_used_again(server: FakeProviderServer, age: float, requests: int) -> None:
    clock = InstantClock()
    async with at(L1, llm(server, "d"), clock=clock, reuse_answers=100) as desk:
        await ask(desk, "item1")
        clock.set(clock.now() + age)
        await ask(desk, "item2")
    assert len(server.stats.log) == requests


@pytest.mark.parametrize("changes", [{"prompt": "Another text."}, {"task": "draft"}, {"temperature": 0.9}])
async def test_the_answer_to_something_else_is_not_used(server: FakeProviderServer, changes: dict[str, Any]) -> None:
    """Nor that of a task whose requests are known by more than the text."""
    async with at(L1, llm(server, "d")) as desk:
        await ask(desk, "item1", task=changes.get("task", "extract"))
        await ask(desk, "item2", **changes)
    assert len(server.stats.log) == 2


async def test_reuse_can_be_switched_off(server: FakeProviderServer) -> None:
    async with at(L1, llm(server, "d"), reuse_answers=0) as desk:
        await ask(desk, "item1")
        await ask(desk, "item2")
    assert len(server.stats.log) == 2


async def test_a_dear_answer_is_found_also_where_only_cheap_models_are_asked(server: FakeProviderServer) -> None:
    """The item's own after a restart, and another item's."""
    ledger = RecordingLedger()
    async with at(L0, llm(server, "d", "c"), ledger=ledger) as desk:
        await ask(desk, "item1")
    async with at(L2, llm(server, "d", "c"), ledger=ledger) as desk:
        assert (await ask(desk, "item1")).model == "d"
        desk.gateway.share_answers([SharedAnswer(ledger.calls[0].request_hash, "item1", desk.clock.now())])
        assert (await ask(desk, "item2")).model == "d"
    assert asked(server) == ["d"]


# --- L2: cheap models ---


@pytest.mark.parametrize(
    ("names", "cheap", "sent"),
    [
        (("d", "m", "c"), (), ["c"]),
        (("d", "u", "c", "m"), (), ["c"]),
        (("d", "c", "m"), ("m", "c"), ["m"]),
        (("d", "c"), ("elsewhere",), ["c"]),
        (("u1", "u2"), (), ["u1"]),
        (("d",), (), ["d"]),
        (("offline", "d", "c"), (), []),
        (("d", "c", "offline"), (), ["c"]),
    ],
)
async def test_in_l2_the_cheap_are_asked(
    server: FakeProviderServer, names: tuple[str, ...], cheap: tuple[str, ...], sent: list[str]
) -> None:
    """Those a person names, else the one with the least price; without any the group keeps its way."""
    async with at(L2, llm(server, *names), cheap_models=cheap) as desk:
        answer = await ask(desk)
    assert asked(server) == sent
    assert answer.model == (sent or ["offline"])[0]


async def test_in_l1_all_are_asked_as_ever(server: FakeProviderServer) -> None:
    async with at(L1, llm(server, "d", "c")) as desk:
        await ask(desk)
    assert asked(server) == ["d"]


async def test_in_l2_a_cheap_one_that_fails_gives_way_to_the_local_one_alone(server: FakeProviderServer) -> None:
    server.rules.append(Rule(model="c", **DOWN))
    async with at(L2, llm(server, "d", "c", "offline")) as desk:
        answer = await ask(desk)
    assert (asked(server), answer.provider) == (["c"], "local")


async def test_in_l2_a_group_whose_cheap_ones_are_away_keeps_its_way(server: FakeProviderServer) -> None:
    """Better dear than not at all: nothing waits because of a level that others can do."""
    async with at(L2, llm(server, "d", "c")) as desk:
        trip(desk, "c")
        await ask(desk)
    assert asked(server) == ["d"]


@pytest.mark.parametrize("fault", [Fault.BAD_KEY, Fault.BAD_REQUEST])
async def test_in_l2_no_item_ends_because_of_the_cheap_ones(server: FakeProviderServer, fault: Fault) -> None:
    """What they cannot do for good is asked of those that the level leaves out; what is tried again is not."""
    server.rules.append(Rule(model="c", fault=fault))
    async with at(L2, llm(server, "d", "c", retry=RetrySettings(delays=(2, 4)))) as desk:
        assert (await ask(desk)).model == "d"
    assert asked(server) == ["c", "d"]


async def test_in_l2_the_attempts_of_a_step_are_no_more_than_ever(server: FakeProviderServer) -> None:
    server.rules.append(Rule(model="c", **DOWN))
    async with at(L2, llm(server, "d", "c", retry=RetrySettings(delays=(2, 4)))) as desk:
        with pytest.raises(RetriesExhaustedError):
            await ask(desk)
    assert asked(server) == ["c"] * 3


async def test_in_l2_money_that_goes_too_fast_still_goes_to_the_cheap_ones(server: FakeProviderServer) -> None:
    """They are cheaper than what is asked first in L0; the work does not stand still."""
    clock = InstantClock()
    burn = BurnRate(BurnSettings(minimum_tokens=1, cool_down=300), daily_usd=None, clock=clock, emit=lambda _: None)
    degrading = Degrading(LevelSettings(), lambda: L2)
    async with open_desk(llm(server, "d", "c"), clock=clock, burn=burn, degrading=degrading) as desk:
        assert [(await ask(desk, f"item{number}")).model for number in range(2)] == ["c", "c"]
    assert burn.snapshot()["stage"] == "cheaper"


async def test_in_l2_a_pool_costs_as_much_as_its_dearest(server: FakeProviderServer) -> None:
    tiers = [{"models": ("pool",)}, {"models": ("m",)}, {"models": ("d", "c")}]
    pools = {"pool": PoolSettings(task_groups=("left.echelon3",))}
    settings = llm(server, "m", "d", "c", echelons=tiers, pools=pools)
    async with at(L2, settings) as desk:
        await ask(desk)
    assert asked(server) == ["c"]


# --- what the keeper asks ---


async def test_a_task_is_silent_when_every_breaker_waits(server: FakeProviderServer) -> None:
    """Not while a probe is due or under way; never with a local model."""
    async with at(L0, llm(server, "d", "c")) as desk:
        trip(desk, "d")
        assert (desk.gateway.silent_tasks(), desk.gateway.is_first_choice_away()) == ((), True)
        trip(desk, "c")
        assert desk.gateway.silent_tasks() == ("extract", "draft", "review")
        with pytest.raises(BreakerOpenError):
            await ask(desk)
        due = min(breaker.ready_at() for breaker in desk.gateway.breakers.values())
        desk.clock.set(due)  # type: ignore[attr-defined]
        assert desk.gateway.silent_tasks() == ()
        permit = next(b for b in desk.gateway.breakers.values() if not b.ready_at()).check()
        assert (permit.is_probe, desk.gateway.silent_tasks()) == (True, ())
    async with at(L0, llm(server, "d", "offline")) as desk:
        trip(desk, "d")
        assert (desk.gateway.silent_tasks(), desk.gateway.is_first_choice_away()) == ((), True)


async def test_one_task_without_an_answer_is_no_silence(server: FakeProviderServer) -> None:
    """The others go on; its own steps wait at their breaker."""
    models = {name: _model(server, name) for name in ("d", "c")}
    groups = {
        group: GroupSettings(echelons={"echelon1": EchelonSettings(models=(name,))})
        for group, name in (("left", "d"), ("right", "c"))
    }
    settings = LlmSettings(models=models, groups=groups, retry=ONCE, stream=WHOLE)
    async with at(L0, settings) as desk:
        trip(desk, "c")
        assert (desk.gateway.silent_tasks(), desk.gateway.ready_at("draft") > 0) == ((), True)
        trip(desk, "d")
        assert desk.gateway.silent_tasks() == ("extract", "draft", "review")


def trip(desk: Desk, name: str) -> None:
    """Open a breaker."""
    breaker = desk.gateway.breakers[name]
    while breaker.state is BreakerState.CLOSED:
        breaker.failed(RetriesExhaustedError())
