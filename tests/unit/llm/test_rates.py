"""What a million tokens cost at a model, found by name."""

from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot

from brains.llm.pricing import TablePrice
from brains.llm.rates import RateCard, find_rates, fixed_rates
from daemon.blackboard.records import Usage
from daemon.core.errors import UsageError
from daemon.core.settings.models import ModelSettings, PriceSettings

NOW = 1_795_000_000.0
"""In November 2026."""


def found(name: str, **models: ModelSettings) -> RateCard:
    return find_rates(name, models=models)


def cost(card: RateCard, usage: Usage, *, at: float = NOW) -> Decimal:
    """In micro-dollars, for one call."""
    tier = sum(usage.input_tokens > start for start in card.thresholds)
    rates = card.rates(at=at, tier=tier)
    plain = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    return (
        plain * rates.input_mtok
        + usage.cached_tokens * rates.cache_read_mtok
        + usage.cache_write_tokens * rates.cache_write_mtok
        + usage.output_tokens * rates.output_mtok
    )


USAGES = (
    Usage(1, 0),
    Usage(1000, 100),
    Usage(1000, 100, cached_tokens=400),
    Usage(1000, 100, cached_tokens=400, cache_write_tokens=300),
    Usage(100_000, 50),
    Usage(100_001, 50, cached_tokens=70_000),
    Usage(600_000, 5000, cached_tokens=1, cache_write_tokens=2),
)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "claude-sonnet-5-5"),
        ("anthropic", "claude-haiku-5-5"),
        ("anthropic", "claude-sonnet-4-5"),
        ("gemini", "gemini-3.8-flash"),
        ("gemini", "gemini-2.5-pro"),
        ("openai", "gpt-5"),
    ],
)
def test_the_rates_give_what_the_table_gives(provider: str, model: str) -> None:
    """For every kind of token and length of prompt: the call is booked at what the rates say, rounded up."""
    card, table = found(f"{provider}/{model}"), TablePrice(provider=provider, model=model, base_url=None)
    for usage in USAGES:
        booked = table.cost(usage, at=NOW)
        assert booked is not None
        assert 0 <= booked.micro - cost(card, usage) < 1, usage


def test_a_price_by_the_time_of_day_changes_within_the_day() -> None:
    card = found("deepseek/deepseek-chat")
    noon = NOW // 86_400 * 86_400 + 43_200
    assert card.bucket_seconds == 1800
    assert card.rates(at=noon, tier=0) != card.rates(at=noon + 6 * 3600, tier=0)


def test_a_price_that_changed_on_a_day_holds_for_its_time() -> None:
    """As the table has it, for every model of a large vendor whose prices have changed."""
    vendor = next(one for one in get_snapshot().providers if one.id == "openrouter")
    changed = [one for one in vendor.models if isinstance(one.prices, list)][:5]
    for model in changed:
        card = found(f"openrouter/{model.id}")
        assert card.rates(at=0.0, tier=0).input_mtok == Decimal(str(_base(model.prices[0].prices.input_mtok)))
        assert card.rates(at=NOW, tier=0).input_mtok == Decimal(str(_base(model.prices[-1].prices.input_mtok)))


def _base(price: object) -> object:
    return getattr(price, "base", price)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gpt-5", "openai/gpt-5"),
        ("gemini/gemini-3.8-flash", "google/gemini-3.8-flash"),
        ("CLAUDE-SONNET-5-5", "anthropic/claude-sonnet-5-5"),
        ("openrouter/z-ai/glm-5", "openrouter/z-ai/glm-5"),
    ],
)
def test_a_model_is_found_by_its_name_with_and_without_its_vendor(name: str, shown: str) -> None:
    assert found(name).name == shown


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("claude-sonet-5-5", "anthropic/claude-sonnet-5-5"),
        ("openai/gtp-5", "openai/gpt-5"),
        ("z-ai/glm-5", "openrouter/z-ai/glm-5"),
        ("qwen-plus", "openrouter/qwen/qwen-plus"),
        ("writr", "writer"),
    ],
)
def test_an_unknown_name_is_told_with_names_that_are_near(name: str, near: str) -> None:
    with pytest.raises(UsageError, match="no price is known for") as told:
        found(name, writer=ModelSettings(provider="offline"))
    assert near in str(told.value)


def test_a_name_without_any_near_one_is_told_how_to_be_written() -> None:
    with pytest.raises(UsageError, match="name it as provider/model"):
        found("%%%%")


def test_a_model_that_gives_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="no prices for text in and out"):
        found("openai/text-embedding-3-small")


def test_a_model_of_the_configuration_has_its_own_price() -> None:
    model = ModelSettings(provider="openai", model="x", price=PriceSettings(input_mtok=0.4, output_mtok=1.2))
    rates = found("qwen", qwen=model).rates(at=NOW, tier=0)
    assert rates.shown() == {"input_mtok": 0.4, "cache_read_mtok": 0.4, "cache_write_mtok": 0.4, "output_mtok": 1.2}


def test_a_model_of_the_configuration_without_a_price_is_looked_up() -> None:
    assert found("quick", quick=ModelSettings(provider="gemini", model="gemini-3.8-flash")).name == (
        "google/gemini-3.8-flash"
    )


def test_a_model_at_another_vendors_address_costs_what_it_costs_there() -> None:
    model = ModelSettings(provider="openai", model="deepseek-chat", base_url="https://api.deepseek.com/v1")
    assert found("chat", chat=model).name == "deepseek/deepseek-chat"


def test_a_configured_model_whose_price_nobody_knows_is_told_where_to_set_it() -> None:
    with pytest.raises(UsageError, match=r"llm\.models\.home\.price"):
        found("home", home=ModelSettings(provider="openai", model="own", base_url="http://127.0.0.1:1/v1"))


def test_the_offline_brain_is_free() -> None:
    card = found("offline", offline=ModelSettings(provider="offline"))
    assert cost(card, Usage(1000, 1000)) == 0


def test_a_price_of_ones_own_may_have_one_for_cached_tokens() -> None:
    price = PriceSettings(input_mtok=1, output_mtok=2, cache_read_mtok=0.1)
    card = fixed_rates("own", price=price)
    assert card.has_cache_price
    assert cost(card, Usage(1000, 0, cached_tokens=1000)) == 100
    assert not fixed_rates("own", price=PriceSettings(input_mtok=1, output_mtok=2)).has_cache_price
