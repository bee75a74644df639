"""Readings that cost money: what they may bring is set aside before, what they brought stands there after.

Set aside and spent are charged to the source's day (`source_reads`) and to the budgets of all (`spending`), as calls
are. So what is charged never is less than what was read, whatever stops the process.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.blackboard.budgets import period_end, period_of, scope_of_brain
from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import CallStatus, Settlement
from daemon.blackboard.senses import READER, NewReading, Reading, ReadingEnd
from daemon.blackboard.sqlite import ledger
from daemon.blackboard.sqlite.rows import to_json
from daemon.blackboard.sqlite.telling import tell_settled
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.clock import iso
from daemon.core.errors import BudgetExceededError, NotFoundError, Shortage
from daemon.core.texts import writable

_SENSES = load_queries("senses")
_DAY = "day"
_ABOUT = {"brain": READER, "task": "read", "kind": "call", "attempt": 1}


@dataclass(frozen=True, slots=True)
class _Bound:
    """One bound of a reading, in reads or in micro-dollars."""

    whose: str
    setting: str
    cap: int
    used: int
    each: int
    """What one entry may take of it."""
    scope: str
    """Whose period it has."""
    is_budget: bool = False
    """It is a budget of all calls, not the source's own."""

    @property
    def entries(self) -> float:
        """How many entries there is room for."""
        return (self.cap - self.used) // self.each if self.each else math.inf


def begin_reading(transaction: Transaction, *, new: NewReading, caps: Mapping[str, int]) -> Reading:
    """Set aside what there is room for, and enter the reading as SENT."""
    entries = _room(transaction, new, caps=caps)
    reads, micro = entries * new.reads_each, entries * new.micro_each
    row = {
        "provider": new.provider,
        "model": new.model,
        "request_hash": f"reading:{new.source_id}",
        "reserved_micro": micro,
        "now": transaction.now,
        "source_id": new.source_id,
        "reads": reads,
    }
    call_id = int(transaction.execute(_SENSES["begin_reading"], row).lastrowid or 0)
    _charge(transaction, source_id=new.source_id, reads=reads, micro=micro, at=transaction.now)
    return Reading(call_id, new.source_id, entries, _day(transaction.now))


def settle_reading(transaction: Transaction, *, reading: Reading, end: ReadingEnd) -> None:
    """What was set aside gives way to what was read, unless that is unknown."""
    found = transaction.execute(_SENSES["open_reading"], {"id": reading.call_id}).fetchone()
    if found is None:
        raise NotFoundError(f"there is no reading {reading.call_id}")
    status, source_id, set_aside, reserved, started_at, provider, model = found
    if status != CallStatus.SENT:
        return
    is_known = end.status is not CallStatus.UNCONFIRMED
    reads = end.reads if is_known else set_aside
    transaction.execute(_SENSES["settle_reading"], _row_of_end(reading, end, is_known=is_known, now=transaction.now))
    if is_known:
        back = {"reads": reads - set_aside, "micro": end.cost_micro - reserved}
        _charge(transaction, source_id=source_id, at=started_at, **back)
    else:
        ledger.tell_unconfirmed(
            transaction,
            call_id=reading.call_id,
            item_id=None,
            reserved=reserved,
            error=end.error,
            source_id=source_id,
        )
    about = {**_ABOUT, "provider": provider, "model": model, "source_id": source_id, "reads": reads}
    cost = end.cost_micro if is_known else None
    settlement = Settlement(end.status, cost_micro=cost, price=end.price, latency_ms=end.latency_ms)
    tell_settled(transaction, call_id=reading.call_id, item_id=None, about=about, settlement=settlement)


