"""What the same work would have cost elsewhere."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from brains.llm.rates import find_rates, fixed_rates
from brains.llm.what_if import what_if
from daemon.core.settings.models import PriceSettings

NOW = 1_795_000_000.0
OWN = fixed_rates("own", price=PriceSettings(input_mtok=1, output_mtok=10))
CACHING = fixed_rates("own", price=PriceSettings(input_mtok=1, output_mtok=10, cache_read_mtok=0.1))


def row(brain: str = "left", **changes: int) -> dict[str, Any]:
    """Ten calls of a brain, today."""
    empty = dict.fromkeys(
        ("cached_tokens", "cache_write_tokens", "batch_calls", "unpriced_calls", "tokenless_calls"), 0
    )
    sums = {"calls": 10, "prompt_tokens": 1000, "completion_tokens": 100, "cost_micro": 5000}
    return {"bucket": int(NOW // 86_400), "brain": brain} | empty | sums | changes


def told(*rows: Mapping[str, Any], card: Any = OWN) -> dict[str, Any]:
    def read(bucket: int, above: int, upto: int) -> Iterable[Mapping[str, Any]]:
        assert bucket == card.bucket_seconds
        return rows if above == -1 else ()

    return what_if(card, read=read, until=NOW)


def test_the_same_tokens_by_another_price() -> None:
    """1,000 tokens in at 1 dollar a million and 100 out at 10 are 2,000 micro-dollars."""
    document = told(row())
    assert (document["model"], document["cost_usd"], document["difference_usd"]) == ("own", 0.002, -0.003)


def test_brains_add_up_to_the_whole() -> None:
    document = told(row("left"), row("left"), row("right", completion_tokens=700))
    assert document["by_brain"] == {
        "left": {"cost_usd": 0.004, "difference_usd": -0.006},
        "right": {"cost_usd": 0.008, "difference_usd": 0.003},
    }
    assert (document["cost_usd"], document["difference_usd"]) == (0.012, -0.003)


@pytest.mark.parametrize(
    ("card", "cost", "words"), [(OWN, 0.002, "no cache hits"), (CACHING, 0.00164, "the same cache")]
)
def test_cached_tokens_have_their_price_where_there_is_one(card: Any, cost: float, words: str) -> None:
    document = told(row(cached_tokens=400), card=card)
    assert document["cost_usd"] == cost
    assert any(words in one for one in document["assumptions"])


def test_embeddings_and_readings_stay_as_they_are() -> None:
    document = told(row("memory"), row("sensor"), row("left"))
    assert document["cost_usd"] == 0.012
    assert document["by_brain"]["memory"] == {"cost_usd": 0.005, "difference_usd": 0.0}
    assert any("embeddings" in one for one in document["assumptions"])


def test_long_prompts_have_the_price_of_their_length() -> None:
    card = find_rates("anthropic/claude-haiku-5-5", models={})
    (threshold,) = card.thresholds
    asked = []

    def read(bucket: int, above: int, upto: int) -> list[Mapping[str, Any]]:
        asked.append((bucket, above, upto))
        return [row(prompt_tokens=1_000_000, completion_tokens=0)]

    document = what_if(card, read=read, until=NOW)
    assert [(above, upto) for _, above, upto in asked] == [(-1, threshold), (threshold, 2**62)]
    assert document["cost_usd"] == 0.1 + 0.5
    assert document["price"]["above"]["100000"]["input_mtok"] == 0.5


def test_what_cannot_be_known_is_said() -> None:
    said = "; ".join(told(row(batch_calls=1, unpriced_calls=2, tokenless_calls=3))["assumptions"])
    for words in (
        "tokenizer counts differently",
        "a batch (1 call)",
        "2 calls of unknown price",
        "nothing for 3 calls",
    ):
        assert words in said


def test_no_work_costs_nothing_anywhere() -> None:
    document = told()
    assert (document["cost_usd"], document["difference_usd"], document["by_brain"]) == (0.0, 0.0, {})
    assert document["price"] == {
        "source": "given",
        "input_mtok": 1.0,
        "cache_read_mtok": 1.0,
        "cache_write_mtok": 1.0,
        "output_mtok": 10.0,
    }
