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


class OwnPrice:
    """A price from the configuration."""

    def __init__(self, settings: PriceSettings) -> None:
        self._input = _decimal(settings.input_mtok)
        self._output = _decimal(settings.output_mtok)
        self._read = self._input if settings.cache_read_mtok is None else _decimal(settings.cache_read_mtok)
        self._write = self._input if settings.cache_write_mtok is None else _decimal(settings.cache_write_mtok)

    def cost(self, usage: Usage, *, at: float, factor: Decimal = FULL_PRICE) -> Cost:  # noqa: ARG002 - a person's price holds at all times
        """Cached tokens cost as others where the configuration gives them no price of their own."""
        plain = max(0, usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens)
        dollars_for_million = (
            plain * self._input
            + usage.cached_tokens * self._read
            + usage.cache_write_tokens * self._write
            + usage.output_tokens * self._output
        )
        shown = dict(zip(_KINDS, map(float, (self._input, self._output, self._read, self._write)), strict=True))
        return _cost(dollars_for_million / MICRO, {"source": "configuration", **shown}, factor=factor)


class TablePrice:
    """A price from the table in the package; it may depend on the length of the prompt and on the time of day.

    The vendor is known by its base URL, or else is the one whose protocol is spoken: a model of that name behind a
    proxy costs what it costs there. A name the table does not know has no price.
    """

    def __init__(self, *, provider: str, model: str, base_url: str | None) -> None:
        from genai_prices.data_snapshot import get_snapshot

        self._table = get_snapshot()
        self._found = _find(self._table, provider=provider, model=model, base_url=base_url)

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
        try:
            priced = model.calc_price(_tokens(usage), vendor, genai_request_timestamp=when)
        except (ValueError, LookupError, TypeError, ArithmeticError):
            # Whatever the table cannot do with this usage: the call was paid, and must be booked.
            return None
        return _cost(priced.total_price, {"source": _source(), **_shown(priced)}, factor=factor)


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


def _tokens(usage: Usage) -> Any:
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


def _shown(priced: Any) -> dict[str, Any]:
    prices = {kind: _plain(value) for kind in _KINDS if (value := getattr(priced.model_price, kind)) is not None}
    return {"provider": priced.provider.id, "model": priced.model.id, **prices}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return {"base": float(value.base), "above": {str(tier.start): float(tier.price) for tier in value.tiers}}


def _cost(dollars: Decimal, price: Mapping[str, Any], *, factor: Decimal) -> Cost:
    share = {} if factor == FULL_PRICE else {"batch": float(factor)}
    return Cost(_micro(dollars * factor), {**price, **share})


def _decimal(value: float) -> Decimal:
    return Decimal(str(value))


def _micro(dollars: Decimal) -> int:
    return int((dollars * MICRO).to_integral_value(rounding=ROUND_CEILING))
