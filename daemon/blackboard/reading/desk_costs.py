"""Economics for the dashboard: whole days (UTC) from the ledger's sums by day, hours from the ledger itself.

The names are those of `reading.costs`, and so are the figures: a day here is what `davidagent costs --day` says of it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from daemon.blackboard.reading.costs import DAY_SECONDS, Ledger, Window, costs_document, items_waiting, read_tokens
from daemon.blackboard.reading.rows import Document, Row, usd
from daemon.blackboard.reading.session import Session, open_session
from daemon.core.clock import iso
from daemon.core.errors import BudgetExceededError

HOUR_SECONDS = 3600
BY_HAND_ID, NO_ITEM_ID = 0, -1
"""What stands for no source in the sums by day: posted by a person, and caused by no item."""
_FILE = "read_desk_costs"
_SUMS = (
    *("calls", "prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens"),
    "cost_micro",
)
_NOT_OF_DAYS = ("cancelled_calls", "dearest_items")
"""What the sums by day do not hold."""


class By(StrEnum):
    """What the parts of a trend are."""

    BRAIN = "brain"
    TASK = "task"
    MODEL = "model"


def read_days(board: Path, *, days: int, now: float, currency: Mapping[str, float]) -> Document:
    """The last `days` days, today among them, as `read_costs` answers a window; quick for a year, too.

    What only the calls themselves tell (`cancelled_calls`, `dearest_items`) is left out. `until` is the end of today.
    `before` are as many days before. Raises what opening a board raises.
    """
    after = int(now // DAY_SECONDS) + 1
    with open_session(board, file=_FILE) as session:
        rows = _sums(session, first=after - days, after=after)
        ledger = Ledger(
            sums=rows,
            origins=_origins(session, first=after - days, after=after),
            before=_total(_sums(session, first=after - 2 * days, after=after - days)),
            waiting_items=items_waiting(session, now=now).get(BudgetExceededError.waits_for, 0),
        )
    document = costs_document(ledger, window=window_of_days(days, now=now), currency=currency)
    return {key: value for key, value in document.items() if key not in _NOT_OF_DAYS}


def window_of_days(days: int, *, now: float) -> Window:
    """The last `days` days (UTC), from midnight to the end of today."""
    after = int(now // DAY_SECONDS) + 1
    return Window(float((after - days) * DAY_SECONDS), float(after * DAY_SECONDS))


def trend_of_days(board: Path, *, days: int, now: float, by: By = By.BRAIN) -> list[Document]:
    """Each of the last days, today last, days without a call too: `[{"day", "calls", …, "cost_usd", "parts"}]`.

    `parts` has the same sums by brain, task or model; a part that was used on any of the days stands in every day.
    """
    after = int(now // DAY_SECONDS) + 1
    with open_session(board, file=_FILE) as session:
        rows = _sums(session, first=after - days, after=after)
    return [{"day": _day(at)} | rest for at, rest in _trend(rows, key="day", wanted=range(after - days, after), by=by)]


def trend_of_hours(board: Path, *, hours: int, now: float, by: By = By.BRAIN) -> list[Document]:
    """The same for each of the last hours, the running one last, with `at`, the hour's begin, for `day`."""
    after = int(now // HOUR_SECONDS) + 1
    with open_session(board, file=_FILE) as session:
        rows = session.rows("by_hour", since=(after - hours) * HOUR_SECONDS)
    wanted = range(after - hours, after)
    return [{"at": iso(at * HOUR_SECONDS)} | rest for at, rest in _trend(rows, key="hour", wanted=wanted, by=by)]


def tokens_by_days(board: Path, *, window: Window) -> Callable[[int, int, int], list[Row]]:
    """Answers what `read_tokens` does, for a window of whole days, from the sums by day wherever these can tell.

    They cannot when prices change within a day, or for days with prompts of more than one length class.
    """
    first, after = (int(at // DAY_SECONDS) for at in (window.since, window.until))

    def read(bucket: int, above: int, upto: int) -> list[Row]:
        if bucket != DAY_SECONDS or window.since % DAY_SECONDS or window.until % DAY_SECONDS:
            return read_tokens(board, window=window)(bucket, above, upto)
        with open_session(board, file=_FILE) as session:
            rows = session.rows("tokens_of_days", first=first, after=after)
        return [row for whole in rows for row in _of_class(whole, board=board, above=above, upto=upto)]

    return read


def _of_class(row: Row, *, board: Path, above: int, upto: int) -> list[Row]:
    """A brain's day as far as its prompts are longer than `above` and at most `upto`."""
    if row["longest_prompt_tokens"] <= above:
        return []
    if above < 0 and row["longest_prompt_tokens"] <= upto:
        return [row]
    day = Window(float(row["bucket"] * DAY_SECONDS), float((row["bucket"] + 1) * DAY_SECONDS))
    found = read_tokens(board, window=day)(DAY_SECONDS, above, upto)
    return [one for one in found if one["brain"] == row["brain"]]


def _sums(session: Session, *, first: int, after: int) -> list[Row]:
    """The rows of `ledger_sums` for whole days: what is over, and what is open."""
    span = {"first": first, "after": after}
    return [*session.rows("days_between", **span), *session.rows("open_between", **span)]


def _origins(session: Session, *, first: int, after: int) -> list[Row]:
    """The rows by source of `sums_by_origin`; open calls are counted, as there."""
    span = {"first": first, "after": after}
    found: dict[int, dict[str, object]] = {}
    for row in session.rows("sources_between", **span):
        found[row["source_id"]] = {"source": row["source"]} | {key: row[key] for key in _SUMS}
    for row in session.rows("open_by_source", **span):
        one = found.setdefault(row["source_id"], {"source": row["source"]} | dict.fromkeys(_SUMS, 0))
        one["calls"] = int(str(one["calls"])) + row["calls"]
    return [_origin(source_id, row) for source_id, row in found.items()]


def _origin(source_id: int, row: Row) -> Row:
    has_item, has_source = source_id != NO_ITEM_ID, source_id > BY_HAND_ID
    return {"item_id": None, "has_item": has_item, "source_id": source_id if has_source else None, **row}


def _total(rows: Iterable[Row]) -> Row | None:
    rows = list(rows)
    sums = {key: sum(row[key] for row in rows) for key in ("calls", "cost_micro")}
    return sums if sums["calls"] else None


def _trend(rows: Iterable[Row], *, key: str, wanted: range, by: By) -> list[tuple[int, Document]]:
    """For each wanted number of a day or an hour: its sums, and those of each part."""
    found: dict[int, dict[str, dict[str, int]]] = {number: defaultdict(_nothing) for number in wanted}
    for row in rows:
        sums = found[row[key]][row[by.value]] if row[key] in found else _nothing()
        for name in _SUMS:
            sums[name] += row[name]
    names = sorted({name for parts in found.values() for name in parts})
    return [
        (number, _part(_added(parts.values())) | {"parts": {name: _part(parts[name]) for name in names}})
        for number, parts in ((number, found[number]) for number in wanted)
    ]


def _nothing() -> dict[str, int]:
    return dict.fromkeys(_SUMS, 0)


def _added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    parts = list(parts)
    return {name: sum(part[name] for part in parts) for name in _SUMS}


def _part(sums: Mapping[str, int]) -> Document:
    return {name: sums[name] for name in _SUMS[:-1]} | {"cost_usd": usd(sums["cost_micro"])}


def _day(number: int) -> str:
    return datetime.fromtimestamp(number * DAY_SECONDS, UTC).strftime("%Y-%m-%d")
