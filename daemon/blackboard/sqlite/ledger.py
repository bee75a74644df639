"""The ledger: calls before, during and after; money set aside and spent.

A reservation is charged when the call begins, to the item, the day and the month (UTC) in which it began, and is
replaced there by the real cost. So what is charged never is less than what was spent, whatever stops the process.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import CallStatus, NewCall, SettledCall, Settlement, StoredAnswer
from daemon.blackboard.sqlite import rows
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.errors import BudgetExceededError, NotFoundError

_LEDGER = load_queries("ledger")
_INSERT_SETTLED = _LEDGER["insert_settled"]
_MICRO = 1_000_000
_SETTING_OF = {"item": "budget.per_item_usd", "day": "budget.daily_usd", "month": "budget.monthly_usd"}
_NO_ANSWER = "the process ended before the answer came"


def find_answer(transaction: Transaction, *, item_id: str, request_hash: str) -> StoredAnswer | None:
    """The newest stored answer to a request of an item."""
    wanted = {"item_id": item_id, "request_hash": request_hash}
    transaction.bring_in()
    row = transaction.execute(_LEDGER["find_answer"], wanted).fetchone()
    return None if row is None else rows.stored_answer(row)


def begin_call(transaction: Transaction, *, call: NewCall, caps: Mapping[str, int]) -> int:
    """Enter a call as SENT and charge its reservation."""
    reserved = call.reserved_micro or 0
    _require_room(transaction, call, reserved=reserved, caps=caps)
    entered = transaction.execute(_LEDGER["begin_call"], (*rows.call_row(call), transaction.now))
    _charge(transaction, item_id=call.item_id, micro=reserved, at=transaction.now)
    return int(entered.lastrowid or 0)


def settle_call(transaction: Transaction, *, call_id: int, settlement: Settlement) -> None:
    """Enter how a call ended; its reservation gives way to the cost, unless the outcome is unknown."""
    found = transaction.execute(_LEDGER["open_call"], {"id": call_id}).fetchone()
    if found is None:
        raise NotFoundError(f"there is no call {call_id}")
    status, item_id, reserved, started_at = found
    if status != CallStatus.SENT:
        return
    transaction.execute(_LEDGER["settle_call"], (*rows.settlement_row(settlement), transaction.now, call_id))
    if settlement.status is CallStatus.UNCONFIRMED:
        _tell_unconfirmed(transaction, call_id=call_id, item_id=item_id, reserved=reserved, error=settlement.error)
    else:
        _charge(transaction, item_id=item_id, micro=(settlement.cost_micro or 0) - reserved, at=started_at)


def enter_settled(transaction: Transaction, settled: SettledCall) -> None:
    """Enter a complete call with the verb that ends its step."""
    started_at = transaction.now - settled.settlement.latency_ms / 1000
    row = (*rows.call_row(settled.call), *rows.settlement_row(settled.settlement), started_at, transaction.now)
    transaction.insert(_INSERT_SETTLED, row)
    _charge(transaction, item_id=settled.call.item_id, micro=settled.settlement.cost_micro or 0, at=transaction.now)


def leave_unconfirmed(transaction: Transaction) -> int:
    """Calls that a former process left SENT become UNCONFIRMED and stay charged; answers how many."""
    left = transaction.execute(_LEDGER["left_sent"]).fetchall()
    for call_id, item_id, reserved in left:
        _tell_unconfirmed(transaction, call_id=call_id, item_id=item_id, reserved=reserved, error=_NO_ANSWER)
    if left:
        transaction.execute(_LEDGER["leave_unconfirmed"], {"error": _NO_ANSWER, "now": transaction.now})
    return len(left)


def periods(at: float) -> dict[str, str]:
    """The day and the month of a time, in UTC, as `spending` names them."""
    moment = datetime.fromtimestamp(at, UTC)
    return {"day": moment.strftime("%Y-%m-%d"), "month": moment.strftime("%Y-%m")}


def _require_room(transaction: Transaction, call: NewCall, *, reserved: int, caps: Mapping[str, int]) -> None:
    found = transaction.execute(_LEDGER["item_charged"], {"item_id": call.item_id}).fetchone()
    if found is None:
        raise NotFoundError(f"there is no item {call.item_id}")
    _require_under(found[0], reserved, cap=caps.get("item"), scope="item", until=None)
    for scope, period in periods(transaction.now).items():
        if scope in caps:
            row = transaction.execute(_LEDGER["period_charged"], {"scope": scope, "period": period}).fetchone()
            charged = row[0] if row else 0
            _require_under(charged, reserved, cap=caps[scope], scope=scope, until=_end_of(scope, transaction.now))


def _require_under(charged: int, reserved: int, *, cap: int | None, scope: str, until: float | None) -> None:
    """For an item there is no time at which waiting would help, so `until` is None then."""
    if cap is not None and charged + reserved > cap:
        raise BudgetExceededError(
            f"the {scope}'s budget of {_usd(cap)} ({_SETTING_OF[scope]}) leaves {_usd(max(0, cap - charged))}, "
            f"and this call may cost {_usd(reserved)}",
            until=until,
        )


def _end_of(scope: str, at: float) -> float:
    start = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if scope == "month":
        start = start.replace(day=1)
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1).timestamp()
    return (start + timedelta(days=1)).timestamp()


def _charge(transaction: Transaction, *, item_id: str, micro: int, at: float) -> None:
    if micro == 0:
        return
    transaction.execute(_LEDGER["charge_item"], {"item_id": item_id, "micro": micro})
    for scope, period in periods(at).items():
        transaction.execute(_LEDGER["charge_period"], {"scope": scope, "period": period, "micro": micro})


def _tell_unconfirmed(
    transaction: Transaction, *, call_id: int, item_id: str, reserved: int, error: str | None
) -> None:
    data: dict[str, Any] = {"call_id": call_id, "reserved_micro": reserved, "error": error}
    transaction.emit("call_unconfirmed", item_id=item_id, data=data)


def _usd(micro: int) -> str:
    return f"${micro / _MICRO:.4f}"
