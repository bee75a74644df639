"""What the same work would have cost elsewhere: the ledger's tokens by another model's prices."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from brains.llm.pricing import MICRO
from brains.llm.rates import MILLION, RateCard, Rates

Document = dict[str, Any]
Row = Mapping[str, Any]
ReadTokens = Callable[[int, int, int], Iterable[Row]]
"""Sums of answered calls whose prompts have more than `above` and at most `upto` tokens, by bucket of so many seconds
and brain: called with bucket, above, upto."""

_NO_MODEL = frozenset({"memory", "sensor"})
"""What no other language model could do: embeddings, readings of a source."""
_LONGEST = 2**62
_SUMS = ("prompt_tokens", "cached_tokens", "cache_write_tokens", "completion_tokens")
_CONCERNED = {"batched": "batch_calls", "unpriced": "unpriced_calls", "tokenless": "tokenless_calls"}
_SENTENCES = {
    "same_tokens": "the same numbers of tokens; another model's tokenizer counts differently",
    "same_cache": "the same cache hits, at its own price for cached tokens",
    "no_cache": "no cache hits: it has no price for cached tokens",
    "by_length": "prompts priced by their length, as its table does",
    "batched": "full price also for what went through a batch ({calls})",
    "unpriced": "{calls} of unknown price counted here, but not in the real sum",
    "tokenless": "nothing for {calls} whose tokens nobody counted, as those of the offline brain",
    "others_stay": "embeddings and readings of sources stay as they are",
}


@dataclass(slots=True)
class _Brain:
    """What one brain's work cost, and would have cost."""

    real_micro: int = 0
    other: Decimal = Decimal(0)
    """In dollars."""

    @property
    def other_micro(self) -> int:
        return round(self.other * MICRO)


def what_if(card: RateCard, *, read: ReadTokens, until: float) -> Document:
    """`{"model", "cost_usd", "difference_usd", "by_brain", "price", "assumptions", "assumed"}`.

    `price` is the one that holds at `until`. Embeddings and readings keep their real cost, so that the sum is to be
    compared with the whole real one; calls whose price is not known are missing there and counted here. `assumed` says
    by name what `assumptions` says in sentences.
    """
    brains: dict[str, _Brain] = {}
    rows = [
        (tier, row)
        for tier, (above, upto) in enumerate(_classes(card))
        for row in read(card.bucket_seconds, above, upto)
    ]
    for tier, row in rows:
        brain = brains.setdefault(row["brain"], _Brain())
        brain.real_micro += row["cost_micro"]
        brain.other += _other_cost(card, row, tier=tier)
    assumed = _assumed(card, [row for _, row in rows])
    real, other = (sum(getattr(one, name) for one in brains.values()) for name in ("real_micro", "other_micro"))
    return {
        "model": card.name,
        "cost_usd": _usd(other),
        "difference_usd": _usd(other - real),
        "by_brain": {name: _part(brain) for name, brain in sorted(brains.items())},
        "price": price_at(card, at=until),
        "assumptions": [_said(name, calls) for name, calls in assumed.items()],
        "assumed": assumed,
    }


def _classes(card: RateCard) -> Sequence[tuple[int, int]]:
    return list(pairwise((-1, *card.thresholds, _LONGEST)))


def _other_cost(card: RateCard, row: Row, *, tier: int) -> Decimal:
    if row["brain"] in _NO_MODEL:
        return Decimal(row["cost_micro"]) / MICRO
    return _cost(card.rates(at=float(row["bucket"] * card.bucket_seconds), tier=tier), *(row[key] for key in _SUMS))


def _cost(rates: Rates, *tokens: int) -> Decimal:
    prompt, cached, written, answered = tokens
    plain = max(0, prompt - cached - written)
    return (
        plain * rates.input_mtok
        + cached * rates.cache_read_mtok
        + written * rates.cache_write_mtok
        + answered * rates.output_mtok
    ) / MILLION


def _part(brain: _Brain) -> Document:
    return {"cost_usd": _usd(brain.other_micro), "difference_usd": _usd(brain.other_micro - brain.real_micro)}


def price_at(card: RateCard, *, at: float) -> Document:
    """Where the price is from, and dollars for a million tokens; `above` so many prompt tokens others may hold."""
    above = {str(start): card.rates(at=at, tier=tier).shown() for tier, start in enumerate(card.thresholds, start=1)}
    return {"source": card.source, **card.rates(at=at, tier=0).shown()} | ({"above": above} if above else {})


def _assumed(card: RateCard, rows: Sequence[Row]) -> dict[str, int | None]:
    """What is taken for granted, by name, and how many calls it concerns where that is some of them."""
    asked = [row for row in rows if row["brain"] not in _NO_MODEL]
    holds = {
        "same_tokens": True,
        "same_cache": card.has_cache_price,
        "no_cache": not card.has_cache_price and any(row["cached_tokens"] for row in asked),
        "by_length": bool(card.thresholds),
    }
    concerned = {name: sum(row[column] for row in asked) for name, column in _CONCERNED.items()}
    stays = {"others_stay": None} if any(row["brain"] in _NO_MODEL for row in rows) else {}
    return (
        {name: None for name, is_so in holds.items() if is_so}
        | {name: calls for name, calls in concerned.items() if calls}
        | stays
    )


def _said(name: str, calls: int | None) -> str:
    return _SENTENCES[name].format(calls="" if calls is None else _calls(calls))


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number:,} calls"


def _usd(micro: int) -> float:
    return round(micro / MICRO, 6)
