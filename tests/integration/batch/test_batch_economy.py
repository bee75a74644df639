"""The batch economy on a real board, through the real SDKs."""

import asyncio
from pathlib import Path

import pytest

from daemon.blackboard.records import Usage
from daemon.core.errors import BatchPendingError, BudgetExceededError
from daemon.core.settings.models import BatchSettings, BudgetSettings
from tests.fakes.batch_bench import BATCHES, UNBOUND, BatchBench, open_bench
from tests.fakes.provider_batches import HANG, LOST, Conduct
from tests.fakes.provider_rules import Fault, Rule
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.waiting import until

NAMES = ("1", "2", "3")


async def test_low_urgency_goes_through_a_batch_at_half_the_price(desk: BatchBench) -> None:
    """Gathered, sent as one, polled, answered; the steps find their answers, and nothing is asked singly."""
    for name in NAMES:
        assert await desk.is_pending(name)
    await desk.later(BATCHES.collect - 1)
    assert desk.server.batches.asked["submit"] == 0
    await desk.later(1)
    assert desk.server.batches.asked["submit"] == 1
    assert await desk.is_pending("1")
    await desk.later()
    gists = [(await desk.ask(name)).gist for name in NAMES]
    assert all(gist.startswith(f"Story {name}x") for name, gist in zip(NAMES, gists, strict=True))
    assert desk.server.stats.log == []
    assert set(await desk.calls()) == {("ok", "batch")}
    await _require_half_price(desk)


async def _require_half_price(desk: BatchBench) -> None:
    """The same request asked singly costs twice as much, and a batched one shows its share in its price."""
    batched = await desk.calls("cost_micro, prompt_tokens, completion_tokens, json_extract(price, '$.batch')")
    given = desk.server.batches.tokens
    assert sum(row[1] for row in batched) == sum(tokens.prompt for tokens in given)
    assert sum(row[2] for row in batched) == sum(tokens.completion for tokens in given)
    assert {row[3] for row in batched} == {0.5}
    price = desk.endpoints["only"].price
    assert price is not None
    rows = await desk.calls("cost_micro, prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens")
    for cost, prompt, completion, cached, written in rows:
        full = price.cost(Usage(prompt, completion, cached, written), at=desk.board.clock.now())
        assert full is not None
        assert full.micro / 2 <= cost <= full.micro / 2 + 1
    item = desk.items["1"]
    assert (await desk.board.item(item, "cost_micro"))[0] == rows[0][0]


async def test_a_full_batch_does_not_wait(server: FakeProviderServer, home: Path) -> None:
    """`max_requests` are enough; the rest is gathered further."""
    batch = BatchSettings(enabled=True, collect=30.0, max_requests=2)
    async with await open_bench(home, server, "anthropic", batch=batch) as desk:
        for name in NAMES:
            assert await desk.is_pending(name)
        await desk.economy.attend()
        assert [len(batch.lines) for batch in server.batches.batches.values()] == [2]
        await desk.later(30)
        assert [len(batch.lines) for batch in server.batches.batches.values()] == [2, 1]


@pytest.mark.parametrize(("is_enabled", "urgency"), [(True, "normal"), (False, "low")])
async def test_other_work_goes_the_normal_way(
    server: FakeProviderServer, home: Path, *, is_enabled: bool, urgency: str
) -> None:
    """Neither what is urgent, nor anything while it is off."""
    async with await open_bench(home, server, "gemini", batch=BatchSettings(enabled=is_enabled)) as desk:
        await desk.ask("1", urgency=urgency)
        await desk.later(30)
        assert (len(server.stats.log), server.batches.asked.total()) == (1, 0)
        assert await desk.calls() == [("ok", "call")]


async def test_half_of_the_usual_is_set_aside(one: BatchBench) -> None:
    """The reservation of a batched call is half that of a single one, rounded up."""
    await one.is_pending("1")
    await one.ask("2", urgency="normal")
    (batched,), (single,) = await one.calls("reserved_micro")
    assert batched <= single / 2 + 20  # the two stories differ by a few bytes
    assert (await one.board.item(one.items["1"], "cost_micro"))[0] == batched


async def test_an_empty_budget_makes_low_urgency_wait_as_well(server: FakeProviderServer, home: Path) -> None:
    """Nothing is gathered for which there is no money; the refusal says until when."""
    async with await open_bench(home, server, "openai", budget=BudgetSettings(daily_usd=0.0001)) as desk:
        with pytest.raises(BudgetExceededError) as caught:
            await desk.ask("1")
        assert caught.value.until is not None
        assert await desk.calls() == []


async def test_an_item_without_money_is_decided_on_the_normal_way(server: FakeProviderServer, home: Path) -> None:
    """An item's own budget is no reason to wait: what the gateway does then, it does for batches too."""
    async with await open_bench(
        home, server, "openai", budget=UNBOUND.model_copy(update={"per_item_usd": 0.0001})
    ) as desk:
        with pytest.raises(BudgetExceededError) as caught:
            await desk.ask("1")
        assert caught.value.until is None


