"""Money and answers."""

import asyncio
from datetime import UTC, datetime

import pytest

from daemon.blackboard.records import CallKind, CallStatus, Settlement, Usage
from daemon.core.errors import BudgetExceededError, NotFoundError, Shortage
from tests.fakes.boards import Board, call

NOON = datetime(2026, 12, 31, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC).timestamp()


async def _spent(board: Board) -> dict[str, int]:
    return dict(await board.rows("SELECT scope || ' ' || period, charged_micro FROM spending"))


async def test_a_reservation_is_charged_at_once_and_replaced_by_the_cost(board: Board) -> None:
    """Item, brain, day and month agree at any moment."""
    board.clock.set(NOON)
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item, reserved=100), caps={})
    assert await _spent(board) == {"brain:left 2026-12-31": 100, "day 2026-12-31": 100, "month 2026-12": 100}
    assert await board.item(item, "cost_micro") == (100,)
    await board.engine.settle_call(call_id, Settlement(CallStatus.OK, cost_micro=40, answer="{}"))
    assert await _spent(board) == {"brain:left 2026-12-31": 40, "day 2026-12-31": 40, "month 2026-12": 40}
    assert await board.item(item, "cost_micro") == (40,)


async def test_a_cost_belongs_to_the_day_its_call_began(board: Board) -> None:
    """Settling after midnight moves nothing into the new day."""
    board.clock.set(MIDNIGHT - 1)
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item, reserved=100), caps={})
    board.clock.set(MIDNIGHT + 1)
    await board.engine.settle_call(call_id, Settlement(CallStatus.OK, cost_micro=40))
    assert await _spent(board) == {"brain:left 2026-12-31": 40, "day 2026-12-31": 40, "month 2026-12": 40}


@pytest.mark.parametrize(
    ("scope", "until"), [("brain", MIDNIGHT), ("day", MIDNIGHT), ("month", MIDNIGHT), ("item", None)]
)
async def test_a_cap_refuses_what_would_go_over_it_and_enters_nothing(
    board: Board, scope: str, until: float | None
) -> None:
    """Exactly the cap is allowed; `until` is the start of the next period."""
    board.clock.set(NOON)
    (item,) = await board.post("x")
    await board.engine.begin_call(call(item, reserved=60), caps={scope: 100})
    await board.engine.begin_call(call(item, reserved=40), caps={scope: 100})
    with pytest.raises(BudgetExceededError, match=f"{scope}'s budget") as caught:
        await board.engine.begin_call(call(item, reserved=1), caps={scope: 100})
    assert caught.value.until == until
    assert await board.rows("SELECT count(*) FROM calls") == [(2,)]


async def test_the_items_cap_is_its_own(board: Board) -> None:
    """Another item has its full share."""
    first, second = await board.post("x", "y")
    await board.engine.begin_call(call(first, reserved=100), caps={"item": 100})
    assert await board.engine.begin_call(call(second, reserved=100), caps={"item": 100})


async def test_a_persons_retry_gives_the_item_a_budget_of_its_own_again(board: Board) -> None:
    """What its lost calls keep charged does not bury it anew; the day's cap holds all the same."""
    item = await board.bury_one()
    await board.engine.begin_call(call(item, reserved=100), caps={"item": 100})
    with pytest.raises(BudgetExceededError):
        await board.engine.begin_call(call(item, reserved=1), caps={"item": 100})
    await board.engine.revive(by="p")
    assert await board.engine.begin_call(call(item, reserved=100), caps={"item": 100})
    with pytest.raises(BudgetExceededError):
        await board.engine.begin_call(call(item, reserved=1), caps={"item": 100})
    with pytest.raises(BudgetExceededError):
        await board.engine.begin_call(call(item, reserved=1), caps={"day": 200})


async def test_a_thousand_calls_at_once_never_go_over_the_cap(board: Board) -> None:
    """Overshoot 0, and the whole cap is used."""
    (item,) = await board.post("x")
    begun = await asyncio.gather(
        *(board.engine.begin_call(call(item, reserved=7), caps={"day": 1000}) for _ in range(1000)),
        return_exceptions=True,
    )
    granted = [one for one in begun if isinstance(one, int)]
    assert len(granted) == 1000 // 7
    assert all(isinstance(one, int | BudgetExceededError) for one in begun)
    for call_id in granted:
        await board.engine.settle_call(call_id, Settlement(CallStatus.ERROR, cost_micro=0))
    assert await board.engine.begin_call(call(item, reserved=1000), caps={"day": 1000})


