"""Parts of a cost in words: brains, tasks, sources; and what of it did not go straight."""

from collections.abc import Mapping
from typing import Any, Final

from daemon.blackboard.reading.cost_parts import OTHERS
from daemon.blackboard.reading.costs import BY_HAND, NO_ITEM
from dashboard import figures
from dashboard.texts import has, t

Document = Mapping[str, Any]

_SAID: Final = {BY_HAND: "economics.by_hand", NO_ITEM: "economics.no_item", OTHERS: "economics.others"}
_NAMED: Final = frozenset({"brain", "task", "kind"})
"""What we name ourselves; a model or a source may be called like one of our texts."""
_EXTRA: Final = ("retries", "repair", "hedge", "batch")
"""Why calls were made besides the first of a step."""


def part_name(name: str, *, kind: str) -> str:
    """A brain, a task or a source in words; models, and what is not known here, as they are."""
    if name in _SAID:
        return t(_SAID[name])
    key = f"brain.{name}" if kind == "brain" else f"economics.{kind}_{name}"
    return t(key) if kind in _NAMED and has(key) else name


def extra_words(by_kind: Mapping[str, Document]) -> str:
    """`Of this: retries $0.0003 (1 call), hedges …`; nothing when no call was made besides."""
    parts = [
        t(
            f"economics.extra_{kind}",
            n=figures.number(by_kind[kind]["calls"]),
            usd=figures.usd(by_kind[kind]["cost_usd"]),
        )
        for kind in _EXTRA
        if by_kind[kind]["calls"]
    ]
    return t("economics.extra", parts=t("word.comma").join(parts)) if parts else ""


def lines_of(document: Document) -> list[str]:
    """What the figures do not tell: what was paid twice, could not be used, was saved; a sentence each."""
    return [line for line in (extra_words(document["by_kind"]), _malformed(document), _saving(document)) if line]


def open_money(document: Document) -> list[str]:
    """Money that is not spent, but not free either."""
    lines = []
    if document["open_calls"]:
        usd, n = figures.usd(document["set_aside_usd"]), figures.number(document["open_calls"])
        lines.append(t("economics.set_aside", n=n, usd=usd))
    if document["unconfirmed_calls"]:
        usd, n = figures.usd(document["unconfirmed_usd"]), figures.number(document["unconfirmed_calls"])
        lines.append(t("economics.unconfirmed", n=n, usd=usd))
    return lines


def before_words(document: Document, *, days: int) -> str:
    """What the days before cost, which are whole while today is not."""
    before, key = document["before"], "day" if days == 1 else "days"
    if before is None:
        return t(f"economics.before_{key}_none", n=days)
    told = {"usd": figures.usd(before["cost_usd"]), "calls": figures.number(before["calls"])}
    return t(f"economics.before_{key}", n=days, **told)


def _malformed(document: Document) -> str:
    n = document["malformed_calls"]
    return t("economics.malformed_calls", n=figures.number(n)) if n else ""


def _saving(document: Document) -> str:
    saved = document["cache_saving_usd"]
    if not saved:
        return ""
    return t("economics.saved" if saved > 0 else "economics.saved_less", usd=figures.usd(abs(saved)))
