"""The ledger: calls before, during and after; money set aside and spent.

A reservation is charged when the call begins, to the item, its brain's day, the day and the month (UTC) in which it
began, and is replaced there by the real cost. So what is charged never is less than what was spent, whatever stops the
process.
"""

from collections.abc import Mapping
from typing import Any

from daemon.blackboard.budgets import BRAIN_PREFIX, MICRO, period_end, period_of, period_start, periods, scope_of_brain
from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import CallStatus, NewCall, SettledCall, Settlement, StoredAnswer
from daemon.blackboard.sqlite import prompts, rows
from daemon.blackboard.sqlite.telling import about_call, tell_settled
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.errors import BudgetExceededError, NotFoundError, Shortage

_LEDGER = load_queries("ledger")
_INSERT_SETTLED = _LEDGER["insert_settled"]
_OPEN = frozenset({CallStatus.SENT.value, CallStatus.BATCHED.value})
_ABOUT = ("brain", "task", "provider", "model", "kind", "attempt")
_NO_ANSWER = "the process ended before the answer came"


def find_answer(transaction: Transaction, *, item_id: str, request_hash: str) -> StoredAnswer | None:
    """The newest stored answer to a request of an item."""
    wanted = {"item_id": item_id, "request_hash": request_hash}
    transaction.bring_in()
    row = transaction.execute(_LEDGER["find_answer"], wanted).fetchone()
    return None if row is None else rows.stored_answer(row)


def begin_call(transaction: Transaction, *, call: NewCall, caps: Mapping[str, int], keep_prompt_seconds: float) -> int:
    """Enter a call as SENT, or BATCHED, with what it asks, and charge its reservation."""
    reserved = call.reserved_micro or 0
    _require_room(transaction, call, reserved=reserved, caps=caps)
    row = (*rows.call_row(call), rows.first_status(call).value, transaction.now)
    entered = transaction.execute(_LEDGER["begin_call"], row)
    call_id = int(entered.lastrowid or 0)
    charge(transaction, item_id=call.item_id, brain=call.brain, micro=reserved, at=transaction.now)
    prompts.keep(transaction, call=call, call_id=call_id, seconds=keep_prompt_seconds)
    return call_id


def settle_call(transaction: Transaction, *, call_id: int, settlement: Settlement) -> None:
    """Enter how a call ended; its reservation gives way to the cost, unless the outcome is unknown."""
    found = transaction.execute(_LEDGER["open_call"], {"id": call_id}).fetchone()
    if found is None:
        raise NotFoundError(f"there is no call {call_id}")
    status, item_id, reserved, started_at, *facts = found
    about: dict[str, Any] = dict(zip(_ABOUT, facts, strict=True))
    if status not in _OPEN:
        return
    transaction.execute(_LEDGER["settle_call"], (*rows.settlement_row(settlement), transaction.now, call_id))
    if settlement.status is CallStatus.UNCONFIRMED:
        tell_unconfirmed(transaction, call_id=call_id, item_id=item_id, reserved=reserved, error=settlement.error)
        if settlement.spares_item and item_id is not None:
            transaction.execute(_LEDGER["charge_item"], {"item_id": item_id, "micro": -reserved})
    else:
        back = (settlement.cost_micro or 0) - reserved
        charge(transaction, item_id=item_id, brain=about["brain"], micro=back, at=started_at)
    tell_settled(transaction, call_id=call_id, item_id=item_id, about=about, settlement=settlement)


def enter_settled(transaction: Transaction, settled: SettledCall) -> None:
    """Enter a complete call with the verb that ends its step."""
    call, settlement = settled.call, settled.settlement
    started_at = transaction.now - settlement.latency_ms / 1000
    row = (*rows.call_row(call), *rows.settlement_row(settlement), started_at, transaction.now)
    transaction.insert(_INSERT_SETTLED, row)
    micro = settlement.cost_micro or 0
    charge(transaction, item_id=call.item_id, brain=call.brain, micro=micro, at=transaction.now)
    tell_settled(transaction, call_id=None, item_id=call.item_id, about=about_call(call), settlement=settlement)


