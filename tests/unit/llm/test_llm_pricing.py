"""Prices: a person's own, the table's, and none."""

import random
from datetime import UTC, datetime

import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from brains.llm.bounds import cost_of, reservation
from brains.llm.groups import Endpoint
from brains.llm.pricing import OwnPrice, TablePrice, price_of, rates_of, table_usage
from daemon.blackboard.records import Usage
from daemon.core.settings.models import PriceSettings
from tests.fakes.llm import LocalProvider, extract_request

NOW = 1_790_000_000.0


def table(provider: str, model: str, base_url: str | None = None) -> TablePrice:
    return TablePrice(provider=provider, model=model, base_url=base_url)


@pytest.mark.parametrize(
    ("provider", "model", "base_url", "vendor"),
    [
        ("anthropic", "claude-sonnet-5-5", None, "anthropic"),
        ("gemini", "gemini-3.8-flash", None, "google"),
        ("openai", "gpt-5-mini", None, "openai"),
        ("openai", "deepseek-chat", "https://api.deepseek.com", "deepseek"),
        ("openai", "gpt-5-mini", "http://127.0.0.1:9/v1", "openai"),
    ],
)
def test_the_vendor_is_known_by_its_address_or_else_by_its_protocol(
    provider: str, model: str, base_url: str | None, vendor: str
) -> None:
    """A compatible server has its own prices; a proxy has those of whom it stands for."""
    cost = table(provider, model, base_url).cost(Usage(1_000_000, 1000), at=NOW)
    assert cost is not None
    assert (cost.price["provider"], cost.micro > 0) == (vendor, True)


@pytest.mark.parametrize(
    ("model", "base_url"),
    [("my-own-model", None), ("qwen-plus", "http://127.0.0.1:9/v1"), ("gpt-5-mini", "https://api.deepseek.com")],
)
def test_an_unknown_model_has_no_price(model: str, base_url: str | None) -> None:
    """No price is guessed: not for an unknown name, not from another vendor's list."""
    price = table("openai", model, base_url)
    assert not price.is_known
    assert price.cost(Usage(10, 10), at=NOW) is None


def test_a_price_that_rises_with_the_length_is_kept_with_its_steps() -> None:
    """The snapshot in the ledger shows base and steps."""
    cost = table("anthropic", "claude-sonnet-4-5").cost(Usage(300_000, 10), at=NOW)
    assert cost is not None
    assert set(cost.price["input_mtok"]) == {"base", "above"}


def test_an_own_price_counts_each_kind_of_token_once() -> None:
    """Cached and written tokens are part of the input, reasoning tokens of the output."""
    own = OwnPrice(PriceSettings(input_mtok=10, output_mtok=100, cache_read_mtok=1, cache_write_mtok=20))
    usage = Usage(input_tokens=100, output_tokens=7, cached_tokens=50, cache_write_tokens=30, reasoning_tokens=5)
    assert own.cost(usage, at=NOW).micro == 20 * 10 + 50 * 1 + 30 * 20 + 7 * 100


def test_a_part_of_a_micro_dollar_is_a_whole_one() -> None:
    """What is charged is never less than what was spent."""
    assert OwnPrice(PriceSettings(input_mtok=0.01, output_mtok=0)).cost(Usage(1, 0), at=NOW).micro == 1


def test_a_free_price_is_a_price() -> None:
    """Zero is known; it is not the same as unknown."""
    own = price_of(provider="openai", model="x", base_url=None, own=PriceSettings(input_mtok=0, output_mtok=0))
    cost = own.cost(Usage(10, 10), at=NOW)
    assert cost is not None
    assert cost.micro == 0


def test_the_short_way_costs_what_the_table_says() -> None:
    """For every model in the table whose price does not depend on the prompt's length, to the last digit."""
    when, rng, compared = datetime.fromtimestamp(NOW, UTC), random.Random(1), 0
    for vendor in get_snapshot().providers:
        for model in vendor.models:
            rates = rates_of(model.get_prices(when))
            if rates is None:
                continue
            compared += 1
            read, written, plain = (rng.randint(0, 100_000) for _ in range(3))
            usage = Usage(read + written + plain, rng.randint(0, 9000), read, written)
            wanted = model.calc_price(table_usage(usage), vendor, genai_request_timestamp=when).total_price
            assert rates.micro(usage) == wanted * 1_000_000, (vendor.id, model.id)
    assert compared > 1000


def test_a_server_that_reports_no_tokens_has_no_known_cost() -> None:
    """No usage does not mean no cost."""
    priced = Endpoint("m", LocalProvider(), "m", price=OwnPrice(PriceSettings(input_mtok=1, output_mtok=1)))
    assert cost_of(priced, Usage(), at=NOW) is None


@given(
    text=st.text(max_size=2000),
    share=st.floats(0, 1),
    cached=st.floats(0, 1),
    output=st.integers(0, 4096),
    model=st.sampled_from(["claude-sonnet-5-5", "claude-sonnet-4-5"]),
)
def test_no_answer_costs_more_than_was_set_aside(
    text: str, share: float, cached: float, output: int, model: str
) -> None:
    """Whatever part of the prompt's bytes are tokens, and whatever part of these is cached or written."""
    endpoint = Endpoint("m", LocalProvider(), model, price=table("anthropic", model))
    request = extract_request(text, max_tokens=4096)
    bound = reservation(request, endpoint, at=NOW)
    tokens = int(len((request.system + request.prompt).encode()) * share)
    read = int(tokens * cached)
    cost = cost_of(endpoint, Usage(tokens, output, read, tokens - read), at=NOW)
    assert bound is not None
    assert cost is None or cost.micro <= bound