async def test_a_storm_of_unknown_outcomes_cannot_pass_the_cap(board: Board) -> None:
    """A thousand calls, none of them answered: each that was let through stays charged, so the cap is the end."""
    items = await board.post(*(f"n{number}" for number in range(1000)))

    async def lose(item: str) -> bool:
        try:
            call_id = await board.engine.begin_call(call(item, reserved=7), caps={"day": 350})
        except BudgetExceededError:
            return False
        await board.engine.settle_call(call_id, Settlement(CallStatus.UNCONFIRMED, error="timeout"))
        return True

    lost = [await asyncio.gather(*map(lose, items)) for _ in range(2)]
    assert [sum(wave) for wave in lost] == [50, 0]
    assert set((await _spent(board)).values()) == {350}


async def test_a_refusal_says_what_is_short(board: Board) -> None:
    """For those who tell it: the scope with its period, and what calls under way may give back."""
    board.clock.set(NOON)
    (item,) = await board.post("x")
    await board.engine.begin_call(call(item, reserved=60), caps={})
    await board.engine.begin_call(call(item, reserved=30, brain="right"), caps={})
    with pytest.raises(BudgetExceededError) as caught:
        await board.engine.begin_call(call(item, reserved=20), caps={"day": 100})
    assert caught.value.shortage == Shortage("day", "2026-12-31", 100, 90, 20, 90)
    assert not caught.value.shortage.is_for_good
    with pytest.raises(BudgetExceededError) as caught:
        await board.engine.begin_call(call(item, reserved=71), caps={"brain": 70})
    assert caught.value.shortage == Shortage("brain:left", "2026-12-31", 70, 60, 71, 60)
    assert caught.value.shortage.is_for_good


async def test_a_call_without_an_item_is_charged_to_its_brain_and_the_periods(board: Board) -> None:
    """It meets no cap of an item, and a crash leaves it unconfirmed like any other."""
    board.clock.set(NOON)
    call_id = await board.engine.begin_call(call(None, reserved=50, brain="memory"), caps={"item": 0, "brain": 50})
    await board.engine.settle_call(call_id, Settlement(CallStatus.OK, cost_micro=20))
    await board.engine.begin_call(call(None, reserved=5, brain="sensor"), caps={})
    assert await _spent(board) == {
        "brain:memory 2026-12-31": 20,
        "brain:sensor 2026-12-31": 5,
        "day 2026-12-31": 25,
        "month 2026-12": 25,
    }
    after = await board.crash()
    try:
        assert await after.rows("SELECT item_id, status FROM calls") == [(None, "ok"), (None, "unconfirmed")]
    finally:
        await after.engine.close()


@pytest.mark.parametrize("kind", [CallKind.CALL, CallKind.REPAIR, CallKind.HEDGE])
async def test_why_a_call_was_made_and_how_its_stream_began_are_kept(board: Board, kind: CallKind) -> None:
    """Also what the cache saved, and where the price is from."""
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item, kind=kind), caps={})
    price = {"source": "configuration", "input_mtok": 1.0}
    how = Settlement(CallStatus.OK, cost_micro=5, price=price, first_token_ms=120, saved_micro=-3)
    await board.engine.settle_call(call_id, how)
    columns = "kind, status, first_token_ms, saved_micro, price_source, batch_id"
    assert await board.rows(f"SELECT {columns} FROM calls") == [(kind, "ok", 120, -3, "configuration", None)]


@pytest.mark.parametrize(
    ("status", "cost", "charged"),
    [
        (CallStatus.ERROR, 0, 0),
        (CallStatus.MALFORMED, 30, 30),
        (CallStatus.UNCONFIRMED, None, 100),
        (CallStatus.OK, None, 0),
    ],
)
async def test_what_stays_charged(board: Board, status: CallStatus, cost: int | None, charged: int) -> None:
    """A known zero releases; an unknown outcome keeps the reservation."""
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item, reserved=100), caps={})
    await board.engine.settle_call(call_id, Settlement(status, cost_micro=cost))
    assert await board.item(item, "cost_micro") == (charged,)
    assert set((await _spent(board)).values()) == {charged}


async def test_an_unknown_price_costs_nothing_and_says_so(board: Board) -> None:
    """cost_micro stays empty, tokens are counted."""
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item), caps={"day": 0, "item": 0})
    usage = Usage(input_tokens=10, output_tokens=5, cached_tokens=3, cache_write_tokens=2, reasoning_tokens=1)
    await board.engine.settle_call(call_id, Settlement(CallStatus.OK, usage=usage))
    columns = "prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost_micro"
    assert await board.rows(f"SELECT {columns} FROM calls") == [(10, 5, 3, 2, 1, None)]


async def test_settling_twice_changes_nothing(board: Board) -> None:
    """The first settlement stands."""
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item, reserved=100), caps={})
    await board.engine.settle_call(call_id, Settlement(CallStatus.OK, cost_micro=40, answer="a"))
    await board.engine.settle_call(call_id, Settlement(CallStatus.ERROR, cost_micro=0))
    assert await board.rows("SELECT status, cost_micro, answer FROM calls") == [("ok", 40, "a")]
    assert await board.item(item, "cost_micro") == (40,)


