"""Parts of a cost as a person compares them: the dearest first, each with its share of the whole."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from daemon.blackboard.reading.rows import Document

OTHERS: Final = "(others)"
"""The part of a trend that holds what is too small for a colour of its own."""
_MICRO = 1_000_000
_SHARE_DIGITS, _USD_DIGITS = 4, 6


def compared(parts: Mapping[str, Mapping[str, Any]]) -> list[Document]:
    """Each part with its `name`, its `share` of the cost (0 to 1; null when nothing was spent) and `cost_per_call_usd`.

    The dearest comes first; what costs alike stands by calls, then by name.
    """
    whole = sum(part["cost_usd"] for part in parts.values())
    found = [{"name": name, **part, **_ratios(part, whole=whole)} for name, part in parts.items()]
    return sorted(found, key=lambda one: (-one["cost_usd"], -one["calls"], one["name"]))


def leading(trend: Sequence[Document], *, most: int, by: str) -> list[Document]:
    """A trend with at most `most` parts, those with the highest sums of `by`; the rest is added up in `OTHERS`."""
    sums: dict[str, float] = {}
    for one in trend:
        for name, part in one["parts"].items():
            sums[name] = sums.get(name, 0) + part[by]
    names = sorted(sums, key=lambda name: (-sums[name], name))
    if len(names) <= most:
        return [{**one, "parts": {name: one["parts"][name] for name in names}} for one in trend]
    kept, rest = names[: most - 1], names[most - 1 :]
    return [{**one, "parts": _folded(one["parts"], kept=kept, rest=rest)} for one in trend]


def _folded(parts: Mapping[str, Document], *, kept: Iterable[str], rest: Iterable[str]) -> dict[str, Document]:
    return {name: parts[name] for name in kept} | {OTHERS: _added([parts[name] for name in rest])}


def _added(parts: Sequence[Document]) -> Document:
    """Sums of sums; dollars as the whole micro-dollars they are."""
    added = {name: sum(part[name] for part in parts) for name in parts[0] if name != "cost_usd"}
    return added | {"cost_usd": sum(round(part["cost_usd"] * _MICRO) for part in parts) / _MICRO}


def _ratios(part: Mapping[str, Any], *, whole: float) -> Document:
    cost, calls = part["cost_usd"], part["calls"]
    return {
        "share": round(cost / whole, _SHARE_DIGITS) if whole else None,
        "cost_per_call_usd": round(cost / calls, _USD_DIGITS) if calls else None,
    }
