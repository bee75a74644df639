"""Batches at a provider: the intent before they are sent, what became of them, and what a crash left half done.

A call that waits in a batch is BATCHED and keeps its money set aside, over restarts too, until it is settled. The row
of a batch commits before the batch is sent, so that one of which nobody knows whether the provider has it can be told.
"""

from collections.abc import Sequence

from daemon.blackboard.batches import Batch
from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import CallStatus, Settlement
from daemon.blackboard.sqlite import rows
from daemon.blackboard.sqlite.ledger import settle_call
from daemon.blackboard.sqlite.rows import Row, to_json
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.sqlite.waking import wake
from daemon.core.errors import NotFoundError, WrongStateError

_BATCHES = load_queries("batches")
_NO_ANSWER = "the batch ended without an answer to this"
_NEVER_SENT = "the process ended before this was put into a batch"
_HALF_SENT = "the process ended while the batch was being sent"


def find_batched(transaction: Transaction, *, item_id: str, request_hash: str) -> int | None:
    """The call of this request that waits in a batch."""
    wanted = {"item_id": item_id, "request_hash": request_hash}
    row = transaction.execute(_BATCHES["find_batched"], wanted).fetchone()
    return None if row is None else int(row[0])


def was_batched(transaction: Transaction, *, item_id: str, request_hash: str) -> bool:
    """This request was in a batch that is over."""
    wanted = {"item_id": item_id, "request_hash": request_hash}
    return transaction.execute(_BATCHES["was_batched"], wanted).fetchone() is not None


def open_batch(transaction: Transaction, *, endpoint: str, call_ids: Sequence[int]) -> int:
    """Commit the intent to send these calls. Raises `WrongStateError` when one of them does not wait for a batch."""
    meant = sorted(set(call_ids))
    ids = to_json(meant)
    waiting = {row[0] for row in transaction.execute(_BATCHES["unclaimed_calls"], {"ids": ids})}
    if not meant or len(waiting) < len(meant):
        others = ", ".join(str(call_id) for call_id in meant if call_id not in waiting)
        raise WrongStateError(f"these calls do not wait for a batch: {others or 'none given'}")
    opened = transaction.execute(_BATCHES["insert_batch"], {"endpoint": endpoint, "now": transaction.now})
    batch_id = int(opened.lastrowid or 0)
    transaction.execute(_BATCHES["put_in_batch"], {"batch_id": batch_id, "ids": ids})
    transaction.emit("batch_opened", data={"batch_id": batch_id, "endpoint": endpoint, "calls": len(meant)})
    return batch_id


def batch_sent(transaction: Transaction, *, batch_id: int, vendor_id: str, next_poll_at: float) -> None:
    """The provider has taken it; said twice, it changes nothing."""
    endpoint, _ = _require(transaction, batch_id)
    values = {"id": batch_id, "vendor_id": vendor_id, "next_poll_at": next_poll_at}
    if transaction.execute(_BATCHES["batch_sent"], values).rowcount:
        calls = len(_calls(transaction, batch_id))
        data = {"batch_id": batch_id, "endpoint": endpoint, "vendor_id": vendor_id, "calls": calls}
        transaction.emit("batch_sent", data=data)


def batch_polled(transaction: Transaction, *, batch_id: int, next_poll_at: float) -> None:
    """It is not ready. No event: it happens all the time."""
    _require(transaction, batch_id)
    transaction.execute(_BATCHES["batch_polled"], {"id": batch_id, "next_poll_at": next_poll_at})


def end_batch(transaction: Transaction, *, batch_id: int, error: str | None) -> list[str]:
    """It is over: what was not answered cost nothing. Answers its items; none when it had ended before."""
    _, status = _require(transaction, batch_id)
    if status == "ended":
        return []
    unanswered = Settlement(CallStatus.ERROR, cost_micro=0, error=error or _NO_ANSWER)
    return _end(transaction, batch_id, left=unanswered, error=error)


def open_batches(transaction: Transaction) -> list[Batch]:
    """Batches that are not over, with the calls that still wait in them."""
    found = transaction.execute(_BATCHES["open_batches"]).fetchall()
    return [rows.batch(row, [call for call in _calls(transaction, row[0]) if _waits(call)]) for row in found]


def recover_batches(transaction: Transaction) -> int:
    """End what a former process left half sent; answers how many calls that are."""
    ended = 0
    for (batch_id,) in transaction.execute(_BATCHES["half_sent"]).fetchall():
        ended += sum(map(_waits, _calls(transaction, batch_id)))
        _end(transaction, batch_id, left=Settlement(CallStatus.UNCONFIRMED, error=_HALF_SENT), error=_HALF_SENT)
    return ended + _end_unbatched(transaction)


def _end(transaction: Transaction, batch_id: int, *, left: Settlement, error: str | None) -> list[str]:
    """End a batch, settling as `left` what still waits in it, and wake its items."""
    endpoint, _ = _require(transaction, batch_id)
    calls = _calls(transaction, batch_id)
    waiting = [call for call in calls if _waits(call)]
    for call in waiting:
        settle_call(transaction, call_id=call[0], settlement=left)
    transaction.execute(_BATCHES["end_batch"], {"id": batch_id, "now": transaction.now, "error": error})
    item_ids = list(dict.fromkeys(call[1] for call in calls))
    data = {"batch_id": batch_id, "endpoint": endpoint, "calls": len(calls), "unanswered": len(waiting)}
    transaction.emit("batch_ended", data=data | {"items": len(item_ids), "error": error})
    wake(transaction, waits_for="batch", ids=item_ids)
    return item_ids


def _end_unbatched(transaction: Transaction) -> int:
    left = transaction.execute(_BATCHES["left_without_batch"]).fetchall()
    for call_id, _ in left:
        settle_call(
            transaction, call_id=call_id, settlement=Settlement(CallStatus.ERROR, cost_micro=0, error=_NEVER_SENT)
        )
    wake(transaction, waits_for="batch", ids=[item_id for _, item_id in left])
    return len(left)


def _require(transaction: Transaction, batch_id: int) -> tuple[str, str]:
    """Endpoint and status. Raises `NotFoundError`."""
    row = transaction.execute(_BATCHES["find_batch"], {"id": batch_id}).fetchone()
    if row is None:
        raise NotFoundError(f"there is no batch {batch_id}")
    return row[0], row[1]


def _calls(transaction: Transaction, batch_id: int) -> list[Row]:
    return transaction.execute(_BATCHES["calls_of_batch"], {"batch_id": batch_id}).fetchall()


def _waits(call: Row) -> bool:
    return bool(call[3] == CallStatus.BATCHED)