def _row_of_end(reading: Reading, end: ReadingEnd, *, is_known: bool, now: float) -> dict[str, Any]:
    return {
        "id": reading.call_id,
        "status": end.status.value,
        "reads": end.reads if is_known else None,
        "cost_micro": end.cost_micro if is_known else None,
        "price": None if end.price is None else to_json(dict(end.price)),
        "price_source": None if end.price is None else end.price.get("source"),
        "latency_ms": end.latency_ms,
        "error": end.error and writable(end.error),
        "now": now,
    }


def _room(transaction: Transaction, new: NewReading, *, caps: Mapping[str, int]) -> int:
    """For how many entries there is room. Raises `BudgetExceededError` when that is of no use."""
    bounds = [*_bounds_of_source(transaction, new), *_budgets(transaction, new, caps=caps)]
    entries = min(new.wanted, *(bound.entries for bound in bounds))
    if entries >= max(1, new.least):
        return int(entries)
    short = [bound for bound in bounds if bound.entries < max(1, new.least)]
    if not short:
        raise ValueError(f"a reading of {new.wanted} entries, of no use with fewer than {new.least}")
    # Of several, the one that lasts longest: after the others it would be refused again.
    tightest = max(short, key=lambda bound: (period_end(bound.scope, at=transaction.now), -bound.entries))
    raise _refusal(transaction, tightest, least=max(1, new.least))


def _bounds_of_source(transaction: Transaction, new: NewReading) -> Iterator[_Bound]:
    source = transaction.execute(_SENSES["reader_of"], {"id": new.source_id}).fetchone()
    if source is None:
        raise NotFoundError(f"there is no source {new.source_id}")
    wanted = {"source_id": new.source_id, "day": _day(transaction.now)}
    reads, micro = transaction.execute(_SENSES["read_of_source"], wanted).fetchone() or (0, 0)
    name = source[0]
    yield _Bound(f"the reads of {name} for a day", "daily_reads", new.daily_reads, reads, new.reads_each, _DAY)
    yield _Bound(f"the dollars of {name} for a day", "daily_usd", new.daily_micro, micro, new.micro_each, _DAY)


def _budgets(transaction: Transaction, new: NewReading, *, caps: Mapping[str, int]) -> Iterator[_Bound]:
    for name in ("brain", "day", "month"):
        if name in caps:
            scope = scope_of_brain(READER) if name == "brain" else name
            whose, setting = ledger.words_of(scope)
            used = ledger.charged_in(transaction, scope)
            yield _Bound(f"the {whose}'s budget", setting, caps[name], used, new.micro_each, scope, is_budget=True)


def _refusal(transaction: Transaction, bound: _Bound, *, least: int) -> BudgetExceededError:
    until = period_end(bound.scope, at=transaction.now)
    wanted = least * bound.each
    is_money = bound.setting != "daily_reads"
    used, cap, want = (ledger.usd(n) if is_money else str(n) for n in (bound.used, bound.cap, wanted))
    words = (
        f"{bound.whose} ({bound.setting}): {used} of {cap} used, and this reading may take {want}; "
        f"begins anew at {iso(until)}"
    )
    return BudgetExceededError(words, until=until, shortage=_shortage(transaction, bound, wanted=wanted))


def _shortage(transaction: Transaction, bound: _Bound, *, wanted: int) -> Shortage | None:
    """Of the budgets of all, what those who tell of them need; a source's own bound is its own affair."""
    if not bound.is_budget:
        return None
    under_way = ledger.under_way(transaction, scope=bound.scope)
    period = period_of(bound.scope, at=transaction.now)
    return Shortage(bound.scope, period, bound.cap, bound.used, wanted, under_way)


def _charge(transaction: Transaction, *, source_id: int, reads: int, micro: int, at: float) -> None:
    if reads or micro:
        row = {"source_id": source_id, "day": _day(at), "reads": reads, "micro": micro}
        transaction.execute(_SENSES["charge_source"], row)
    ledger.charge(transaction, item_id=None, brain=READER, micro=micro, at=at)


def _day(at: float) -> str:
    return period_of(_DAY, at=at) or ""