async def test_what_fails_within_a_batch_is_asked_for_singly(desk: BatchBench) -> None:
    """An error costs nothing, a wrong form is paid; both go the normal way after, the others have their answers."""
    desk.server.rules = [
        Rule(contains="Story 1x", fault=Fault.STATUS, status=500, times=1),
        Rule(contains="Story 2x", fault=Fault.WRONG_SHAPE, times=1),
    ]
    await desk.send(*NAMES)
    await desk.later()
    assert [row[0] for row in await desk.calls()] == ["error", "malformed", "ok"]
    costs = [row[0] for row in await desk.calls("cost_micro")]
    assert costs[0] == 0
    assert costs[1] > 0
    for name in NAMES:
        assert (await desk.ask(name)).gist.startswith(f"Story {name}x")
    assert len(desk.server.stats.log) == 2
    assert (await desk.calls())[3:] == [("ok", "call"), ("ok", "call")]


async def test_a_server_without_batches_is_asked_once(desk: BatchBench) -> None:
    """It is said once; what was gathered, and all that comes after, goes the normal way."""
    desk.server.batches.conduct = Conduct(refusal=404)
    await desk.send(*NAMES[:2])
    assert len(desk.told("batch_refused")) == 1
    for name in NAMES:
        await desk.ask(name)
    assert [row[0] for row in await desk.calls()] == ["error", "error", "ok", "ok", "ok"]
    await desk.later(30)
    assert desk.server.batches.asked.total() == 1
    assert len(desk.told("batch_refused")) == 1


async def test_a_sending_of_unknown_outcome_stays_charged(desk: BatchBench) -> None:
    """The provider may have it, so the money stays set aside, and the steps go on without."""
    desk.server.batches.fail("submit", LOST)
    await desk.send(*NAMES[:2])
    assert [row[0] for row in await desk.calls()] == ["unconfirmed", "unconfirmed"]
    assert (await desk.board.item(desk.items["1"], "cost_micro"))[0] > 0
    await desk.ask("1")
    assert (await desk.calls())[-1] == ("ok", "call")


async def test_a_sending_that_surely_failed_costs_nothing(desk: BatchBench) -> None:
    """Too many requests: the steps are asked for one by one."""
    desk.server.batches.fail("submit", 429)
    await desk.send("1")
    assert await desk.calls("status, cost_micro") == [("error", 0)]
    await desk.ask("1")
    assert await desk.is_pending("2"), "the interface itself is there"


async def test_an_outage_loses_no_batch(desk: BatchBench) -> None:
    """Polling fails for a while: it is tried ever more slowly, said once, and the answers are there after."""
    await desk.send(*NAMES)
    desk.server.batches.fail("look", 503, 503, 503)
    await desk.later()
    asked = desk.server.batches.asked["look"]
    await desk.later(1)
    assert desk.server.batches.asked["look"] == asked, "not before the backoff"
    for _ in range(4):
        await desk.later(600)
    assert len(desk.told("batch_delayed")) == 1
    for name in NAMES:
        await desk.ask(name)
    assert desk.server.stats.log == []


async def test_a_clock_that_was_ahead_delays_no_batch(one: BatchBench) -> None:
    """Neither while the process runs, nor when it was put right while none did."""
    await one.send("1")
    one.board.clock.set(one.board.clock.now() - 3 * 86_400)
    async with await one.crash() as again:
        await again.economy.attend()
        assert (await again.ask("1")).gist


async def test_an_open_breaker_only_delays(one: BatchBench) -> None:
    """A sick endpoint is not asked about batches either, and nothing is lost by that."""
    assert await one.is_pending("1")
    breaker = one.gateway.breakers["only"]
    breaker.restore({"state": "open", "reason": "sick", "next_probe_at": one.board.clock.now() + 50})
    await one.later(40)
    assert one.server.batches.asked.total() == 0
    await one.later(20)
    assert one.server.batches.asked["submit"] == 1
    breaker.restore({"state": "open", "reason": "sick", "next_probe_at": one.board.clock.now() + 70})
    await one.later(61)
    assert one.server.batches.asked["look"] == 0
    await one.later(60)
    await one.ask("1")
    assert one.server.stats.log == []


async def test_what_takes_too_long_is_cancelled_and_asked_for_singly(desk: BatchBench) -> None:
    """After `max_wait` the provider is told to end; what it had answered is taken, the rest goes the normal way."""
    desk.server.batches.conduct = Conduct(is_held=True, answers=1)
    await desk.send(*NAMES[:2])
    await desk.later(BATCHES.max_wait - 60)
    assert desk.server.batches.asked["cancel"] == 0
    await desk.later(61)
    assert desk.server.batches.asked["cancel"] == 1
    await desk.later()
    assert [row[0] for row in await desk.calls()] == ["ok", "error"]
    for name in NAMES[:2]:
        await desk.ask(name)
    assert len(desk.server.stats.log) == 1
    assert desk.server.batches.asked["cancel"] == 1


