"""What a call waits for, and what it does not: money, turns, a board that is away, its own cancellation."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from brains.llm.base import ModelRequest, ProviderAnswer
from brains.llm.booking import Question, Reply
from brains.llm.groups import Echelon
from daemon.blackboard.records import CallStatus, NewCall, Settlement, Usage
from daemon.core.errors import (
    BlackboardError,
    BoardBusyError,
    BoardFullError,
    BudgetExceededError,
    RequestLimitError,
)
from daemon.core.settings.models import EchelonSettings, GroupSettings, LlmSettings, ModelSettings, StreamSettings
from tests.fakes.clock import InstantClock
from tests.fakes.llm import context, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.recording_ledger import RecordingLedger
from tests.fakes.waiting import until


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


class AwayLedger(RecordingLedger):
    """Cannot settle as long as there are `faults`."""

    def __init__(self, *faults: Exception) -> None:
        super().__init__()
        self.faults = list(faults)

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        if self.faults:
            raise self.faults.pop(0)
        await super().settle_call(call_id, settlement)


class CountingLedger(RecordingLedger):
    """Counts how often a call was to be entered."""

    tries = 0

    async def begin_call(self, call: NewCall) -> int:
        self.tries += 1
        return await super().begin_call(call)


def two_groups(server: FakeProviderServer) -> LlmSettings:
    """A priced model extracts, one without a price writes."""
    models = {"priced": model(server, OPENAI), "unpriced": model(server, OPENAI, model="nobody-knows-it")}
    groups = {
        "left": GroupSettings(echelons={"echelon1": EchelonSettings(models=("priced",))}),
        "right": GroupSettings(echelons={"echelon1": EchelonSettings(models=("unpriced",))}),
    }
    return LlmSettings(models=models, groups=groups)


async def cancelled(task: "asyncio.Task[object]") -> None:
    """Cancel, and wait until it has ended by that."""
    task.cancel()
    async with asyncio.timeout(5):
        await asyncio.wait({task})
    assert task.cancelled()


async def test_an_empty_budget_is_told_at_once_though_calls_without_a_price_are_under_way(
    server: FakeProviderServer,
) -> None:
    """They will give no money back, so there is nothing to wait for."""
    server.rules.append(Rule(fault=Fault.HANG, model="nobody-knows-it"))
    ledger = RecordingLedger(caps={"day": 10})
    async with open_desk(two_groups(server), ledger=ledger) as desk:
        writing = asyncio.create_task(desk.gateway.ask(extract_request(task="draft", brain="right"), context("item1")))
        await server.until(lambda stats: stats.in_flight == 1)
        async with asyncio.timeout(5):
            with pytest.raises(BudgetExceededError):
                await desk.gateway.ask(extract_request(), context("item2"))
        await cancelled(writing)


async def test_an_item_over_its_own_budget_does_not_wait_for_the_calls_of_others(server: FakeProviderServer) -> None:
    """Their money is not its money."""
    ledger = CountingLedger()
    async with open_desk(llm_settings({"m": model(server, OPENAI)}), ledger=ledger) as desk:
        await desk.gateway.ask(extract_request(), context("rich"))
        ledger.caps["item"] = (ledger.calls[0].reserved_micro or 0) + 1
        await desk.gateway.ask(extract_request("another text"), context("poor"))
        server.rules.append(Rule(fault=Fault.HANG, contains="held up"))
        waiting = asyncio.create_task(desk.gateway.ask(extract_request("held up"), context("other")))
        await server.until(lambda stats: stats.in_flight == 1)
        ledger.caps["item"] = 1
        async with asyncio.timeout(5):
            with pytest.raises(BudgetExceededError):
                await desk.gateway.ask(extract_request("one more"), context("poor"))
        await cancelled(waiting)


async def test_who_waits_for_money_neither_asks_all_the_time_nor_outlives_its_cancellation(
    server: FakeProviderServer,
) -> None:
    """Two wait for the one call that has all the money: each looks once, and goes at once when cancelled."""
    server.rules.append(Rule(fault=Fault.HANG))
    ledger = CountingLedger()
    async with open_desk(llm_settings({"m": model(server, OPENAI)}), ledger=ledger) as desk:
        rich = asyncio.create_task(desk.gateway.ask(extract_request(), context("item1")))
        await server.until(lambda stats: stats.in_flight == 1)
        ledger.caps["day"] = (ledger.calls[0].reserved_micro or 0) + 1
        poor = [asyncio.create_task(desk.gateway.ask(extract_request(), context(f"poor{n}"))) for n in range(2)]
        await until(lambda: ledger.tries >= 3)
        await asyncio.wait(poor, timeout=0.05)
        assert ledger.tries == 3
        for task in poor:
            await cancelled(task)
        await cancelled(rich)
    assert ledger.statuses() == ["unconfirmed"]


@pytest.mark.parametrize("fault", [BoardBusyError, BoardFullError])
async def test_an_answer_is_kept_when_the_board_is_away_for_a_while(
    server: FakeProviderServer, fault: type[BlackboardError]
) -> None:
    """It is given to the board again and again, and not asked for twice."""
    clock, ledger = InstantClock(), AwayLedger(fault(), fault(), fault())
    async with open_desk(llm_settings({"m": model(server, OPENAI)}), ledger=ledger, clock=clock) as desk:
        await desk.gateway.ask(extract_request(), context())
    assert clock.slept == [1, 2, 5]
    assert ledger.statuses() == ["ok"]
    assert len(server.stats.log) == 1


async def test_cancellation_passes_also_when_the_board_cannot_settle(server: FakeProviderServer) -> None:
    """Who cancels wants a cancelled task, not a fault of the board."""
    server.rules.append(Rule(fault=Fault.HANG))
    ledger = AwayLedger(BlackboardError("closed"))
    async with open_desk(llm_settings({"m": model(server, OPENAI)}), ledger=ledger) as desk:
        asking = asyncio.create_task(desk.gateway.ask(extract_request(), context()))
        await server.until(lambda stats: stats.in_flight == 1)
        await cancelled(asking)
        assert (desk.gate.in_flight, desk.gate.waiting) == (0, 0)
    assert ledger.statuses() == ["sent"]


async def test_a_stored_answer_that_is_none_any_more_is_asked_for_again(server: FakeProviderServer) -> None:
    """After an update of the program its own rules may be other ones; the item must not die of its old answer."""
    ledger = RecordingLedger()
    async with open_desk(llm_settings({"m": model(server, OPENAI)}), ledger=ledger) as desk:
        await desk.gateway.ask(extract_request(), context())
        ledger.settlements[1] = replace(ledger.settlements[1], answer='{"claims": "of an older kind"}')
        await desk.gateway.ask(extract_request(), context())
        await desk.gateway.ask(extract_request(), context())
    assert [settled.status for settled in ledger.settlements.values()] == [CallStatus.OK, CallStatus.OK]
    assert len(server.stats.log) == 2


async def test_a_turn_that_is_far_away_is_not_waited_for_in_place(server: FakeProviderServer) -> None:
    """The item goes back until its turn is near; no other endpoint does its work in a worse way meanwhile."""
    clock = InstantClock()
    models = {"m": model(server, OPENAI), "offline": ModelSettings(provider="offline")}
    tiers = [{"models": ("m",), "rpm_limit": 1}, {"models": ("offline",)}]
    async with open_desk(llm_settings(models, echelons=tiers), clock=clock) as desk:
        start = clock.now()
        await desk.gateway.ask(extract_request("one"), context("item1"))
        limit = desk.gateway._means.sender.rates["left.echelon1"]
        limit._passes.append(clock.monotonic() + 60)  # another call waits for the next turn
        with pytest.raises(RequestLimitError) as caught:
            await desk.gateway.ask(extract_request("two"), context("item2"))
        assert caught.value.until == start + 60
        assert desk.gateway.ready_at("extract") == start + 60
        clock.set(start + 60)
        assert desk.gateway.ready_at("extract") == 0
        await desk.gateway.ask(extract_request("two"), context("item2"))
    assert len(server.stats.log) == 2


async def test_an_empty_budget_lets_the_backlog_lie(server: FakeProviderServer) -> None:
    """What one item was refused is not tried by all others in turn: for a minute that task takes up nothing."""
    clock = InstantClock()
    ledger = RecordingLedger(caps={"day": 10})
    async with open_desk(two_groups(server), ledger=ledger, clock=clock) as desk:
        with pytest.raises(BudgetExceededError):
            await desk.gateway.ask(extract_request(), context())
        assert desk.gateway.ready_at("extract") == clock.now() + 60
        assert desk.gateway.ready_at("draft") == 0
        clock.set(clock.now() + 61)
        assert desk.gateway.ready_at("extract") == 0


async def test_a_queue_for_a_slot_that_is_too_long_puts_the_step_back_and_loses_no_slot(
    server: FakeProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In place, the queue would use up the time of the step, and the item would be buried for it."""
    monkeypatch.setattr("brains.llm.sending._LONGEST_WAIT_SECONDS", 0.1)
    server.latency = 0.4
    settings = llm_settings({"one": model(server, OPENAI)}, echelons=[{"models": ("one",), "concurrency_limit": 1}])
    async with open_desk(settings) as desk:
        asked = [desk.gateway.ask(extract_request(), context(f"item{n}")) for n in range(4)]
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in ended[1:]] == [RequestLimitError] * 3
        assert desk.gateway.ready_at("extract") <= desk.clock.now()
        assert desk.gateway.is_idle
        await desk.gateway.ask(extract_request(), context("item9"))
    assert desk.ledger.statuses() == ["ok", "ok"]


