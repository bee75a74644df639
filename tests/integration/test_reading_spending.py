"""What is spent by minute and by scope, read beside a working board."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.spending import SpentMinute, spending, spent_by_minute
from daemon.blackboard.records import CallKind, CallStatus, Settlement, Usage
from tests.fakes.boards import Board, call, open_for_test
from tests.fakes.clock import ManualClock

NOON = 1_795_176_000.0
"""2026-11-20, 12:00 UTC."""


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home", clock=ManualClock(NOON))
    yield opened
    await opened.engine.close()


async def _spend(board: Board, item: str | None, *, cost: int | None, kind: CallKind = CallKind.CALL) -> None:
    call_id = await board.engine.begin_call(call(item, reserved=50, kind=kind), caps={})
    usage = Usage(input_tokens=100, output_tokens=20, cached_tokens=30)
    await board.engine.settle_call(call_id, Settlement(CallStatus.OK, usage=usage, cost_micro=cost))


async def test_minutes_sum_what_began_in_them(board: Board) -> None:
    """Cached tokens and batches do not count, an unknown price counts as nothing; quiet minutes are left out."""
    (item,) = await board.post("x")
    await _spend(board, item, cost=5)
    board.clock.set(NOON + 59.9)
    await _spend(board, None, cost=None)
    await _spend(board, item, cost=1000, kind=CallKind.BATCH)
    board.clock.set(NOON + 120)
    await _spend(board, item, cost=7)
    minutes = [SpentMinute(int(NOON), 180, 5), SpentMinute(int(NOON) + 120, 90, 7)]
    assert spent_by_minute(board.engine.path, since=NOON) == minutes
    assert spent_by_minute(board.engine.path, since=NOON + 60) == minutes[1:]


async def test_a_scope_is_what_is_spent_and_set_aside_in_its_period(board: Board) -> None:
    """Nothing was spent in a period that has no row."""
    (item,) = await board.post("x")
    await _spend(board, item, cost=5)
    await board.engine.begin_call(call(item, reserved=50), caps={})
    found = [
        spending(board.engine.path, scope=scope, period="2026-11-20") for scope in ("day", "brain:left", "brain:x")
    ]
    assert found == [55, 55, 0]
    assert spending(board.engine.path, scope="month", period="2026-11") == 55
    assert spending(board.engine.path, scope="day", period="2026-11-19") == 0


async def test_an_item_shows_how_its_calls_were_made_and_what_it_waits_for(board: Board) -> None:
    """Kind, time to the first token, what the cache saved, the batch."""
    await board.post("x")
    claim = await board.claim_one()
    hedge = await board.engine.begin_call(call(claim.item.id, reserved=50, kind=CallKind.HEDGE), caps={})
    how = Settlement(CallStatus.OK, cost_micro=5, first_token_ms=80, saved_micro=1500)
    await board.engine.settle_call(hedge, how)
    batched = await board.engine.begin_call(call(claim.item.id, reserved=50, kind=CallKind.BATCH), caps={})
    batch = await board.engine.open_batch(endpoint="m", call_ids=[batched])
    await board.engine.snooze(claim, until=NOON + 60, reason="r", waits_for="batch")
    document = BoardReader(board.engine.path).item(claim.item.id)
    names = ("kind", "status", "first_token_ms", "saved_usd", "batch_id", "reserved_usd")
    assert [tuple(one[name] for name in names) for one in document["calls"]] == [
        ("hedge", "ok", 80, 0.0015, None, 0.00005),
        ("batch", "batched", None, 0.0, batch, 0.00005),
    ]
    assert document["item"]["waits_for"] == "batch"