async def test_a_stored_answer_is_found_by_item_and_hash(board: Board) -> None:
    """Only a good one, the newest, of the same item."""
    item, other = await board.post("x", "y")
    for status, answer in [(CallStatus.OK, "old"), (CallStatus.OK, "new"), (CallStatus.MALFORMED, "bad")]:
        call_id = await board.engine.begin_call(call(item), caps={})
        await board.engine.settle_call(
            call_id, Settlement(status, usage=Usage(7, 3), cost_micro=5, answer=answer, price={"input": 1})
        )
    found = await board.engine.find_answer(item_id=item, request_hash="h")
    assert found is not None
    assert (found.answer, found.usage, found.cost_micro, found.provider) == ("new", Usage(7, 3), 5, "fake")
    assert await board.engine.find_answer(item_id=item, request_hash="other") is None
    assert await board.engine.find_answer(item_id=other, request_hash="h") is None


async def test_a_probe_of_unknown_outcome_is_not_the_items(board: Board) -> None:
    """It stays charged to the day, the month and the brain, and an outage does not use up an item's own budget."""
    board.clock.set(NOON)
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item, reserved=100), caps={"item": 100})
    await board.engine.settle_call(call_id, Settlement(CallStatus.UNCONFIRMED, spares_item=True))
    assert await _spent(board) == {"brain:left 2026-12-31": 100, "day 2026-12-31": 100, "month 2026-12": 100}
    assert await board.item(item, "cost_micro") == (0,)
    await board.engine.begin_call(call(item, reserved=100), caps={"item": 100})


async def test_calls_left_by_a_crash_are_unconfirmed_and_stay_charged(board: Board) -> None:
    """Each has its event; the reservation counts against the cap."""
    (item,) = await board.post("x")
    sent = await board.engine.begin_call(call(item, reserved=100), caps={})
    done = await board.engine.begin_call(call(item, reserved=10), caps={})
    await board.engine.settle_call(done, Settlement(CallStatus.OK, cost_micro=5))
    after = await board.crash()
    try:
        assert await after.rows("SELECT id, status FROM calls ORDER BY id") == [(sent, "unconfirmed"), (done, "ok")]
        assert "call_unconfirmed" in await after.events(item)
        with pytest.raises(BudgetExceededError):
            await after.engine.begin_call(call(item, reserved=1), caps={"day": 105})
        assert await after.engine.begin_call(call(item, reserved=1), caps={"day": 106})
    finally:
        await after.engine.close()


async def test_what_is_not_there_is_an_error(board: Board) -> None:
    """Unknown item, unknown call."""
    with pytest.raises(NotFoundError, match="no item"):
        await board.engine.begin_call(call("nope"), caps={})
    with pytest.raises(NotFoundError, match="no call 7"):
        await board.engine.settle_call(7, Settlement(CallStatus.OK))


async def test_an_answer_with_half_a_character_is_kept_and_its_money_settled(board: Board) -> None:
    """Text that no database takes must not leave a paid call open."""
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item, reserved=100), caps={})
    cut_off = Settlement(CallStatus.MALFORMED, cost_micro=40, answer='{"t": "\ud83d"}', error="bad \ud83d")
    await board.engine.settle_call(call_id, cut_off)
    assert await board.rows("SELECT status, answer, error FROM calls") == [
        ("malformed", '{"t": "\ufffd"}', "bad \ufffd")
    ]
    assert await board.item(item, "cost_micro") == (40,)


async def test_every_end_of_a_call_is_told_with_its_figures(board: Board) -> None:
    """What metrics and live views count is in the event, written with the change."""
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item, reserved=100), caps={})
    usage = Usage(input_tokens=30, output_tokens=7, cached_tokens=4)
    settled = Settlement(CallStatus.OK, usage=usage, cost_micro=40, latency_ms=900, first_token_ms=120)
    await board.engine.settle_call(call_id, settled)
    await board.engine.settle_call(call_id, settled)
    (told,) = [event.data for event in board.told if event.type == "call_settled"]
    assert told["call_id"] == call_id
    assert (told["prompt_tokens"], told["completion_tokens"], told["cached_tokens"]) == (30, 7, 4)
    assert (told["cost_usd"], told["latency_ms"], told["first_token_ms"]) == (0.00004, 900, 120)
    assert (told["status"], told["fault"], told["brain"]) == ("ok", None, "left")


async def test_the_event_of_a_failed_call_names_the_kind_of_its_error(board: Board) -> None:
    (item,) = await board.post("x")
    call_id = await board.engine.begin_call(call(item, reserved=100), caps={})
    lost = Settlement(CallStatus.UNCONFIRMED, error="CallTimeoutError: 60 s", fault="CallTimeoutError")
    await board.engine.settle_call(call_id, lost)
    (told,) = [event.data for event in board.told if event.type == "call_settled"]
    assert (told["status"], told["fault"], told["cost_usd"]) == ("unconfirmed", "CallTimeoutError", None)