class UncountingProvider:
    """Answers, and does not say what the answer has used."""

    name = "openai"
    is_local = False

    async def complete(
        self, request: ModelRequest, *, model: str, timeout: float, stream: StreamSettings | None = None
    ) -> ProviderAnswer:
        return ProviderAnswer('{"language": "en", "gist": "said"}', Usage(), model)

    async def close(self) -> None:
        pass


async def test_the_cap_holds_at_a_server_that_counts_no_tokens(server: FakeProviderServer) -> None:
    """Each answer is booked with the most it can have cost, and the price says so; nothing is given back."""
    ledger = RecordingLedger(caps={"day": 25_000})
    async with open_desk(llm_settings({"m": model(server, OPENAI)}), ledger=ledger) as desk:
        endpoint = desk.gateway.endpoints["m"]
        booking = desk.gateway._means.sender._booking
        uncounted = replace(endpoint, provider=UncountingProvider())
        question = Question(extract_request(), context(), Echelon("left.echelon1", (uncounted,)), uncounted, "hash")
        ended = await asyncio.gather(*(booking.send(question) for _ in range(10)), return_exceptions=True)
        assert {type(one) for one in ended} == {Reply, BudgetExceededError}
    assert ledger.charged() == sum(call.reserved_micro or 0 for call in ledger.calls) <= 25_000
    price = ledger.settlements[1].price
    assert price is not None
    assert "not reported" in price["tokens"]


async def test_who_waits_long_for_money_that_others_go_on_to_spend_is_put_back(
    server: FakeProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long request finds room only when the short ones end; waiting for that in place would bury it."""
    monkeypatch.setattr("brains.llm.booking._LONGEST_WAIT_SECONDS", 0.2)
    server.latency = 0.05
    async with open_desk(
        llm_settings({"m": model(server, OPENAI)}), ledger=RecordingLedger(caps={"day": 40_000})
    ) as desk:

        async def ask_short_ones(name: str) -> None:
            for n in range(12):
                await desk.gateway.ask(extract_request(f"{name} {n}"), context(f"{name}{n}"))

        short = [asyncio.create_task(ask_short_ones(name)) for name in "ab"]
        await until(lambda: len(desk.ledger.calls) > 0)
        with pytest.raises(RequestLimitError):
            await desk.gateway.ask(extract_request("x" * 130_000), context("long"))
        await asyncio.gather(*short)
        assert desk.gateway.is_idle
