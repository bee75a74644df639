"""What a stretch of time cost, and why: the sums of the ledger, folded by everything a call is explained by.

Money is told apart without overlap: `cost_usd` is spent, `set_aside_usd` belongs to calls under way or in a batch,
`unconfirmed_usd` to calls whose outcome is not known. The three together are what the budget counts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.blackboard.reading.rows import Document, Row, usd
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.records import CallKind, CallStatus
from daemon.core.clock import iso
from daemon.core.errors import BudgetExceededError

DAY_SECONDS = 86_400
DEAREST_ITEMS = 10
BY_HAND, NO_ITEM = "(by hand)", "(no item)"

_FILE = "read_costs"
_TOKENS = ("prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens")
_SUMS = ("calls", *_TOKENS, "cost_micro")
_OPEN = frozenset({CallStatus.SENT, CallStatus.BATCHED})
_ANSWERED = frozenset({CallStatus.OK, CallStatus.MALFORMED})


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, in epoch seconds, and the one before it to compare with; `until` is not in it."""

    since: float
    until: float
    name: str = ""
    """As a person reads it: `2026-11-20 (UTC)`, `the last 1d`."""

    @property
    def before(self) -> "Window":
        """As long a time, just before."""
        return Window(2 * self.since - self.until, self.since)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was read of the ledger for one window, all of the same moment."""

    sums: list[Row] = field(default_factory=list)
    origins: list[Row] = field(default_factory=list)
    before: Row | None = None
    cancelled_calls: int = 0
    waiting_items: int = 0


def read_costs(board: Path, *, window: Window, currency: Mapping[str, float], now: float) -> Document:
    """What the ledger at `board` says of a window. `currency`: units of each currency for one dollar.

    Raises what opening a board raises.
    """
    span = {"since": window.since, "until": window.until}
    with open_session(board, file=_FILE) as session:
        ledger = Ledger(
            sums=list(session.rows("ledger_sums", **span)),
            origins=list(session.rows("sums_by_origin", items=DEAREST_ITEMS, **span)),
            before=_before(session, window=window.before),
            cancelled_calls=_count(session, "cancelled_between", **span),
            waiting_items=items_waiting(session, now=now).get(BudgetExceededError.waits_for, 0),
        )
    return costs_document(ledger, window=window, currency=currency)


def items_waiting(session: Session, *, now: float) -> dict[str, int]:
    """How many items wait, by what for (`budget`, `breaker`, …); `session` is one over `read_costs.sql`."""
    return {row["waits_for"]: row["count"] for row in session.rows("items_waiting", now=now)}


def read_tokens(board: Path, *, window: Window) -> Callable[[int, int, int], list[Row]]:
    """Answers the tokens of the window's answered calls by bucket and brain, for one class of prompt lengths."""

    def read(bucket: int, above: int, upto: int) -> list[Row]:
        span = {"since": window.since, "until": window.until}
        with open_session(board, file=_FILE) as session:
            return list(session.rows("tokens_between", bucket=bucket, above=above, upto=upto, **span))

    return read


def costs_document(ledger: Ledger, *, window: Window, currency: Mapping[str, float]) -> Document:
    """The window, JSON-ready; all sums are there, and zero, when nothing was called."""
    rows = ledger.sums
    total = _fold(rows)
    return (
        _part(total)
        | _currencies(total["cost_micro"], currency=currency)
        | {"since": iso(window.since), "until": iso(window.until)}
        | _by_everything(rows)
        | {"by_source": _by_source(ledger.origins), "dearest_items": dearest_items_document(ledger.origins)}
        | _counts(ledger)
        | {"before": _compared(ledger.before, window=window.before)}
    )


def _by_everything(rows: list[Row]) -> Document:
    retries = [row for row in rows if row["is_retry"]]
    by_kind = {kind.value: _part(_fold([])) for kind in CallKind} | _folded_by("kind", rows)
    return {
        "by_brain": _folded_by("brain", rows),
        "by_task": _folded_by("task", rows),
        "by_model": _by_model(rows),
        "by_kind": by_kind | {"retries": _part(_fold(retries))},
        "by_status": _folded_by("status", rows),
        "by_day": [{"day": _day(day)} | _part(_fold(part)) for day, part in _parted("day", rows).items()],
        "lines": _lines(rows),
    }


