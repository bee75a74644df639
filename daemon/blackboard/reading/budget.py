"""What may still be spent: caps, what stands against them, how fast it goes, and where the day ends."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from daemon.blackboard.budgets import (
    BRAIN_PREFIX,
    CONTROL,
    Override,
    configured_caps,
    effective_caps,
    period_end,
    period_of,
    period_start,
    read_override,
    scope_of_brain,
)
from daemon.blackboard.reading.costs import DAY_SECONDS, items_waiting
from daemon.blackboard.reading.forecast import (
    HOUR,
    MINUTE,
    Forecast,
    MonthForecast,
    Spent,
    forecast,
    month_forecast,
    rates,
)
from daemon.blackboard.reading.rows import Document, Row, usd
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.records import CallStatus
from daemon.blackboard.senses import READER
from daemon.core.clock import iso
from daemon.core.errors import BudgetExceededError
from daemon.core.settings.models import BudgetSettings

BURN = "burn"
"""The key under which a running daemon says how its burn-rate breaker stands."""

_FILE = "read_costs"
_ALWAYS = ("day", "month")
_NO_ITEMS = frozenset({"item", scope_of_brain(READER)})
"""Scopes for which items do not wait: an item whose own budget is used up is buried."""
_DAYS_OF_AVERAGE = 7
"""From how many whole days is guessed what a later day of the month costs: a week has its quiet days."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """What stands on the board at one moment (`at`, epoch seconds), in micro-dollars."""

    at: float
    override: Override = field(default_factory=dict)
    charged: Mapping[str, int] = field(default_factory=dict)
    """By scope, in its running period: spent, set aside and unconfirmed."""
    open_money: list[Row] = field(default_factory=list)
    spent: tuple[Spent, ...] = ()
    """By models, in the last 61 minutes."""
    read: tuple[Spent, ...] = ()
    """For readings of sources, in the same time: no part of the speed that is watched, but of the day's end."""
    days: tuple[int, ...] = ()
    """What each of the last seven whole days cost, from the first of them with a call."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """How many items wait, by what for: `budget`, `breaker`, `burn`, `batch`, `turn`."""
    burn: Document = field(default_factory=dict)
    """What the burn-rate breaker of the running daemon last said; empty without one."""


def read_accounts(board: Path, *, now: float, is_running: bool) -> Accounts:
    """Read it all; what a daemon said of itself only while it runs. Raises what opening a board raises."""
    with open_session(board, file=_FILE) as session:
        burn = session.row("control", key=BURN) if is_running else None
        control = session.row("control", key=CONTROL)
        day, month = (period_of(scope, at=now) for scope in _ALWAYS)
        charged = session.rows("charged_now", day=day, month=month)
        seconds = session.rows("spent_by_second", since=now - HOUR - MINUTE)
        return Accounts(
            at=now,
            override=read_override(str(control["value"]) if control else None),
            charged={row["scope"]: row["charged_micro"] for row in charged if _is_running(row, at=now)},
            open_money=list(session.rows("open_money", since=period_start("month", at=now))),
            spent=tuple(Spent(row["at"], row["tokens"], row["micro"]) for row in seconds),
            read=tuple(Spent(row["at"], 0, row["read_micro"]) for row in seconds if row["read_micro"]),
            days=_whole_days(session, today=int(now // DAY_SECONDS)),
            waiting=items_waiting(session, now=now),
            burn=json.loads(burn["value"]) if burn else {},
        )


def _whole_days(session: Session, *, today: int) -> tuple[int, ...]:
    rows = session.rows("spent_by_day", first=today - _DAYS_OF_AVERAGE, after=today)
    found = {row["day"]: row["micro"] for row in rows}
    return tuple(found.get(day, 0) for day in range(min(found, default=today), today))


def budget_document(accounts: Accounts, *, budget: BudgetSettings) -> Document:
    """`{"at", "scopes": […], "per_item_usd", "burn", "forecast", "waiting_items", "short_of"}`, JSON-ready.

    A scope is a day, a month, or a brain's day. Of what is charged to it, `spent_usd` is paid, `set_aside_usd` belongs
    to calls under way or in a batch, `unconfirmed_usd` to calls of unknown outcome; `left_usd` is null without a cap,
    and never below 0. `raised` says that a person has set the cap in the place of the configured one.
    `short_of`: the scopes for which the items most likely wait.
    """
    caps, configured = effective_caps(budget, accounts.override, at=accounts.at), configured_caps(budget)
    return {
        "at": iso(accounts.at),
        "scopes": [
            _scope(scope, accounts=accounts, cap=caps.get(scope), configured=configured.get(scope))
            for scope in _scopes(accounts, caps=caps)
        ],
        "per_item_usd": usd(caps.get("item")),
        "burn": _burn(accounts),
        "forecast": _forecast(accounts, cap_micro=caps.get("day")),
        "waiting_items": accounts.waiting.get(BudgetExceededError.waits_for, 0),
        "short_of": short_of(accounts, caps=caps),
    }


def day_summary(accounts: Accounts, *, budget: BudgetSettings) -> Document:
    """The day in short, of what is charged to it, and what waits for the budget.

    `{"left_usd", "daily_usd", "spent_usd", "forecast_usd", "cap_reached_at", "waiting_items", "short_of"}`; the
    forecast is the plain sum, also above the cap, which is reached at `cap_reached_at` then.
    """
    caps = effective_caps(budget, accounts.override, at=accounts.at)
    cap, charged = caps.get("day"), accounts.charged.get("day", 0)
    ahead = day_forecast(accounts, cap_micro=cap)
    return {
        "left_usd": _left(charged, cap=cap),
        "daily_usd": usd(cap),
        "spent_usd": usd(charged),
        "forecast_usd": usd(ahead.end_micro),
        "cap_reached_at": iso(ahead.cap_reached_at),
        "waiting_items": accounts.waiting.get(BudgetExceededError.waits_for, 0),
        "short_of": short_of(accounts, caps=caps),
    }


def short_of(accounts: Accounts, *, caps: Mapping[str, int]) -> list[str]:
    """The scopes (`day`, `month`, `brain:right`) with the least left, when items wait for the budget.

    Empty when none of them can be what they wait for: no call costs more than an item may, so a scope that has as much
    left refuses none, and no item waits for what sensors may spend.
    """
    left = {
        scope: max(0, cap - accounts.charged.get(scope, 0)) for scope, cap in caps.items() if scope not in _NO_ITEMS
    }
    least = min(left.values(), default=None)
    if not accounts.waiting.get(BudgetExceededError.waits_for) or least is None or least >= caps.get("item", math.inf):
        return []
    return sorted(scope for scope, micro in left.items() if micro == least)


def day_forecast(accounts: Accounts, *, cap_micro: int | None) -> Forecast:
    """Where the day ends when its rest goes on like the last hour; what is set aside counts as spent."""
    hour = sum(one.micro for one in (*accounts.spent, *accounts.read) if one.at > accounts.at - HOUR)
    return forecast(accounts.charged.get("day", 0), hour_micro=hour, at=accounts.at, cap_micro=cap_micro)


def _month(accounts: Accounts, *, today: Forecast) -> MonthForecast:
    spent, ends_at = accounts.charged.get("month", 0), period_end("month", at=accounts.at)
    return month_forecast(spent, today=today, whole_days_micro=accounts.days, month_ends_at=ends_at)


def _forecast(accounts: Accounts, *, cap_micro: int | None) -> Document:
    today = day_forecast(accounts, cap_micro=cap_micro)
    month = _month(accounts, today=today)
    return {
        "day_end_usd": usd(today.end_micro),
        "per_hour_usd": usd(round(today.per_minute_micro * (HOUR / MINUTE))),
        "cap_reached_at": iso(today.cap_reached_at),
        "month_end_usd": usd(month.end_micro),
        "per_day_usd": usd(month.per_day_micro),
    }


def _scopes(accounts: Accounts, *, caps: Mapping[str, int]) -> list[str]:
    """Day and month always; a brain's day when it has a cap, or something was charged to it."""
    brains = {scope for scope in (*caps, *accounts.charged) if scope.startswith(BRAIN_PREFIX)}
    return [*_ALWAYS, *sorted(brains)]


