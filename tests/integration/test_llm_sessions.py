"""Conversations of several turns in front of the fake server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from brains.llm.base import Turn
from brains.llm.sessions import Session
from brains.schemas import Knowledge
from daemon.core.errors import BudgetExceededError, ConfigError, RetriesExhaustedError
from daemon.core.settings.models import (
    EchelonSettings,
    GroupSettings,
    LlmSettings,
    ModelSettings,
    PoolSettings,
    PriceSettings,
    RetrySettings,
)
from tests.fakes.hearing import HearingRule
from tests.fakes.llm import VENDORS, Attempts, Desk, context, llm_settings, model, open_desk
from tests.fakes.provider_rules import first_match
from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.provider_wire import WireRequest
from tests.fakes.recording_ledger import RecordingLedger
from tests.fakes.stories import story

DOWN = {"fault": Fault.STATUS, "status": 503}
FIRST = "The tramway of Dunmore opened in May with 12 new cars."
SECOND = "The library of Farrow was closed after 40 years of service."


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


@pytest.fixture
def heard(server: FakeProviderServer) -> list[WireRequest]:
    """Every request, as the server reads it."""
    rule = HearingRule()
    server.rules.append(rule)
    assert first_match([rule], WireRequest(OPENAI, "", "", "", "", {})) is not rule
    rule.heard.clear()
    return rule.heard


def converse(desk: Desk, **changes: Any) -> Session:
    attempts = changes.pop("attempts", None)
    asker = context(attempts=attempts)
    return desk.gateway.session("extract", context=asker, system="You record facts. " * 40, brain="left", **changes)


async def ask(session: Session, prompt: str) -> Knowledge:
    answer = await session.ask(prompt, schema=Knowledge, prompt_version="session.v1", max_tokens=500)
    assert isinstance(answer.value, Knowledge)
    return answer.value


@pytest.mark.parametrize("vendor", VENDORS)
async def test_what_was_said_arrives_as_history(
    server: FakeProviderServer, heard: list[WireRequest], vendor: str
) -> None:
    """Both sides of it, in order, in each vendor's own form; the new question stands last."""
    async with open_desk(llm_settings({"m": model(server, vendor)})) as desk:
        session = converse(desk)
        first = await ask(session, FIRST)
        second = await ask(session, SECOND)
        await ask(session, "And now?")
    said = [FIRST, first.model_dump_json(by_alias=True), SECOND, second.model_dump_json(by_alias=True)]
    assert [list(request.turns) for request in heard] == [[], said[:2], said]
    assert SECOND in heard[1].prompt
    assert session.turns[1] == Turn("assistant", said[1])
    assert session.spent_micro == sum(s.cost_micro or 0 for s in desk.ledger.settlements.values()) > 0


async def test_it_stays_on_one_endpoint_and_fails_over_at_a_turns_boundary(
    server: FakeProviderServer, heard: list[WireRequest]
) -> None:
    """The failed turn is asked whole of the next one, with the history; there the session stays."""
    settings = llm_settings({n: model(server, v, model=n) for n, v in {"o1": OPENAI, "a1": ANTHROPIC}.items()})
    async with open_desk(settings) as desk:
        session = converse(desk)
        await ask(session, FIRST)
        server.rules.append(Rule(model="o1", times=1, **DOWN))
        await ask(session, SECOND)
        await ask(session, "And now?")
        assert session.endpoint == "a1"
    assert [entry.model for entry in server.stats.log] == ["o1", "o1", "a1", "a1"]
    assert heard[1].turns == heard[2].turns != ()
    assert SECOND in heard[2].prompt
    assert desk.told("echelon_fell")[0]["to_endpoint"] == "a1"


async def test_from_its_endpoint_it_may_go_back_to_an_earlier_one(server: FakeProviderServer) -> None:
    """Which is well again."""
    settings = llm_settings({n: model(server, OPENAI, model=n) for n in ("o1", "o2")})
    async with open_desk(settings) as desk:
        session = converse(desk)
        for sick in ("o1", "o2"):
            server.rules = [Rule(model=sick, **DOWN)]
            await ask(session, f"{FIRST} {sick}")
    assert [entry.model for entry in server.stats.log] == ["o1", "o2", "o2", "o1"]


