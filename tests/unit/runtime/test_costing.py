"""Which models can be compared, and what those of the configuration cost now."""

import pytest

from brains.llm.rates import find_rates
from daemon.core.settings.models import Settings
from daemon.runtime.costing import models_to_compare, prices_now

NOW = 1_790_000_000.0


@pytest.fixture
def settings() -> Settings:
    models = {
        "own": {"provider": "openai", "model": "qwen-plus", "price": {"input_mtok": 0.4, "output_mtok": 1.2}},
        "listed": {"provider": "anthropic", "model": "claude-haiku-5-5"},
        "strange": {"provider": "openai", "model": "nobody-knows-it", "base_url": "http://127.0.0.1:9/v1"},
        "offline": {"provider": "offline"},
    }
    return Settings.model_validate({"llm": {"models": models}})


def test_each_configured_model_tells_its_price_and_where_it_is_from(settings: Settings) -> None:
    found = {one["name"]: one for one in prices_now(settings, now=NOW)}
    assert found["own"]["price"]["source"] == "given"
    assert (found["own"]["price"]["input_mtok"], found["own"]["price"]["output_mtok"]) == (0.4, 1.2)
    assert found["listed"]["price"]["source"].startswith("genai-prices ")
    assert found["offline"]["price"]["output_mtok"] == 0
    assert found["strange"] == {
        "name": "strange",
        "model": "nobody-knows-it",
        "provider": "openai",
        "price": None,
    }


def test_what_can_be_compared_begins_with_the_configured_models_of_known_price(settings: Settings) -> None:
    names = models_to_compare(settings)
    assert names[:3] == ["own", "listed", "offline"]
    assert "strange" not in names
    assert len(names) == len(set(names)) > 1000


def test_each_name_of_the_price_list_is_found_under_itself(settings: Settings) -> None:
    for name in models_to_compare(settings)[3:]:
        assert find_rates(name, models={}).name == name