def leave_unconfirmed(transaction: Transaction) -> int:
    """Calls that a former process left SENT become UNCONFIRMED and stay charged; answers how many.

    Those in a batch go on waiting for it.
    """
    left = transaction.execute(_LEDGER["left_sent"]).fetchall()
    for call_id, item_id, reserved, source_id in left:
        told = {"call_id": call_id, "item_id": item_id, "reserved": reserved, "source_id": source_id}
        tell_unconfirmed(transaction, error=_NO_ANSWER, **told)
    if left:
        transaction.execute(_LEDGER["leave_unconfirmed"], {"error": _NO_ANSWER, "now": transaction.now})
    return len(left)


def charge(transaction: Transaction, *, item_id: str | None, brain: str, micro: int, at: float) -> None:
    """Add to what the item and the periods of a time are charged with, or take from it."""
    if micro == 0:
        return
    if item_id is not None:
        transaction.execute(_LEDGER["charge_item"], {"item_id": item_id, "micro": micro})
    for scope, period in periods(at, brain=brain).items():
        transaction.execute(_LEDGER["charge_period"], {"scope": scope, "period": period, "micro": micro})


def charged_in(transaction: Transaction, scope: str) -> int:
    """What is charged to a scope (a brain's day, the day, the month) in its running period."""
    wanted = {"scope": scope, "period": period_of(scope, at=transaction.now)}
    row = transaction.execute(_LEDGER["period_charged"], wanted).fetchone()
    return int(row[0]) if row else 0


def under_way(transaction: Transaction, *, scope: str) -> int:
    """The part of it that is only set aside for calls under way."""
    brain = scope.removeprefix(BRAIN_PREFIX) if scope.startswith(BRAIN_PREFIX) else None
    whose = {"since": period_start(scope, at=transaction.now), "brain": brain}
    return int(transaction.execute(_LEDGER["under_way"], whose).fetchone()[0])


def _require_room(transaction: Transaction, call: NewCall, *, reserved: int, caps: Mapping[str, int]) -> None:
    if call.item_id is not None:
        found = transaction.execute(_LEDGER["item_charged"], {"item_id": call.item_id}).fetchone()
        if found is None:
            raise NotFoundError(f"there is no item {call.item_id}")
        if "item" in caps and found[0] + reserved > caps["item"]:
            raise _refusal(Shortage("item", None, caps["item"], found[0], reserved), until=None)
    for name in ("brain", "day", "month"):
        if name in caps:
            _require_room_in_period(transaction, call, name=name, reserved=reserved, cap=caps[name])


def _require_room_in_period(transaction: Transaction, call: NewCall, *, name: str, reserved: int, cap: int) -> None:
    scope = scope_of_brain(call.brain) if name == "brain" else name
    period = period_of(scope, at=transaction.now)
    charged = charged_in(transaction, scope)
    if charged + reserved <= cap:
        return
    shortage = Shortage(scope, period, cap, charged, reserved, under_way(transaction, scope=scope))
    raise _refusal(shortage, until=period_end(scope, at=transaction.now))


def _refusal(shortage: Shortage, *, until: float | None) -> BudgetExceededError:
    """For an item there is no time at which waiting would help, so `until` is None then."""
    whose, setting = words_of(shortage.scope)
    left = max(0, shortage.cap_micro - shortage.charged_micro)
    return BudgetExceededError(
        f"the {whose}'s budget of {usd(shortage.cap_micro)} ({setting}) leaves {usd(left)}, "
        f"and this call may cost {usd(shortage.reserved_micro)}",
        until=until,
        shortage=shortage,
    )


def words_of(scope: str) -> tuple[str, str]:
    """Whose budget it is, and the setting that bounds it."""
    kind, _, brain = scope.partition(":")
    if brain:
        return f"{brain} brain", f"budget.per_brain_daily_usd.{brain}"
    return kind, {"item": "budget.per_item_usd", "day": "budget.daily_usd"}.get(kind, "budget.monthly_usd")


def tell_unconfirmed(
    transaction: Transaction,
    *,
    call_id: int,
    item_id: str | None,
    reserved: int,
    error: str | None,
    source_id: int | None = None,
) -> None:
    """`call_unconfirmed`: what stays charged, and for a reading whose it is."""
    data: dict[str, Any] = {"call_id": call_id, "reserved_micro": reserved, "error": error}
    if source_id is not None:
        data["source_id"] = source_id
    transaction.emit("call_unconfirmed", item_id=item_id, data=data)


def usd(micro: int) -> str:
    """Dollars, as a refusal says them."""
    return f"${micro / MICRO:.4f}"
