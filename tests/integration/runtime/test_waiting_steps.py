"""What a step waits for stands on the board, and what ends the wait lets it go on."""

import pytest

from brains.base import Advanced, Outcome
from brains.llm.base import CallContext
from daemon.blackboard.budgets import with_cap, write_override
from daemon.blackboard.records import CallKind, CallStatus, Claim, NewSource, Observation, Settlement
from daemon.core.errors import (
    BatchPendingError,
    BreakerOpenError,
    BudgetExceededError,
    BurnRateError,
    RequestLimitError,
    RetryTokensError,
    WaitError,
)
from daemon.core.settings.models import BudgetSettings
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.boards import call
from tests.fakes.parts import ScriptedBrain
from tests.fakes.runtime_bench import Bench

LATER = 5000.0


class PayingBrain:
    """Books a call for each step, and keeps what it was told of its item."""

    def __init__(self, ledger: BoardLedger) -> None:
        self._ledger = ledger
        self.contexts: list[CallContext] = []

    async def run(self, claim: Claim, context: CallContext) -> Outcome:
        self.contexts.append(context)
        call_id = await self._ledger.begin_call(call(claim.item.id, reserved=100))
        await self._ledger.settle_call(call_id, Settlement(CallStatus.OK, cost_micro=100, answer="{}"))
        return Advanced()


@pytest.mark.parametrize(
    ("kind", "waits_for"),
    [
        (BudgetExceededError, "budget"),
        (BurnRateError, "burn"),
        (BreakerOpenError, "breaker"),
        (RetryTokensError, "breaker"),
        (RequestLimitError, "turn"),
    ],
)
async def test_a_step_that_waits_says_what_for(bench: Bench, kind: type[WaitError], waits_for: str) -> None:
    """Waking that kind, and no other, lets it be claimed."""
    (item_id,) = await bench.post()

    def refuse(_: Claim) -> Outcome:
        raise kind("not now", until=bench.clock.now() + LATER)

    await bench.steps(ScriptedBrain(refuse)).run(await bench.claim())
    item = bench.reader.item(item_id)["item"]
    assert (item["waits_for"], item["error"], item["attempts"]) == (waits_for, "not now", 0)
    assert await bench.engine.wake(waits_for="something else") == 0
    assert await bench.engine.wake(waits_for=waits_for) == 1
    assert (await bench.claim()).item.id == item_id


async def test_a_step_that_waits_for_its_batch_goes_on_when_that_ends(bench: Bench) -> None:
    """Its call is in the batch; until the end it is not claimed."""
    (item_id,) = await bench.post()

    def batched(_: Claim) -> Outcome:
        raise BatchPendingError("in a batch", until=bench.clock.now() + LATER)

    claim = await bench.claim()
    call_id = await bench.engine.begin_call(call(item_id, kind=CallKind.BATCH), caps={})
    batch = await bench.engine.open_batch(endpoint="m", call_ids=[call_id])
    await bench.steps(ScriptedBrain(batched)).run(claim)
    assert bench.reader.item(item_id)["item"]["waits_for"] == "batch"
    assert await bench.engine.end_batch(batch) == [item_id]
    assert (await bench.claim()).item.id == item_id


async def test_work_that_waits_for_money_goes_on_when_a_person_gives_more(bench: Bench) -> None:
    """One step is paid, the other waits until midnight; the cap is raised, and it goes on at once."""
    budget = BudgetSettings(daily_usd=0.0001, monthly_usd=None, per_item_usd=None)
    ledger = BoardLedger(engine=bench.engine, budget=budget, now=bench.clock.now)
    steps = bench.steps(PayingBrain(ledger))
    await bench.post(1)
    await steps.run(await bench.claim())
    await steps.run(await bench.claim())
    ((item_id, state),) = [(one["id"], one["state"]) for one in bench.reader.items()]
    assert (state, bench.reader.item(item_id)["item"]["waits_for"]) == ("DRAFTING", "budget")
    assert [event.data["scope"] for event in bench.events if event.type == "budget_exhausted"] == ["day"]
    override = with_cap({}, scope="day", usd=0.0002, at=bench.clock.now())
    await bench.engine.set_control("budget", write_override(override), by="person")
    ledger.override(await bench.engine.get_control("budget"))
    assert await bench.engine.wake(waits_for="budget") == 1
    await steps.run(await bench.claim())
    assert bench.reader.item(item_id)["item"]["state"] == "REVIEWING"


async def test_a_brain_knows_whether_its_item_is_urgent(bench: Bench) -> None:
    """From the source of the item."""
    source = await bench.engine.add_source(
        NewSource("rss", "https://a.example", settings={"vip": True, "urgency": "low"}), by="t"
    )
    await bench.engine.post([Observation("t", "text")], source_id=source.id, by="sensor")
    brain = PayingBrain(BoardLedger(engine=bench.engine, budget=BudgetSettings()))
    await bench.steps(brain).run(await bench.claim())
    assert [(one.is_vip, one.urgency) for one in brain.contexts] == [(True, "low")]
