"""The sums of the ledger, folded by brain, model and day."""

from collections.abc import Iterable
from typing import Any

from daemon.blackboard.reading.rows import Document, Row, usd

_SUMS = ("calls", "prompt_tokens", "completion_tokens", "cached_tokens", "unpriced_calls")
_MONEY = ("cost_micro", "unconfirmed_micro")


def costs_document(rows: Iterable[Row], *, cny_rate: float | None) -> Document:
    """What was spent, in all and by brain, model and day (UTC).

    `rows` are the sums by day, brain and model. `unconfirmed_usd` is set aside for calls whose outcome is not known; it
    is not in `cost_usd`. `unpriced_calls` were answered, but nobody knows their price.
    """
    rows = list(rows)
    total = _fold(rows)
    return _money(total, cny_rate=cny_rate) | {
        "by_brain": _folded_by("brain", rows),
        "by_model": _folded_by("model", rows),
        "by_day": [{"day": day} | sums for day, sums in _folded_by("day", rows).items()],
        "unconfirmed_usd": usd(total["unconfirmed_micro"]),
        "unpriced_calls": total["unpriced_calls"],
    }


def _folded_by(key: str, rows: Iterable[Row]) -> dict[str, Document]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(row[key], []).append(row)
    return {name: _part(_fold(part)) for name, part in sorted(parts.items())}


def _fold(rows: Iterable[Row]) -> dict[str, int]:
    sums = dict.fromkeys((*_SUMS, *_MONEY), 0)
    for row in rows:
        for key in sums:
            sums[key] += row[key]
    return sums


def _part(sums: dict[str, int]) -> dict[str, Any]:
    return {key: sums[key] for key in _SUMS[:4]} | {"cost_usd": usd(sums["cost_micro"])}


def _money(sums: dict[str, int], *, cny_rate: float | None) -> Document:
    cost = sums["cost_micro"]
    return _part(sums) | {"cost_cny": None if cny_rate is None else usd(round(cost * cny_rate))}