async def test_a_turn_that_fails_changes_nothing(server: FakeProviderServer, heard: list[WireRequest]) -> None:
    """It may be asked again; all its requests share the step's attempts."""
    attempts = Attempts()
    settings = llm_settings({"o1": model(server, OPENAI)}, retry=RetrySettings(delays=(0,)))
    async with open_desk(settings) as desk:
        session = converse(desk, attempts=attempts)
        await ask(session, FIRST)
        server.rules.append(Rule(times=2, **DOWN))
        with pytest.raises(RetriesExhaustedError):
            await ask(session, SECOND)
    assert (len(session.turns), attempts.used, len(heard)) == (2, 2, 3)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_after_a_restart_every_turn_is_found_again(server: FakeProviderServer, vendor: str) -> None:
    """The same questions cost nothing; another history is another question."""
    ledger = RecordingLedger()
    for _ in range(2):
        async with open_desk(llm_settings({"m": model(server, vendor)}), ledger=ledger) as desk:
            session = converse(desk)
            for prompt in (FIRST, SECOND):
                await ask(session, prompt)
            assert session.endpoint == "m"
        assert len(server.stats.log) == 2
    async with open_desk(llm_settings({"m": model(server, vendor)}), ledger=ledger) as desk:
        await ask(converse(desk), SECOND)
    assert len(server.stats.log) == 3


async def test_its_dollars_bound_it_to_what_a_turn_may_cost(server: FakeProviderServer) -> None:
    """The turn that might exceed them is not sent; what is lost stays charged."""
    price = PriceSettings(input_mtok=10, output_mtok=10)
    settings = llm_settings({"o1": model(server, OPENAI, price=price, max_tokens=500)})
    async with open_desk(settings) as desk:
        whole = converse(desk)
        await ask(whole, FIRST)
        reserved, cost = desk.ledger.calls[0].reserved_micro or 0, whole.spent_micro
        assert 0 < cost < reserved
        poor = desk.gateway.session(
            "extract", context=context("poor"), system="You record facts.", brain="left", max_usd=0.0001
        )
        with pytest.raises(BudgetExceededError, match=r"the session has spent \$0\.0000 of \$0\.0001") as caught:
            await ask(poor, FIRST)
        assert (caught.value.until, len(server.stats.log)) == (None, 1)
        server.rules.append(Rule(fault=Fault.RESET))
        lossy = converse(desk, max_usd=reserved * 1.2 / 1_000_000)
        with pytest.raises(BudgetExceededError):
            await ask(lossy, SECOND)
        assert lossy.spent_micro == desk.ledger.calls[-1].reserved_micro
        assert whole.spent_micro == cost
    assert len(server.stats.log) == 2


async def test_its_turns_are_counted(server: FakeProviderServer) -> None:
    async with open_desk(llm_settings({"o1": model(server, OPENAI)})) as desk:
        session = converse(desk, max_turns=1)
        await ask(session, FIRST)
        with pytest.raises(BudgetExceededError, match="has had its 1 turns") as caught:
            await ask(session, SECOND)
    assert (caught.value.until, len(server.stats.log)) == (None, 1)


async def test_the_money_set_aside_for_a_turn_covers_its_history(server: FakeProviderServer) -> None:
    """The same question costs more the longer the talk has been, and never more than was set aside."""
    async with open_desk(llm_settings({"g1": model(server, GEMINI)})) as desk:
        session = converse(desk)
        for number in range(4):
            await ask(session, story(number))
    reserved = [call.reserved_micro or 0 for call in desk.ledger.calls]
    assert reserved == sorted(set(reserved))
    assert all((s.cost_micro or 0) <= reserved[n - 1] for n, s in desk.ledger.settlements.items())


def test_a_pool_holds_no_conversation() -> None:
    """The sentence names the pool and the mend."""
    away = {n: ModelSettings(provider="openai", model=n, base_url="http://127.0.0.1:9/v1") for n in ("o1", "o2")}
    settings = LlmSettings(
        models=away,
        groups={
            "left": GroupSettings(echelons={"echelon1": EchelonSettings(models=("thinking_pool",))}),
            "think": GroupSettings(echelons={"echelon1": EchelonSettings(models=("o1", "o2"))}),
        },
        pools={"thinking_pool": PoolSettings(task_groups=("think",))},
        roles={"extract": "left", "draft": "thinking_pool", "review": "think"},
    )
    desk = open_desk(settings)
    mend = "name a group whose echelons list models instead of thinking_pool"
    with pytest.raises(ConfigError, match=f"llm.roles.extract: left has the pool thinking_pool.*{mend}"):
        converse(desk)
    with pytest.raises(ConfigError, match=r"llm\.roles\.draft: thinking_pool has the pool thinking_pool"):
        desk.gateway.session("draft", context=context(), system="", brain="right")
    assert desk.gateway.session("review", context=context(), system="", brain="left").endpoint is None


def test_what_is_local_holds_no_conversation() -> None:
    desk = open_desk(llm_settings({"offline": ModelSettings(provider="offline")}))
    with pytest.raises(ConfigError, match="no model of left can hold a conversation"):
        converse(desk)
