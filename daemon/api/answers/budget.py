"""What may still be spent."""

from typing import Annotated

from pydantic import ConfigDict, Field

from daemon.api.answers.base import Answer, Moment

Count = Annotated[int, Field(ge=0)]


class ScopeAnswer(Answer):
    """One cap: of the day, the month, or a brain's day."""

    scope: str = Field(examples=["day", "month", "brain:left"])
    """Whose cap."""
    period: str = Field(examples=["2026-11-20", "2026-11"])
    """The running day or month, in UTC."""
    ends_at: Moment
    """When it begins anew."""
    configured_usd: float | None
    """Dollars as configured; null without a cap."""
    cap_usd: float | None
    """Dollars that hold now; null without a cap."""
    raised: bool
    """A person has set the cap in the place of the configured one."""
    spent_usd: float
    """Dollars spent."""
    set_aside_usd: float
    """Dollars set aside for calls under way or in a batch."""
    unconfirmed_usd: float
    """The most that calls of unknown outcome may have cost."""
    left_usd: float | None
    """Dollars left, never below 0; null without a cap."""


class BurnAnswer(Answer):
    """How fast tokens and money go. What has a default is there only while a daemon runs."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    stage: str
    """normal, cheaper, hold or probing."""
    reason: str | None
    """Why it is not normal; null when it is."""
    tokens_per_minute: float
    """Of the last minute, without cached ones."""
    usd_per_minute: float
    """Dollars of the last minute."""
    average_tokens_per_minute: float
    """Over the hour before."""
    average_usd_per_minute: float
    """Dollars, over the hour before."""
    enabled: bool = True
    """It is watched."""
    tripped_at: float | None = None
    """When it was too fast, seconds since the epoch; null when it is not."""
    stage_ends_at: float | None = None
    """When the stage ends, seconds since the epoch; null in `normal`."""
    next_probe_at: float | None = None
    """When one call is tried, seconds since the epoch; null when none is waited for."""
    limit_tokens_per_minute: float = 0
    """More in a minute is too fast."""
    limit_usd_per_minute: float = 0
    """More dollars in a minute are too fast."""


class ForecastAnswer(Answer):
    """Where the day (UTC) ends when its rest goes on like the last hour."""

    day_end_usd: float
    """Dollars spent then."""
    per_hour_usd: float
    """Dollars an hour."""
    cap_reached_at: Moment | None
    """When the day's cap is used up; null: not today, or there is none."""
    month_end_usd: float
    """Dollars spent at the end of the month, when each of its later days costs `per_day_usd`."""
    per_day_usd: float
    """Dollars a day: the average of the last seven whole days; on a desk's first day, what that is to cost."""


class BudgetAnswer(Answer):
    """Caps, what stands against them, and how fast it goes."""

    at: Moment
    """The moment it is told of."""
    scopes: list[ScopeAnswer]
    """Day and month always; a brain's day when it has a cap or was charged."""
    per_item_usd: float | None
    """Dollars one item may cost; null without a cap."""
    burn: BurnAnswer
    """How fast it goes."""
    forecast: ForecastAnswer
    """Where the day ends."""
    waiting_items: Count
    """Items that wait for the budget."""
    short_of: list[str]
    """The scopes for which they most likely wait."""


class ChangedBudgetAnswer(BudgetAnswer):
    """The budget after it was changed."""

    changed: bool
    """Anything was."""
    woken: Count
    """Items that may go on."""
    warnings: list[str]
    """What a person should know, such as a cap below what is spent already."""
