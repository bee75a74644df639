"""What must hold for budgets, streams, hedges, batches and faults on purpose."""

from collections.abc import Iterator
from itertools import pairwise

from daemon.core.settings.declared import Check, Declared, is_positive, is_wait, models_in_reach
from daemon.core.settings.models import BudgetSettings, Settings
from daemon.core.settings.problems import KeyPath, Problem

_ROUNDING = 1e-9
_SHARES = ("network_errors", "rate_limits", "garbage", "truncated")
_STREAM_SPANS = ("first_token", "stall", "rate_window")
_BATCH_SPANS = ("collect", "poll", "max_wait")


def _bounds(settings: Settings, _: Declared) -> Iterator[Problem]:
    known = _known_bounds(settings.budget)
    for key, bound in known:
        if bound == float("inf"):
            yield Problem(("budget", key), "must be an amount; write null for no bound")
    for (small, less), (large, more) in pairwise(known):
        if less > more:
            yield _over(("budget", small), less, large=large, more=more)
    day = [bound for bound in known if bound[0] != "per_item_usd"][:1]
    for brain, amount in settings.budget.per_brain_daily_usd.items():
        for large, more in day:
            if amount > more:
                yield _over(("budget", "per_brain_daily_usd", brain), amount, large=large, more=more)


def _known_bounds(budget: BudgetSettings) -> list[tuple[str, float]]:
    bounds = (
        ("per_item_usd", budget.per_item_usd),
        ("daily_usd", budget.daily_usd),
        ("monthly_usd", budget.monthly_usd),
    )
    return [(key, bound) for key, bound in bounds if bound is not None]


def _over(path: KeyPath, less: float, *, large: str, more: float) -> Problem:
    text = f"{less:g} is more than budget.{large}, which is {more:g}; at most that"
    return Problem(path, text, also=(("budget", large),))


def _currencies(settings: Settings, _: Declared) -> Iterator[Problem]:
    for currency, rate in settings.budget.currency.items():
        if not is_positive(rate):
            yield Problem(("budget", "currency", currency), "one dollar must be worth more than 0 of it")


def _burn(settings: Settings, _: Declared) -> Iterator[Problem]:
    burn = settings.budget.burn
    if not is_positive(burn.cool_down):
        yield Problem(("budget", "burn", "cool_down"), "must be more than 0 seconds")
    if burn.factor == float("inf"):
        yield Problem(("budget", "burn", "factor"), "must be a number; to turn the breaker off, write enabled: false")


def _stream(settings: Settings, _: Declared) -> Iterator[Problem]:
    stream = settings.llm.stream
    for key in _STREAM_SPANS:
        if not is_positive(getattr(stream, key)):
            yield Problem(("llm", "stream", key), "must be more than 0 seconds")
    if stream.minimum_rate == float("inf"):
        yield Problem(("llm", "stream", "minimum_rate"), "must be a number of characters a second; 0 for no minimum")


def _hedge(settings: Settings, _: Declared) -> Iterator[Problem]:
    hedge, llm = settings.llm.hedge, settings.llm
    if hedge.after is not None and not is_positive(hedge.after):
        yield Problem(("llm", "hedge", "after"), "must be more than 0 seconds; write null for the observed percentile")
    reaches = [
        models_in_reach([name, *group.fallback_config.fallback_groups], llm) for name, group in llm.groups.items()
    ]
    asked = [[model for model in reach if llm.models[model].provider != "offline"] for reach in reaches]
    if hedge.enabled and all(len(models) < 2 for models in asked):  # noqa: PLR2004 (a first model and one beside it)
        text = "no group has a second model to ask, so nothing is hedged; add one to an echelon"
        yield Problem(("llm", "hedge", "enabled"), text, is_warning=True, also=(("llm", "groups"),))


def _batch(settings: Settings, _: Declared) -> Iterator[Problem]:
    batch = settings.llm.batch
    for key in _BATCH_SPANS:
        if not is_positive(getattr(batch, key)):
            yield Problem(("llm", "batch", key), "must be more than 0 seconds")
    patient = [position for position, source in enumerate(settings.sources) if source.urgency == "low"]
    if batch.enabled and not patient:
        text = "no source has urgency: low, so nothing goes through a batch; set it on those that can wait"
        yield Problem(("llm", "batch", "enabled"), text, is_warning=True, also=(("sources",),))
    for position in patient if not batch.enabled else ():
        text = "low has no effect while llm.batch.enabled is false; turn it on, or remove the key"
        place: KeyPath = ("sources", position, "urgency")
        yield Problem(place, text, is_warning=True, also=(("llm", "batch", "enabled"),))


def _chaos(settings: Settings, _: Declared) -> Iterator[Problem]:
    chaos = settings.chaos
    shortest, longest = chaos.latency
    if not (is_wait(shortest) and is_wait(longest)):
        yield Problem(("chaos", "latency"), "waits are 0 seconds or more")
    elif shortest > longest:
        text = f"the shortest wait comes first; write [{longest:g}, {shortest:g}]"
        yield Problem(("chaos", "latency"), text)
    if not is_wait(chaos.retry_after):
        yield Problem(("chaos", "retry_after"), "must be 0 seconds or more")
    total = sum(getattr(chaos, share) for share in _SHARES)
    if total > 1 + _ROUNDING:
        text = f"{', '.join(_SHARES[:-1])} and {_SHARES[-1]} make {total:g} together; at most 1"
        yield Problem(("chaos",), text, also=tuple(("chaos", share) for share in _SHARES))
    if chaos.enabled:
        text = "FAULTS ARE MADE ON PURPOSE in every call to a model; set it to false for real work"
        yield Problem(("chaos", "enabled"), text, is_warning=True)


ECONOMY_CHECKS: tuple[Check, ...] = (_bounds, _currencies, _burn, _stream, _hedge, _batch, _chaos)