def _counts(ledger: Ledger) -> Document:
    """Calls that did not go as they should, and money that is not spent but not free either."""
    by_status = {status: [row for row in ledger.sums if row["status"] == status] for status in CallStatus}
    under_way = [row for status in _OPEN for row in by_status[status]]
    return {
        "unconfirmed_usd": usd(_sum("reserved_micro", by_status[CallStatus.UNCONFIRMED])),
        "set_aside_usd": usd(_sum("reserved_micro", under_way)),
        "cache_saving_usd": usd(_sum("saved_micro", ledger.sums)),
        "open_calls": _sum("calls", under_way),
        "failed_calls": _sum("calls", by_status[CallStatus.ERROR]),
        "malformed_calls": _sum("calls", by_status[CallStatus.MALFORMED]),
        "unconfirmed_calls": _sum("calls", by_status[CallStatus.UNCONFIRMED]),
        "cancelled_calls": ledger.cancelled_calls,
        "unpriced_calls": _unpriced_calls(ledger.sums),
        "waiting_for_budget": ledger.waiting_items,
    }


def _currencies(micro: int, *, currency: Mapping[str, float]) -> Document:
    """The cost in each currency; `cost_cny` is always there, null without a rate for it."""
    costs = {name: usd(round(micro * rate)) for name, rate in currency.items()}
    return {"cost_cny": costs.get("CNY"), "currencies": costs}


def _by_model(rows: list[Row]) -> dict[str, Document]:
    """With where the prices came from, as they were frozen with the calls, and how many calls had none."""
    return {
        model: _part(_fold(part))
        | {
            "price_sources": sorted({row["price_source"] for row in part} - {None}),
            "unpriced_calls": _unpriced_calls(part),
        }
        for model, part in _parted("model", rows).items()
    }


def _unpriced_calls(rows: Iterable[Row]) -> int:
    return _sum("costless_calls", (row for row in rows if row["status"] in _ANSWERED))


def _lines(rows: list[Row]) -> list[Document]:
    """A line for each brain and task, what no item caused (embeddings, readings) among them."""
    return [
        {"brain": brain, "task": task} | _part(_fold(part))
        for brain, of_brain in _parted("brain", rows).items()
        for task, part in _parted("task", of_brain).items()
    ]


def _by_source(origins: list[Row]) -> dict[str, Document]:
    """By the source's name (with its id where two have the same); what has no source stands in brackets."""
    rows = [row for row in origins if row["item_id"] is None]
    names = [_source_name(row) for row in rows]
    full = [
        f"{name} (source {row['source_id']})" if names.count(name) > 1 else name
        for name, row in zip(names, rows, strict=True)
    ]
    return {name: _part(row) for name, row in sorted(zip(full, rows, strict=True), key=lambda pair: pair[0])}


def _source_name(row: Row) -> str:
    if not row["has_item"]:
        return NO_ITEM
    return BY_HAND if row["source_id"] is None else str(row["source"])


def dearest_items_document(origins: Iterable[Row]) -> list[Document]:
    """The items among the rows of `sums_by_origin`."""
    return [
        {"id": row["item_id"], "title": row["title"], "calls": row["calls"], "cost_usd": usd(row["cost_micro"])}
        for row in origins
        if row["item_id"] is not None
    ]


def _before(session: Session, *, window: Window) -> Row | None:
    """None when there is nothing to compare with: the time before has no calls."""
    if window.since < 0:
        return None
    row = session.row("total_between", since=window.since, until=window.until)
    return row if row and row["calls"] else None


def _compared(row: Row | None, *, window: Window) -> Document | None:
    if row is None:
        return None
    times = {"since": iso(window.since), "until": iso(window.until)}
    return times | {"calls": row["calls"], "cost_usd": usd(row["cost_micro"])}


def _folded_by(key: str, rows: Iterable[Row]) -> dict[str, Document]:
    return {name: _part(_fold(part)) for name, part in _parted(key, rows).items()}


def _parted(key: str, rows: Iterable[Row]) -> dict[Any, list[Row]]:
    parts: dict[Any, list[Row]] = {}
    for row in rows:
        parts.setdefault(row[key], []).append(row)
    return dict(sorted(parts.items()))


def _fold(rows: Iterable[Row]) -> dict[str, int]:
    rows = list(rows)
    return {key: _sum(key, rows) for key in _SUMS}


def _sum(key: str, rows: Iterable[Row]) -> int:
    return sum(row[key] for row in rows)


def _part(sums: Row) -> Document:
    return {key: sums[key] for key in _SUMS[:-1]} | {"cost_usd": usd(sums["cost_micro"])}


def _count(session: Session, query: str, **parameters: float) -> int:
    return int((session.row(query, **parameters) or {"calls": 0})["calls"])


def _day(number: int) -> str:
    return (iso(float(number * DAY_SECONDS)) or "")[:10]
