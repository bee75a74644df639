"""Calls that wait in a provider's batch, over restarts too."""

import pytest

from daemon.blackboard.batches import Batch, BatchedCall
from daemon.blackboard.records import CallKind, CallStatus, Settlement, Usage
from daemon.core.errors import BudgetExceededError, NotFoundError, WrongStateError
from tests.fakes.boards import Board, call


async def _begin(board: Board, item: str, *, request_hash: str = "h", reserved: int = 100) -> int:
    """A call that waits for its batch."""
    batched = call(item, request_hash=request_hash, reserved=reserved, kind=CallKind.BATCH)
    return await board.engine.begin_call(batched, caps={})


async def _sent(board: Board, *items: str) -> tuple[int, list[int]]:
    """A batch that the provider has, with a call of each item."""
    calls = [await _begin(board, item) for item in items]
    batch = await board.engine.open_batch(endpoint="quick", call_ids=calls)
    await board.engine.batch_sent(batch, vendor_id="msgbatch_1", next_poll_at=board.clock.now() + 60)
    return batch, calls


async def _charged(board: Board) -> int:
    ((charged,),) = await board.rows("SELECT coalesce(sum(charged_micro), 0) FROM spending WHERE scope = 'day'")
    return int(charged)


def _told(board: Board, type_: str) -> list[object]:
    return [event.data for event in board.told if event.type == type_]


async def test_a_batched_call_keeps_its_money_set_aside(board: Board) -> None:
    """It is BATCHED, is found by its request, and counts against the cap."""
    item, other = await board.post("x", "y")
    waiting = await _begin(board, item)
    assert await board.rows("SELECT status, kind FROM calls") == [("batched", "batch")]
    assert await board.engine.find_batched(item_id=item, request_hash="h") == waiting
    assert await board.engine.find_batched(item_id=other, request_hash="h") is None
    assert await board.engine.find_batched(item_id=item, request_hash="g") is None
    with pytest.raises(BudgetExceededError):
        await board.engine.begin_call(call(other, reserved=1), caps={"day": 100})


@pytest.mark.parametrize(
    ("status", "cost", "charged"),
    [
        (CallStatus.OK, 30, 30),
        (CallStatus.ERROR, 0, 0),
        (CallStatus.MALFORMED, 40, 40),
        (CallStatus.UNCONFIRMED, None, 100),
    ],
)
async def test_a_batched_call_is_settled_like_any_other(
    board: Board, status: CallStatus, cost: int | None, charged: int
) -> None:
    """Once; a second word changes nothing."""
    (item,) = await board.post("x")
    waiting = await _begin(board, item)
    await board.engine.settle_call(waiting, Settlement(status, cost_micro=cost))
    await board.engine.settle_call(waiting, Settlement(CallStatus.OK, cost_micro=1))
    assert await board.rows("SELECT status FROM calls") == [(status,)]
    assert await _charged(board) == charged


async def test_a_batch_opens_is_sent_polled_and_answered(board: Board) -> None:
    """Each answered call is charged what it cost; the batch is open until its end."""
    first, second = await board.post("x", "y")
    batch, calls = await _sent(board, first, second)
    at = board.clock.now()
    await board.engine.batch_polled(batch, next_poll_at=at + 120)
    waiting = tuple(BatchedCall(number, item, "h") for number, item in zip(calls, (first, second), strict=True))
    assert await board.engine.open_batches() == [Batch(batch, "quick", "msgbatch_1", at, at + 120, waiting)]
    for number in calls:
        answered = Settlement(CallStatus.OK, usage=Usage(7, 3), cost_micro=20, answer="{}")
        await board.engine.settle_call(number, answered)
    assert await board.engine.end_batch(batch) == [first, second]
    assert await board.engine.open_batches() == []
    assert await _charged(board) == 40
    stored = await board.engine.find_answer(item_id=first, request_hash="h")
    assert stored is not None
    assert stored.answer == "{}"


async def test_a_batch_tells_what_happens_to_it(board: Board) -> None:
    """Opened, sent and ended, with counts and the endpoint; polling is no event."""
    batch, calls = await _sent(board, *await board.post("x", "y"))
    await board.engine.batch_polled(batch, next_poll_at=2e9)
    await board.engine.settle_call(calls[0], Settlement(CallStatus.OK, cost_micro=1, answer="{}"))
    await board.engine.end_batch(batch, error="expired")
    who = {"batch_id": batch, "endpoint": "quick", "calls": 2}
    assert _told(board, "batch_opened") == [who]
    assert _told(board, "batch_sent") == [who | {"vendor_id": "msgbatch_1"}]
    assert _told(board, "batch_ended") == [who | {"unanswered": 1, "items": 2, "error": "expired"}]


async def test_what_a_batch_did_not_answer_costs_nothing(board: Board) -> None:
    """It ends as an error that says why, and its request is known to have been in a batch."""
    (item,) = await board.post("x")
    batch, _ = await _sent(board, item)
    assert not await board.engine.was_batched(item_id=item, request_hash="h")
    await board.engine.end_batch(batch, error="the provider gave it up")
    assert await board.rows("SELECT status, cost_micro, error FROM calls") == [("error", 0, "the provider gave it up")]
    assert await _charged(board) == 0
    assert await board.item(item, "cost_micro") == (0,)
    assert await board.engine.was_batched(item_id=item, request_hash="h")
    assert await board.engine.find_batched(item_id=item, request_hash="h") is None


