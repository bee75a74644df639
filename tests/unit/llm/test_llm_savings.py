"""What a cache saves, what a batch costs, what embeddings cost, and what is set aside for them."""

import pytest

from brains.llm.base import Turn
from brains.llm.booking import Question, new_call
from brains.llm.bounds import cost_of, reservation
from brains.llm.groups import Echelon, Endpoint
from brains.llm.pricing import BATCH_PRICE, OwnPrice, Price, TablePrice, price_of, saved_by_cache
from daemon.blackboard.records import CallKind, Usage
from daemon.core.settings.models import PriceSettings
from tests.fakes.llm import LocalProvider, context, extract_request

NOW = 1_790_000_000.0
OWN = OwnPrice(PriceSettings(input_mtok=10, output_mtok=100, cache_read_mtok=1, cache_write_mtok=20))
CLAUDE = TablePrice(provider="anthropic", model="claude-sonnet-5-5", base_url=None)


class Remote(LocalProvider):
    """As if it were reached over a network."""

    is_local = False


def question(price: Price, **changes: object) -> Question:
    endpoint = Endpoint("m", Remote(), "m", price=price)
    return Question(
        extract_request(**changes), context(), Echelon("left.echelon1", (endpoint,)), endpoint, "hash", CallKind.BATCH
    )


@pytest.mark.parametrize(
    ("usage", "saved"),
    [
        (Usage(100, 7), 0),
        (Usage(100, 7, cached_tokens=50), 50 * 9),
        (Usage(100, 7, cache_write_tokens=30), -30 * 10),
        (Usage(100, 7, cached_tokens=50, cache_write_tokens=30), 50 * 9 - 30 * 10),
    ],
)
def test_what_the_cache_saved_is_the_difference_at_the_same_price(usage: Usage, saved: int) -> None:
    """Writing to it costs more than it saves at first."""
    assert saved_by_cache(OWN, usage, at=NOW) == saved


def test_the_tables_own_cache_price_is_used() -> None:
    """Nine tenths at Anthropic; an unknown model saves nothing that could be known."""
    assert saved_by_cache(CLAUDE, Usage(10_000, 10, cached_tokens=10_000), at=NOW) > 0
    unknown = TablePrice(provider="openai", model="my-own-model", base_url=None)
    assert saved_by_cache(unknown, Usage(100, 7, cached_tokens=50), at=NOW) == 0


@pytest.mark.parametrize("price", [OWN, CLAUDE], ids=["own", "table"])
def test_a_batch_costs_half_and_says_so(price: Price) -> None:
    """Rounded up after halving; the price is shown with the share that was paid."""
    usage = Usage(10_001, 501)
    endpoint = Endpoint("m", Remote(), "m", price=price)
    full, half = cost_of(endpoint, usage, at=NOW), cost_of(endpoint, usage, at=NOW, factor=BATCH_PRICE)
    assert full is not None
    assert half is not None
    assert half.micro == -(-full.micro // 2)
    assert half.price == {**full.price, "batch": 0.5}
    assert saved_by_cache(price, Usage(100_000, 7, cached_tokens=50_000), at=NOW, factor=BATCH_PRICE) > 0


def test_half_is_set_aside_for_a_batch() -> None:
    """The entry's kind is that of the question."""
    asked = question(OWN)
    full, half = new_call(asked, at=NOW), new_call(asked, at=NOW, factor=BATCH_PRICE)
    assert (half.kind, full.reserved_micro) == (CallKind.BATCH, 2 * (half.reserved_micro or 0))


def test_money_is_set_aside_for_earlier_turns() -> None:
    """Each byte of them may be a token."""
    turns = (Turn("user", "工厂"), Turn("assistant", "plant"))
    short, long = (reservation(q.request, q.endpoint, at=NOW) for q in (question(OWN), question(OWN, turns=turns)))
    assert short is not None
    assert long == short + 20 * len("工厂plant".encode())


@pytest.mark.parametrize("model", ["gemini-embedding-001", "gemini-embedding-2"])
def test_embeddings_have_prices_too(model: str) -> None:
    """By the same table; they have no output."""
    cost = price_of(provider="gemini", model=model, base_url=None, own=None).cost(Usage(1_000_000, 0), at=NOW)
    assert cost is not None
    assert cost.micro >= 100_000
