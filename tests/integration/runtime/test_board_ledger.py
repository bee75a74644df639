"""The gateway's ledger on a real board: whose caps hold, and what is told of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.records import CallKind, CallStatus, Settlement
from daemon.core.errors import BudgetExceededError
from daemon.core.settings.models import BudgetSettings
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.boards import Board, call, open_for_test
from tests.fakes.clock import ManualClock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC).timestamp()
RAISED = '{"day": {"usd": 0.0002, "period": "2026-11-20"}}'


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home", clock=ManualClock(NOON))
    yield opened
    await opened.engine.close()


def ledger(board: Board, **caps: Any) -> BoardLedger:
    """With caps in dollars; unbounded where nothing is said."""
    bounds = {"daily_usd": None, "monthly_usd": None, "per_item_usd": None} | caps
    return BoardLedger(engine=board.engine, budget=BudgetSettings(**bounds), now=board.clock.now)


def told(board: Board) -> list[Any]:
    return [event.data for event in board.told if event.type == "budget_exhausted"]


async def spend(book: BoardLedger, item: str | None, micro: int, **more: Any) -> None:
    """A call that costs as much as it set aside."""
    call_id = await book.begin_call(call(item, reserved=micro, **more))
    await book.settle_call(call_id, Settlement(CallStatus.OK, cost_micro=micro, answer="{}"))


async def refused(book: BoardLedger, item: str | None, micro: int, **more: Any) -> BudgetExceededError:
    with pytest.raises(BudgetExceededError) as caught:
        await book.begin_call(call(item, reserved=micro, **more))
    return caught.value


async def test_a_brain_has_a_day_of_its_own(board: Board) -> None:
    """The other brain goes on; the sentence names the setting."""
    (item,) = await board.post("x")
    book = ledger(board, per_brain_daily_usd={"left": 0.0001})
    await spend(book, item, 100)
    error = await refused(book, item, 1)
    assert "the left brain's budget of $0.0001 (budget.per_brain_daily_usd.left) leaves $0.0000" in str(error)
    assert error.until == MIDNIGHT
    await spend(book, item, 100, brain="right")


async def test_a_call_without_an_item_meets_every_cap_but_an_items(board: Board) -> None:
    """Embeddings of the memory are charged to their brain, the day and the month."""
    book = ledger(board, per_item_usd=0, daily_usd=0.0003, per_brain_daily_usd={"memory": 0.0001})
    await spend(book, None, 100, brain="memory")
    assert dict(await board.rows("SELECT scope, charged_micro FROM spending")) == {
        "brain:memory": 100,
        "day": 100,
        "month": 100,
    }
    assert "memory brain's" in str(await refused(book, None, 1, brain="memory"))
    assert "day's" in str(await refused(book, None, 201, brain="sensor"))


async def test_a_person_raises_the_day_until_it_is_over(board: Board) -> None:
    """From the next call on; tomorrow the configured cap holds again, and so it does when it is taken back."""
    (item,) = await board.post("x")
    book = ledger(board, daily_usd=0.0001)
    await spend(book, item, 100)
    await refused(book, item, 1)
    book.override(RAISED)
    assert book.caps() == {"day": 200}
    await spend(book, item, 100)
    await refused(book, item, 1)
    board.clock.set(MIDNIGHT)
    assert book.caps() == {"day": 100}
    await spend(book, item, 100)
    board.clock.set(NOON)
    book.override(None)
    assert book.caps() == {"day": 100}


async def test_a_used_up_budget_is_told_once(board: Board) -> None:
    """Not for each item, and not again by a new process; anew when the day turns or the cap is another."""
    first, second = await board.post("x", "y")
    book = ledger(board, daily_usd=0.0001)
    await spend(book, first, 90)
    for item in (first, second, first):
        await refused(book, item, 20)
    await refused(ledger(board, daily_usd=0.0001), second, 20)
    fact = {"scope": "day", "period": "2026-11-20", "cap_micro": 100, "charged_micro": 90, "until": MIDNIGHT}
    assert told(board) == [fact]
    book.override(RAISED)
    await refused(book, first, 120)
    board.clock.set(MIDNIGHT)
    await spend(book, first, 90)
    await refused(book, first, 20)
    assert [(one["period"], one["cap_micro"]) for one in told(board)] == [
        ("2026-11-20", 100),
        ("2026-11-20", 200),
        ("2026-11-21", 100),
    ]


@pytest.mark.parametrize("text", ["no JSON", "7", '[7, "day", "day 2026-11-19 100"]'])
async def test_whatever_stands_where_the_told_ones_are_kept_it_is_told(board: Board, text: str) -> None:
    """The refusal is the same."""
    await board.engine.write_vital("budget_told", text)
    await refused(ledger(board, daily_usd=0.0001), None, 101)
    assert len(told(board)) == 1
    assert await board.engine.get_control("budget_told") == '["day 2026-11-20 100"]'


async def test_each_scope_is_told_of_by_itself(board: Board) -> None:
    """The brain's day, then the day."""
    (item,) = await board.post("x")
    book = ledger(board, daily_usd=0.0002, per_brain_daily_usd={"left": 0.0001})
    await spend(book, item, 100)
    await refused(book, item, 1)
    await spend(book, item, 100, brain="right")
    await refused(book, item, 1, brain="right")
    assert [one["scope"] for one in told(board)] == ["brain:left", "day"]


async def test_what_calls_under_way_may_give_back_is_not_used_up(board: Board) -> None:
    """A refusal is told only when there is no room even with everything back; a batch gives nothing back soon."""
    (item,) = await board.post("x")
    book = ledger(board, daily_usd=0.0001)
    under_way = await book.begin_call(call(item, reserved=90))
    await refused(book, item, 20)
    assert told(board) == []
    await book.settle_call(under_way, Settlement(CallStatus.OK, cost_micro=1, answer="{}"))
    await book.begin_call(call(item, reserved=90, kind=CallKind.BATCH))
    await refused(book, item, 20)
    assert [one["charged_micro"] for one in told(board)] == [91]


async def test_an_items_own_budget_is_not_told(board: Board) -> None:
    """It is buried with the sentence, for a person to see."""
    (item,) = await board.post("x")
    book = ledger(board, per_item_usd=0.0001)
    assert (await refused(book, item, 101)).until is None
    assert told(board) == []


async def test_the_ledger_takes_a_batch_from_its_opening_to_its_end(board: Board) -> None:
    """The gateway and the batches use one ledger."""
    (item,) = await board.post("x")
    book = ledger(board, daily_usd=0.0001)
    call_id = await book.begin_call(call(item, reserved=60, kind=CallKind.BATCH))
    assert await book.find_batched(item_id=item, request_hash="h") == call_id
    batch = await book.open_batch(endpoint="quick", call_ids=[call_id])
    await book.batch_sent(batch, vendor_id="v", next_poll_at=NOON + 60)
    await book.batch_polled(batch, next_poll_at=NOON + 120)
    assert [one.next_poll_at for one in await book.open_batches()] == [NOON + 120]
    assert await book.end_batch(batch) == [item]
    assert await book.was_batched(item_id=item, request_hash="h")
    assert await book.recover_batches() == 0
