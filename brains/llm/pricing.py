"""What a call costs: a person's own price first, then the table inside the `genai-prices` package. No network."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any, Protocol

from daemon.blackboard.records import Usage
from daemon.core.settings.models import PriceSettings

MICRO = 1_000_000

FULL_PRICE = Decimal(1)
BATCH_PRICE = Decimal("0.5")
"""The share of the price that is paid through a batch interface; all three vendors give half."""

_VENDORS = {"anthropic": "anthropic", "gemini": "google", "openai": "openai"}
_KINDS = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call costs, in whole micro-dollars (rounded up), and the price as it was applied."""

    micro: int
    price: Mapping[str, Any]


class Price(Protocol):
    """The price of one model."""

    def cost(self, usage: Usage, *, at: float, factor: Decimal = FULL_PRICE) -> Cost | None:
        """The cost of that usage at that time (epoch seconds); None when the price is unknown.

        `factor`: the share of the price that is paid; one that is not whole is shown as `batch` in the price.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars for a million tokens of each kind, the same for every length of prompt."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal

    def micro(self, usage: Usage) -> Decimal:
        """What a usage costs, in micro-dollars: a dollar for a million tokens is a micro-dollar for one."""
        plain = max(0, usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens)
        return (
            plain * self.input
            + usage.cached_tokens * self.cache_read
            + usage.cache_write_tokens * self.cache_write
            + usage.output_tokens * self.output
        )


class OwnPrice:
    """A price from the configuration."""

    def __init__(self, settings: PriceSettings) -> None:
        base = _decimal(settings.input_mtok)
        read, write = settings.cache_read_mtok, settings.cache_write_mtok
        self._rates = Rates(
            input=base,
            output=_decimal(settings.output_mtok),
            cache_read=base if read is None else _decimal(read),
            cache_write=base if write is None else _decimal(write),
        )
        rates = (self._rates.input, self._rates.output, self._rates.cache_read, self._rates.cache_write)
        self._shown = {"source": "configuration", **dict(zip(_KINDS, map(float, rates), strict=True))}

    def cost(self, usage: Usage, *, at: float, factor: Decimal = FULL_PRICE) -> Cost:  # noqa: ARG002 - a person's price holds at all times
        """Cached tokens cost as others where the configuration gives them no price of their own."""
        return _cost(self._rates.micro(usage), self._shown, factor=factor)


class TablePrice:
    """A price from the table in the package; it may depend on the length of the prompt and on the time of day.

    The vendor is known by its base URL, or else is the one whose protocol is spoken: a model of that name behind a
    proxy costs what it costs there. A name the table does not know has no price.
    """

    def __init__(self, *, provider: str, model: str, base_url: str | None) -> None:
        from genai_prices.data_snapshot import get_snapshot

        self._table = get_snapshot()
        self._found = _find(self._table, provider=provider, model=model, base_url=base_url)
        self._read: dict[int, tuple[Mapping[str, Any], Rates | None]] = {}
        """Each of the model's prices as it is shown, and its rates when the length of the prompt does not matter."""

    @property
    def is_known(self) -> bool:
        """Whether the table has this model."""
        return self._found is not None

    def cost(self, usage: Usage, *, at: float, factor: Decimal = FULL_PRICE) -> Cost | None:
        """None for a model the table does not know, or a usage it cannot price."""
        if self._found is None:
            return None
        vendor, model = self._found
        when = datetime.fromtimestamp(at, UTC)
        price = model.get_prices(when)
        if id(price) not in self._read:
            self._read[id(price)] = (_shown(vendor, model, price), rates_of(price))
        shown, rates = self._read[id(price)]
        if rates is not None:
            # The table's own arithmetic takes a third of a millisecond, and every call asks three times.
            return _cost(rates.micro(usage), shown, factor=factor)
        try:
            priced = model.calc_price(table_usage(usage), vendor, genai_request_timestamp=when)
        except (ValueError, LookupError, TypeError, ArithmeticError):
            # Whatever the table cannot do with this usage: the call was paid, and must be booked.
            return None
        return _cost(priced.total_price * MICRO, shown, factor=factor)


def price_of(*, provider: str, model: str, base_url: str | None, own: PriceSettings | None) -> Price:
    """The price to use for a model. `provider` is ours: anthropic, gemini or openai."""
    return OwnPrice(own) if own is not None else TablePrice(provider=provider, model=model, base_url=base_url)


def saved_by_cache(price: Price, usage: Usage, *, at: float, factor: Decimal = FULL_PRICE) -> int:
    """What the same usage would have cost more without the vendor's prompt cache, in micro-dollars.

    Below 0 when writing to the cache cost more than reading from it saved; 0 when the price is unknown.
    """
    if not usage.cached_tokens and not usage.cache_write_tokens:
        return 0
    uncached = replace(usage, cached_tokens=0, cache_write_tokens=0)
    without, paid = (price.cost(one, at=at, factor=factor) for one in (uncached, usage))
    return without.micro - paid.micro if without and paid else 0


def _find(table: Any, *, provider: str, model: str, base_url: str | None) -> tuple[Any, Any] | None:
    vendor = _vendor_at(table, base_url) or table.find_provider(None, _VENDORS[provider], None)
    try:
        found: tuple[Any, Any] = table.find_provider_model(model, vendor, None, None)
    except LookupError:
        return None
    return found


def _vendor_at(table: Any, base_url: str | None) -> Any:
    try:
        return table.find_provider(None, None, base_url) if base_url else None
    except LookupError:
        return None


def table_usage(usage: Usage) -> Any:
    """A usage as the table takes it."""
    from genai_prices import Usage as TableUsage

    return TableUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )


def _source() -> str:
    from genai_prices import __version__

    return f"genai-prices {__version__}"


def rates_of(price: Any) -> Rates | None:
    """The rates of a price that is the same for every length of prompt; None for any other."""
    base, output, read, write = (getattr(price, kind) for kind in _KINDS)
    is_flat = all(isinstance(rate, Decimal | None) for rate in (base, output, read, write))
    if not is_flat or base is None or price.requests_kcount is not None:
        return None
    return Rates(
        input=base,
        output=output or Decimal(0),
        cache_read=base if read is None else read,
        cache_write=base if write is None else write,
    )


def _shown(vendor: Any, model: Any, price: Any) -> dict[str, Any]:
    prices = {kind: _plain(value) for kind in _KINDS if (value := getattr(price, kind)) is not None}
    return {"source": _source(), "provider": vendor.id, "model": model.id, **prices}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return {"base": float(value.base), "above": {str(tier.start): float(tier.price) for tier in value.tiers}}


def _cost(micro: Decimal, price: Mapping[str, Any], *, factor: Decimal) -> Cost:
    share = {} if factor == FULL_PRICE else {"batch": float(factor)}
    return Cost(int((micro * factor).to_integral_value(rounding=ROUND_CEILING)), {**price, **share})


def _decimal(value: float) -> Decimal:
    return Decimal(str(value))
