"""How fast tokens and money are being used up, and where the day ends if that goes on. Only arithmetic.

Times are epoch seconds, money is micro-dollars. What was spent comes as `Spent` rows of any grain: a call, a second, a
minute.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
MINUTES_OF_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent at a moment. Tokens are counted without those read from a cache."""

    at: float
    tokens: int
    micro: int


@dataclass(frozen=True, slots=True)
class Rates:
    """Tokens and micro-dollars of the last minute, and their average a minute over the hour before it.

    The average is always over sixty minutes; those without a call count as zero.
    """

    tokens: int = 0
    micro: int = 0
    average_tokens: float = 0.0
    average_micro: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a minute may use up: `factor` times the average of the hour before, and always the two minimums."""

    factor: float
    minimum_tokens: int
    minimum_micro: int

    def tokens(self, rates: Rates) -> float:
        """The most tokens a minute may take."""
        return max(float(self.minimum_tokens), self.factor * rates.average_tokens)

    def micro(self, rates: Rates) -> float:
        """The most micro-dollars a minute may cost."""
        return max(float(self.minimum_micro), self.factor * rates.average_micro)

    def reason(self, rates: Rates) -> str | None:
        """Why these rates are too fast, for a person; None when they are not."""
        reasons = []
        if rates.tokens > self.tokens(rates):
            reasons.append(f"{rates.tokens:,} tokens in a minute, where {self.tokens(rates):,.0f} are the limit")
        if rates.micro > self.micro(rates):
            reasons.append(f"{_dollars(rates.micro)} in a minute, where {_dollars(self.micro(rates))} are the limit")
        return "; ".join(reasons) or None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a day ends when its rest goes on like the last hour, whose average is `per_minute_micro`."""

    spent_micro: int
    per_minute_micro: float
    day_ends_at: float
    end_micro: int
    cap_reached_at: float | None
    """When the day's cap is used up at this rate; None: not today, or there is no cap."""


def rates(spent: Iterable[Spent], *, at: float) -> Rates:
    """The rates at a moment; what is later, or older than 61 minutes, does not count."""
    rows = [row for row in spent if at - HOUR - MINUTE < row.at <= at]
    last = [row for row in rows if row.at > at - MINUTE]
    before = [row for row in rows if row.at <= at - MINUTE]
    return Rates(
        tokens=sum(row.tokens for row in last),
        micro=sum(row.micro for row in last),
        average_tokens=sum(row.tokens for row in before) / MINUTES_OF_AN_HOUR,
        average_micro=sum(row.micro for row in before) / MINUTES_OF_AN_HOUR,
    )


def forecast(spent_micro: int, *, hour_micro: int, at: float, cap_micro: int | None = None) -> Forecast:
    """The day's end (UTC): what is spent, and for each minute that is left the average of the last hour.

    `spent_micro`: since the day began; `hour_micro`: within the last 60 minutes, quiet ones included; `cap_micro`: what
    the day may cost.
    """
    day_ends_at = (at // DAY + 1) * DAY
    per_second = hour_micro / HOUR
    return Forecast(
        spent_micro=spent_micro,
        per_minute_micro=per_second * MINUTE,
        day_ends_at=day_ends_at,
        end_micro=spent_micro + round(per_second * (day_ends_at - at)),
        cap_reached_at=_reached_at(spent_micro, per_second=per_second, at=at, cap_micro=cap_micro, until=day_ends_at),
    )


@dataclass(frozen=True, slots=True)
class MonthForecast:
    """Where a month ends when today goes on as its forecast says, and each later day costs `per_day_micro`."""

    per_day_micro: int
    end_micro: int


def month_forecast(
    spent_micro: int, *, today: Forecast, whole_days_micro: Sequence[int], month_ends_at: float
) -> MonthForecast:
    """The month's end (UTC). `spent_micro`: since the month began, today among it.

    `whole_days_micro`: what the last days before today cost, days of nothing too; without any, each later day costs
    what today does.
    """
    days = whole_days_micro or [today.end_micro]
    per_day = sum(days) / len(days)
    days_left = round((month_ends_at - today.day_ends_at) / DAY)
    rest_of_today = today.end_micro - today.spent_micro
    return MonthForecast(round(per_day), spent_micro + rest_of_today + round(per_day * days_left))


def _reached_at(spent_micro: int, *, per_second: float, at: float, cap_micro: int | None, until: float) -> float | None:
    if cap_micro is None:
        return None
    if spent_micro >= cap_micro:
        return at
    if per_second <= 0:
        return None
    reached = at + (cap_micro - spent_micro) / per_second
    return reached if reached < until else None


def _dollars(micro: float) -> str:
    return f"${micro / 1_000_000:,.4f}"
