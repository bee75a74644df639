"""What may be spent: the caps of the configuration, and what a person has set in their place for a while.

A cap has a scope: `item`, `day`, `month`, or `brain:left` (a brain's day). Money is integer micro-dollars; days and
months are those of UTC. A person's word is kept under the control `budget`, as a JSON object by scope:
`{"day": {"usd": 8.0, "period": "2026-11-20"}, "month": {"usd": 150, "period": "2026-11"}}`. It counts for its own
period only, and stands in the place of the configured cap of its scope.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from daemon.core.settings.models import BudgetSettings

CONTROL = "budget"
"""The control that holds what a person has set."""
MICRO = 1_000_000
BRAIN_PREFIX = "brain:"

Caps = Mapping[str, int]
"""Micro-dollars by scope; a scope without a bound is absent."""


@dataclass(frozen=True, slots=True)
class RaisedCap:
    """A cap that a person has set, in micro-dollars, for one day (2026-11-20) or month (2026-11)."""

    micro: int
    period: str


Override = Mapping[str, RaisedCap]
"""What a person has set, by scope."""


def scope_of_brain(brain: str) -> str:
    """The scope of what a brain spends in a day."""
    return f"{BRAIN_PREFIX}{brain}"


def periods(at: float, *, brain: str) -> dict[str, str]:
    """Every scope that a brain's call at a time is charged to, with the period; an item's own is not among them."""
    day = _moment(at).strftime("%Y-%m-%d")
    return {scope_of_brain(brain): day, "day": day, "month": day[:7]}


def period_of(scope: str, *, at: float) -> str | None:
    """The current period of a scope: a month, or a day; None for `item`, which has none."""
    if scope == "item":
        return None
    return _moment(at).strftime("%Y-%m" if scope == "month" else "%Y-%m-%d")


def period_start(scope: str, *, at: float) -> float:
    """When the current period of a scope began, in epoch seconds."""
    start = _moment(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return (start.replace(day=1) if scope == "month" else start).timestamp()


def period_end(scope: str, *, at: float) -> float:
    """When the current period of a scope ends, in epoch seconds."""
    start = _moment(period_start(scope, at=at))
    if scope == "month":
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1).timestamp()
    return (start + timedelta(days=1)).timestamp()


def configured_caps(budget: BudgetSettings) -> dict[str, int]:
    """The caps of the configuration."""
    bounds = {"item": budget.per_item_usd, "day": budget.daily_usd, "month": budget.monthly_usd}
    bounds |= {scope_of_brain(brain): usd for brain, usd in budget.per_brain_daily_usd.items()}
    return {scope: micro(usd) for scope, usd in bounds.items() if usd is not None}


def effective_caps(budget: BudgetSettings, override: Override, *, at: float) -> dict[str, int]:
    """The caps that hold at a time: those of the configuration, and what a person has set for this very period."""
    now = {scope: cap.micro for scope, cap in override.items() if cap.period == period_of(scope, at=at)}
    return configured_caps(budget) | now


def caps_for(caps: Caps, *, brain: str) -> dict[str, int]:
    """The caps that a brain's call has to meet, as the engine takes them: its brain's cap under `brain`."""
    plain = {scope: cap for scope, cap in caps.items() if not scope.startswith(BRAIN_PREFIX)}
    own = caps.get(scope_of_brain(brain))
    return plain if own is None else plain | {"brain": own}


def read_override(text: str | None) -> dict[str, RaisedCap]:
    """What a person has set, of the control's value. What cannot be read is left out: the configured cap holds then."""
    try:
        document = json.loads(text or "{}")
    except ValueError:
        return {}
    found = {scope: _raised(entry) for scope, entry in document.items()} if isinstance(document, dict) else {}
    return {scope: cap for scope, cap in found.items() if cap is not None}


def write_override(override: Override) -> str | None:
    """The control's value; None (clear it) when nothing is set."""
    document = {scope: {"usd": cap.micro / MICRO, "period": cap.period} for scope, cap in sorted(override.items())}
    return json.dumps(document) if document else None


def with_cap(override: Override, *, scope: str, usd: float | None, at: float) -> dict[str, RaisedCap]:
    """The override with the cap of a scope (`day`, `month`, `brain:left`) set for its current period.

    `usd` None takes it back. What was set for a period that is over is dropped. Raises `ValueError` for `item`, whose
    cap has no period, and for an amount that is none.
    """
    period = period_of(scope, at=at)
    if period is None:
        raise ValueError("the budget of an item has no day or month; change budget.per_item_usd in the configuration")
    kept = {name: cap for name, cap in override.items() if cap.period == period_of(name, at=at) and name != scope}
    if usd is None:
        return kept
    if not _is_amount(usd):
        raise ValueError(f"{usd} is no amount of dollars")
    return kept | {scope: RaisedCap(micro(usd), period)}


def micro(usd: float) -> int:
    """Micro-dollars from dollars."""
    return round(usd * MICRO)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _raised(entry: Any) -> RaisedCap | None:
    match entry:
        case {"usd": float() | int() as usd, "period": str() as period} if _is_amount(usd):
            return RaisedCap(micro(usd), period)
        case _:
            return None


def _is_amount(usd: float) -> bool:
    return not isinstance(usd, bool) and math.isfinite(usd) and usd >= 0
