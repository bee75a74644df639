"""What calls cost."""

from typing import Annotated

from pydantic import Field

from daemon.api.answers.base import Answer, Moment

Count = Annotated[int, Field(ge=0)]


class Sums(Answer):
    """Calls, tokens and what was spent."""

    calls: Count
    """Requests to models."""
    prompt_tokens: Count
    """Tokens of requests, cached ones among them."""
    completion_tokens: Count
    """Tokens of answers, reasoning ones among them."""
    cached_tokens: Count
    """Tokens of requests that a provider had in its cache."""
    cache_write_tokens: Count
    """Tokens of requests that were written to a cache."""
    reasoning_tokens: Count
    """Tokens of answers that were thought, not said."""
    cost_usd: float = Field(ge=0)
    """Dollars spent, as far as prices are known."""


class ModelSums(Sums):
    """Those of one model."""

    price_sources: list[str]
    """Where its prices came from."""
    unpriced_calls: Count
    """Answered calls whose price is not known; what they cost is not in the sum."""


class DaySums(Sums):
    """Those of one day."""

    day: str = Field(json_schema_extra={"format": "date"})
    """In UTC."""


class LineSums(Sums):
    """Those of one brain and task."""

    brain: str
    """left, right, memory or sensor."""
    task: str
    """extract, draft, review, …"""


class DearestItem(Answer):
    """One of the items that cost most."""

    id: str
    """The item."""
    title: str
    """Its title."""
    calls: Count
    """Its calls of this time."""
    cost_usd: float = Field(ge=0)
    """Dollars they cost."""


class BeforeSums(Answer):
    """The time before, as long."""

    since: Moment
    """Its begin."""
    until: Moment
    """Its end, not in it."""
    calls: Count
    """Requests to models."""
    cost_usd: float = Field(ge=0)
    """Dollars spent."""


class Prices(Answer):
    """Dollars for a million tokens."""

    input_mtok: float
    """Of requests."""
    cache_read_mtok: float
    """Of requests, from the cache."""
    cache_write_mtok: float
    """Of requests, written to the cache."""
    output_mtok: float
    """Of answers."""


class AppliedPrices(Prices):
    """The prices that hold at the end of the time."""

    source: str
    """Where they come from."""
    above: dict[str, Prices] = Field(default_factory=dict)
    """For prompts of more than so many tokens; absent when the length does not matter."""


class ElsewherePart(Answer):
    """One brain's work elsewhere."""

    cost_usd: float
    """Dollars it would have cost."""
    difference_usd: float
    """Dollars more than it really cost."""


class Elsewhere(ElsewherePart):
    """What the same work would have cost with another model."""

    model: str
    """`provider/model`, a name of the configuration, or the prices themselves."""
    by_brain: dict[str, ElsewherePart]
    """By brain."""
    price: AppliedPrices
    """By which prices."""
    assumptions: list[str]
    """What the number takes for granted."""
    assumed: dict[str, int | None]
    """The same by name: `same_tokens`, `batched`, …; with how many calls that concerns, where it concerns some."""


class CostsAnswer(Sums):
    """What a stretch of time cost, and why.

    Money is told apart without overlap: `cost_usd` is spent, `set_aside_usd` belongs to calls under way or in a batch,
    `unconfirmed_usd` to calls whose outcome is not known. The three together are what the budget counts.
    """

    cost_cny: float | None
    """Yuan spent; null without a rate in `budget.currency`."""
    currencies: dict[str, float]
    """What was spent, in each currency of `budget.currency`."""
    since: Moment
    """The begin of the time."""
    until: Moment
    """Its end, not in it."""
    by_brain: dict[str, Sums]
    """By brain."""
    by_task: dict[str, Sums]
    """By task."""
    by_model: dict[str, ModelSums]
    """By model."""
    by_kind: dict[str, Sums]
    """By why calls were made: call, repair, hedge, batch; `retries` are those of any kind that were not the first."""
    by_status: dict[str, Sums]
    """By how calls ended."""
    by_day: list[DaySums]
    """By day (UTC), oldest first; days without calls are left out."""
    lines: list[LineSums]
    """By brain and task."""
    by_source: dict[str, Sums]
    """By the name of the source; `(by hand)` and `(no item)` for what has none."""
    dearest_items: list[DearestItem]
    """The items that cost most, at most ten."""
    unconfirmed_usd: float = Field(ge=0)
    """The most that calls of unknown outcome may have cost, in dollars."""
    set_aside_usd: float = Field(ge=0)
    """Dollars set aside for calls under way or in a batch."""
    cache_saving_usd: float
    """Dollars the providers' caches saved; below 0 when writing to them cost more."""
    open_calls: Count
    """Calls under way or in a batch."""
    failed_calls: Count
    """Calls that failed."""
    malformed_calls: Count
    """Calls whose answer had the wrong form."""
    unconfirmed_calls: Count
    """Calls of unknown outcome."""
    cancelled_calls: Count
    """Calls that were cancelled, such as the slower of two."""
    unpriced_calls: Count
    """Answered calls whose price is not known."""
    waiting_for_budget: Count
    """Items that wait for the budget now."""
    before: BeforeSums | None
    """The time before; null when it has no calls."""
    what_if: list[Elsewhere] = Field(default_factory=list)
    """What other models would have cost; absent when that was not asked."""
