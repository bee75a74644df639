"""Feeds of many different stories, and settings for a whole desk that runs on a fake provider."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from daemon.core.settings.loading import load_settings
from daemon.core.settings.models import Settings
from tests.fakes.feeds import item, rss

_PLACES = ("Aldermoor", "Brindle Bay", "Castle Rigg", "Dunmore", "Eastwater", "Farrow", "Glen Tarn", "Holloway")
_THINGS = ("reservoir", "tramway", "library", "observatory", "harbour wall", "market hall", "weather station")
_MODELS = {"anthropic": "claude-sonnet-5-5", "gemini": "gemini-3.8-flash", "openai": "gpt-6-luna"}


def story(number: int) -> str:
    """A story with its own facts; its first words are `Story NUMBER`."""
    rng = random.Random(number)
    place, thing = rng.choice(_PLACES), rng.choice(_THINGS)
    cost, years = rng.randint(100, 999), rng.randint(2, 60)
    return (
        f"Story {number}x begins in {place}, where the {thing} was opened to the public on Tuesday after long repairs. "
        f"The work took {years} months and cost {cost} million crowns, the council said in report {number}. "
        f"“We counted {number + 40} visitors in the first hour,” said Mara Lindqvist, who leads the {thing}. "
        f"A second stage with {rng.randint(3, 30)} new rooms is planned, and {place} will pay half of it."
    )


def write_feed(path: Path, numbers: Sequence[int]) -> Path:
    """An RSS file with one entry for each number."""
    path.write_bytes(rss(*(item(number, text=story(number)) for number in numbers)))
    return path


def settings_for(
    home: Path, *, feeds: Sequence[Path | str], vendor: str | None, base_url: str = "", **changes: Any
) -> Settings:
    """Settings of a desk with one model for all tasks; `vendor` None is the offline brain. Nothing else is reached."""
    model = {"provider": "offline"}
    if vendor is not None:
        model = {"provider": vendor, "model": _MODELS[vendor], "api_key": "test-key-0000", "base_url": base_url}
    group = {"echelon1": {"models": ["only"], "timeout": 5}}
    overrides: dict[str, Any] = {
        "home": str(home),
        "sources": [{"rss": str(feed)} for feed in feeds],
        "llm": {"models": {"only": model}, "groups": {"left": group, "right": group}},
        "budget": {"daily_usd": 1000, "monthly_usd": 1000, "per_item_usd": 1000},
        "memory": {"mode": "off"},
        "api": {"port": 0},
        "log": {"level": "warning"},
    }
    for key, value in changes.items():
        base = overrides.get(key)
        overrides[key] = base | value if isinstance(base, dict) and isinstance(value, dict) else value
    return load_settings(config=None, environ={}, cwd=home.parent, overrides=overrides).settings
