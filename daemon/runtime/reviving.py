"""What putting dead letters back to work would be, without doing it."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daemon.blackboard.reading.desk_letters import Meant, retry_estimate, retry_sums, retry_work
from daemon.core.errors import UsageError
from daemon.core.settings.models import Settings
from daemon.runtime.costing import prices_now

Document = dict[str, Any]
_MILLION = 1_000_000


def require_model(model: str | None, *, settings: Settings) -> None:
    """Raise `UsageError`, with the names there are, for what is no model of `llm.models`."""
    if model is not None and model not in settings.llm.models:
        raise UsageError(
            f"there is no model {model} in llm.models; there are {', '.join(settings.llm.models) or 'none'}"
        )


def retry_plan(board: Path, meant: Meant, *, settings: Settings, model: str | None = None, now: float) -> Document:
    """`{"would_revive", "groups", "charged_usd", "likely_usd", "at_most_usd", "model", "price"}`.

    `likely_usd`: each item does the steps it has before it once; None when that is not known. Without `model` it goes
    by what such calls have cost, with one by the tokens they have taken and its price now. `at_most_usd`: every retry
    gives an item its budget anew; None when items have none, and when a model that may be asked has no known price: no
    budget holds what that one costs. `price`: dollars for a million tokens of `model`; None without one, or when it is
    not known. Raises `UsageError` for an unknown model.
    """
    require_model(model, settings=settings)
    sums, cap = retry_sums(board, meant), settings.budget.per_item_usd
    prices = {one["name"]: one["price"] for one in prices_now(settings, now=now)}
    price = prices[model] if model else None
    is_held = all(prices[name] is not None for name in ([model] if model else _configured(settings)))
    at_most = None if cap is None or not is_held else round(sums["items"] * cap, 6)
    if model is None:
        likely = retry_estimate(board, meant, now=now, per_item_usd=cap)["likely_usd"]
    else:
        likely = _likely(retry_work(board, meant, now=now), price=price)
        at_most = 0.0 if _is_free(price) else at_most
    return {
        "would_revive": sums["items"],
        "groups": sums["groups"],
        "charged_usd": sums["charged_usd"],
        "likely_usd": likely,
        "at_most_usd": at_most,
        "model": model,
        "price": price,
    }


def _configured(settings: Settings) -> set[str]:
    """The models that a task group may ask."""
    echelons = (echelon for group in settings.llm.groups.values() for echelon in group.echelons.values())
    return {name for echelon in echelons for name in echelon.models} & set(settings.llm.models)


def _is_free(price: Mapping[str, Any] | None) -> bool:
    return price is not None and all(price[kind] == 0 for kind in ("input_mtok", "output_mtok"))


def _likely(work: Mapping[str, Any], *, price: Mapping[str, Any] | None) -> float | None:
    """Dollars of all steps that are left; None when the price, or what one of the steps takes, is not known."""
    if price is None:
        return None
    if _is_free(price):
        return 0.0
    if any(task not in work["tokens"] for task in work["steps"]):
        return None
    costs = (number * _call(work["tokens"][task], price=price) for task, number in work["steps"].items())
    return round(math.fsum(costs), 6)


def _call(tokens: list[float], *, price: Mapping[str, Any]) -> float:
    prompt, answered = tokens
    return float(prompt * price["input_mtok"] + answered * price["output_mtok"]) / _MILLION