async def test_ending_a_batch_wakes_the_items_that_wait_for_it(board: Board) -> None:
    """Also those whose call was answered before; not those that wait for something else."""
    for name in ("answered", "unanswered", "elsewhere"):
        await board.post(name)
    claims = await board.claim()
    items = [claim.item.id for claim in claims]
    batch, calls = await _sent(board, *items)
    for claim, what in zip(claims, ("batch", "batch", "budget"), strict=True):
        await board.engine.snooze(claim, until=board.clock.now() + 5000, reason="in a batch", waits_for=what)
    await board.engine.settle_call(calls[0], Settlement(CallStatus.OK, cost_micro=1, answer="{}"))
    assert await board.claim() == []
    assert await board.engine.end_batch(batch) == items
    assert [claim.item.id for claim in await board.claim()] == items[:2]
    assert _told(board, "items_woken") == [{"waits_for": "batch", "items": 2}]


async def test_an_item_does_not_wait_for_a_batch_that_has_ended_meanwhile(board: Board) -> None:
    """Nothing would wake it: it may be claimed at once."""
    await board.post("x")
    claim = await board.claim_one()
    batch, _ = await _sent(board, claim.item.id)
    await board.engine.end_batch(batch)
    await board.engine.snooze(claim, until=board.clock.now() + 5000, reason="in a batch", waits_for="batch")
    assert await board.claim_one()


async def test_a_second_word_about_a_batch_changes_nothing(board: Board) -> None:
    """Sent twice, ended twice, polled or sent after its end."""
    (item,) = await board.post("x")
    batch, _ = await _sent(board, item)
    await board.engine.batch_sent(batch, vendor_id="other", next_poll_at=5.0)
    assert (await board.engine.open_batches())[0].vendor_id == "msgbatch_1"
    await board.engine.end_batch(batch, error="first")
    assert await board.engine.end_batch(batch, error="second") == []
    await board.engine.batch_polled(batch, next_poll_at=9.0)
    await board.engine.batch_sent(batch, vendor_id="late", next_poll_at=9.0)
    assert await board.rows("SELECT status, vendor_id, error FROM batches") == [("ended", "msgbatch_1", "first")]
    assert len(_told(board, "batch_sent")) == len(_told(board, "batch_ended")) == 1


async def test_only_waiting_calls_go_into_a_batch_and_into_one_only(board: Board) -> None:
    """A settled call, one of another batch, one that was sent alone, an unknown one and none at all are refused."""
    (item,) = await board.post("x")
    batch, (taken,) = await _sent(board, item)
    alone = await board.engine.begin_call(call(item), caps={})
    done = await _begin(board, item)
    await board.engine.settle_call(done, Settlement(CallStatus.ERROR, cost_micro=0))
    free = await _begin(board, item)
    for others in ([taken], [alone], [done], [999], []):
        meant = [free, *others] if others else []
        with pytest.raises(WrongStateError, match=str(others[0]) if others else "none given"):
            await board.engine.open_batch(endpoint="quick", call_ids=meant)
    assert [one.id for one in await board.engine.open_batches()] == [batch]
    assert await board.engine.open_batch(endpoint="quick", call_ids=[free]) > batch


async def test_an_unknown_batch_is_an_error(board: Board) -> None:
    """Sent, polled or ended."""
    with pytest.raises(NotFoundError, match="no batch 7"):
        await board.engine.batch_sent(7, vendor_id="v", next_poll_at=1.0)
    with pytest.raises(NotFoundError, match="no batch 7"):
        await board.engine.batch_polled(7, next_poll_at=1.0)
    with pytest.raises(NotFoundError, match="no batch 7"):
        await board.engine.end_batch(7)


async def test_a_batch_outlives_the_process(board: Board) -> None:
    """What the provider has goes on waiting with its money; nothing of it is unconfirmed."""
    (item,) = await board.post("x")
    batch, calls = await _sent(board, item)
    after = await board.crash()
    try:
        assert await after.engine.recover_batches() == 0
        (open_batch,) = await after.engine.open_batches()
        assert (open_batch.id, [one.call_id for one in open_batch.calls]) == (batch, calls)
        await after.engine.settle_call(calls[0], Settlement(CallStatus.OK, cost_micro=30, answer="{}"))
        assert await _charged(after) == 30
    finally:
        await after.engine.close()


async def test_what_a_crash_left_half_sent_is_ended(board: Board) -> None:
    """Without a batch: never sent, uncharged. In one that was being sent: unconfirmed, charged. Their items go on."""
    await board.post("unbatched", "half sent", "sent")
    claims = await board.claim()
    unbatched, half_sent, sent = [claim.item.id for claim in claims]
    await _begin(board, unbatched)
    await board.engine.open_batch(endpoint="quick", call_ids=[await _begin(board, half_sent)])
    await _sent(board, sent)
    for claim in claims:
        await board.engine.snooze(claim, until=board.clock.now() + 5000, reason="in a batch", waits_for="batch")
    after = await board.crash()
    try:
        assert await after.engine.recover_batches() == 2
        assert dict(await after.rows("SELECT item_id, status FROM calls")) == {
            unbatched: "error",
            half_sent: "unconfirmed",
            sent: "batched",
        }
        assert await _charged(after) == 200
        assert [claim.item.id for claim in await after.claim()] == [unbatched, half_sent]
        assert [one.calls[0].item_id for one in await after.engine.open_batches()] == [sent]
        assert await after.engine.recover_batches() == 0
    finally:
        await after.engine.close()