def _scope(scope: str, *, accounts: Accounts, cap: int | None, configured: int | None) -> Document:
    charged = accounts.charged.get(scope, 0)
    rows = [row for row in accounts.open_money if _belongs(row, scope=scope, at=accounts.at)]
    unconfirmed = _sum(row for row in rows if row["status"] == CallStatus.UNCONFIRMED)
    set_aside = _sum(rows) - unconfirmed
    override = accounts.override.get(scope)
    return {
        "scope": scope,
        "period": period_of(scope, at=accounts.at),
        "ends_at": iso(period_end(scope, at=accounts.at)),
        "configured_usd": usd(configured),
        "cap_usd": usd(cap),
        "raised": override is not None and override.period == period_of(scope, at=accounts.at),
        "spent_usd": usd(charged - unconfirmed - set_aside),
        "set_aside_usd": usd(set_aside),
        "unconfirmed_usd": usd(unconfirmed),
        "left_usd": _left(charged, cap=cap),
    }


def _belongs(row: Row, *, scope: str, at: float) -> bool:
    if scope == "month":
        return True
    is_today: bool = row["day"] == int(at // DAY_SECONDS)
    return is_today and (scope == "day" or scope == scope_of_brain(row["brain"]))


def _burn(accounts: Accounts) -> Document:
    """How fast it goes: as the burn-rate breaker sees it, or by the ledger under the same names."""
    now = rates(accounts.spent, at=accounts.at)
    return {
        "stage": "normal",
        "reason": None,
        "tokens_per_minute": now.tokens,
        "usd_per_minute": usd(now.micro),
        "average_tokens_per_minute": round(now.average_tokens, 1),
        "average_usd_per_minute": usd(round(now.average_micro)),
    } | accounts.burn


def _is_running(row: Row, *, at: float) -> bool:
    return bool(row["period"] == period_of(row["scope"], at=at))


def _left(charged: int, *, cap: int | None) -> float | None:
    return None if cap is None else usd(max(0, cap - charged))


def _sum(rows: Iterable[Row]) -> int:
    return sum(row["micro"] for row in rows)