async def test_a_step_waits_no_longer_than_max_wait(one: BatchBench) -> None:
    """Also when the provider neither ends the batch nor takes the cancelling: then it is asked the normal way."""
    one.server.batches.conduct = Conduct(is_held=True)
    await one.send("1")
    with pytest.raises(BatchPendingError) as caught:
        await one.ask("1")
    until_at = caught.value.until or 0.0
    assert until_at == one.board.clock.now() + BATCHES.max_wait
    one.server.batches.fail("cancel", 500, 500)
    one.server.batches.fail("look", 500, 500)
    await one.later(BATCHES.max_wait)
    await one.ask("1")
    assert (await one.calls())[-1] == ("ok", "call")
    one.server.batches.conduct = Conduct()
    for _ in range(3):
        await one.later(900)
    assert await one.calls() == [("ok", "batch"), ("ok", "call")], "a late answer is booked all the same"


async def test_what_was_not_sent_in_time_is_in_no_batch_any_more(one: BatchBench) -> None:
    """An endpoint that is away for longer than `max_wait`: the step goes on, and its request is not sent after."""
    assert await one.is_pending("1")
    breaker = one.gateway.breakers["only"]
    breaker.restore({"state": "open", "reason": "sick", "next_probe_at": one.board.clock.now() + 60})
    one.board.clock.set(one.board.clock.now() + BATCHES.max_wait)
    await one.ask("1")
    await one.later(60)
    assert one.server.batches.asked.total() == 0
    assert await one.calls("status, kind, cost_micro > 0") == [("error", "batch", 0), ("ok", "call", 1)]


async def test_a_batch_the_provider_has_forgotten_stays_charged(desk: BatchBench) -> None:
    """Nobody can tell what became of it, and it is said."""
    await desk.send("1")
    desk.server.batches.gone()
    await desk.later()
    assert await desk.calls() == [("unconfirmed", "batch")]
    assert len(desk.told("batch_lost")) == 1
    await desk.ask("1")


@pytest.mark.parametrize("ends_as", ["expired", "failed"])
async def test_a_batch_that_ends_badly_is_made_up_for(desk: BatchBench, ends_as: str) -> None:
    """Expired or failed as a whole: what was answered is kept, the rest costs nothing and goes the normal way."""
    desk.server.batches.conduct = Conduct(ends_as=ends_as, answers=1)
    await desk.send(*NAMES)
    await desk.later()
    answered = 1 if ends_as == "expired" else 0
    assert [row[0] for row in await desk.calls()].count("ok") == answered
    assert all(cost == 0 for status, cost in await desk.calls("status, cost_micro") if status == "error")
    for name in NAMES:
        await desk.ask(name)
    assert len(desk.server.stats.log) == len(NAMES) - answered


async def test_an_answer_of_the_wrong_form_is_not_batched_again(one: BatchBench) -> None:
    """Once is enough: also a later process asks for it the normal way."""
    one.server.rules = [Rule(fault=Fault.BAD_JSON, times=1)]
    await one.send("1")
    await one.later()
    async with await one.crash() as following:
        await following.ask("1")
        assert [row[0] for row in await following.calls()] == ["malformed", "ok"]
    assert one.server.batches.asked["submit"] == 1


async def test_the_service_does_all_of_it_by_itself(desk: BatchBench) -> None:
    """`run` gathers, sends and polls as time passes, and takes in new requests while it does."""
    service = asyncio.create_task(desk.economy.run())
    await asyncio.sleep(0)
    for name in NAMES:
        assert await desk.is_pending(name)
    while not desk.told("batch_settled"):
        await desk.board.clock.advance(10)
        await asyncio.sleep(0.01)  # the provider is asked over a real connection
    for name in NAMES:
        await desk.ask(name)
    assert desk.server.batches.asked["submit"] == 1
    service.cancel()
    await asyncio.gather(service, return_exceptions=True)


async def test_a_stop_while_a_batch_is_being_sent_waits_a_moment_for_it(one: BatchBench) -> None:
    """The provider takes it just then: its id is kept, and nothing has to stay unconfirmed."""
    async with one.gate, one.gate, one.gate:
        assert await one.is_pending("1")
        one.board.clock.set(one.board.clock.now() + BATCHES.collect)
        service = asyncio.create_task(one.economy.run())
        await until(lambda: one.gate.waiting == 1)
        service.cancel()
    await asyncio.gather(service, return_exceptions=True)
    assert one.server.batches.asked["submit"] == 1
    assert await one.board.rows("SELECT status, vendor_id FROM batches") == [("sent", "batch_1")]


async def test_a_hanging_look_keeps_no_request_waiting(server: FakeProviderServer, home: Path) -> None:
    """Requests are taken in while the provider does not answer."""
    async with await open_bench(home, server, "openai") as desk:
        await desk.send("1")
        server.batches.fail("look", HANG)
        service = asyncio.create_task(desk.economy.run())
        desk.board.clock.set(desk.board.clock.now() + 61)
        await until(lambda: server.batches.asked["look"] == 1)
        assert await desk.is_pending("2")
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)
