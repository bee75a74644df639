"""What a million tokens cost at a model, found by a name a person writes; for comparing, not for booking."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, Protocol

from daemon.core.errors import UsageError
from daemon.core.settings.models import ModelSettings, PriceSettings

MILLION = 1_000_000
_DAY_SECONDS = 86_400
_HALF_HOUR_SECONDS = 1_800
_NEAR_NAMES = 5
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars for a million tokens of each kind, for prompts of one length class at one time."""

    input_mtok: Decimal
    cache_read_mtok: Decimal
    cache_write_mtok: Decimal
    output_mtok: Decimal

    def shown(self) -> dict[str, float]:
        """As the ledger writes prices."""
        return {name: float(getattr(self, name)) for name in self.__dataclass_fields__}


class RateCard(Protocol):
    """The prices of one model."""

    @property
    def name(self) -> str:
        """As it is shown: `provider/model`, a name of the configuration, or the prices themselves."""
        ...

    @property
    def source(self) -> str:
        """Where the prices are from, such as `genai-prices 0.2.3`."""
        ...

    @property
    def has_cache_price(self) -> bool:
        """Cached tokens have a price of their own."""
        ...

    @property
    def thresholds(self) -> tuple[int, ...]:
        """Prompt tokens above which another class of prices holds, rising."""
        ...

    @property
    def bucket_seconds(self) -> int:
        """Within buckets of this length, counted from the epoch, the prices do not change."""
        ...

    def rates(self, *, at: float, tier: int) -> Rates:
        """The prices at a time (epoch seconds) for prompts longer than so many of the thresholds."""
        ...


@dataclass(frozen=True, slots=True)
class FixedRates:
    """Prices that hold at all times and lengths."""

    name: str
    source: str
    fixed: Rates
    has_cache_price: bool = False
    thresholds: tuple[int, ...] = ()
    bucket_seconds: int = _DAY_SECONDS

    def rates(self, *, at: float, tier: int) -> Rates:  # noqa: ARG002 - they hold for all
        """The prices."""
        return self.fixed


@dataclass(frozen=True, slots=True)
class TableRates:
    """Prices of the table inside the `genai-prices` package, asked of it one kind of token at a time.

    What the table says of kinds that have no price of their own, of long prompts and of times of day is so kept.
    """

    vendor: Any
    model: Any
    thresholds: tuple[int, ...]
    bucket_seconds: int
    _known: dict[tuple[Any, int], Rates] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """`provider/model` of the table."""
        return f"{self.vendor.id}/{self.model.id}"

    @property
    def source(self) -> str:
        """The package and its version."""
        from genai_prices import __version__

        return f"genai-prices {__version__}"

    @property
    def has_cache_price(self) -> bool:
        """Cached tokens have a price of their own."""
        return any(price.cache_read_mtok is not None for price in _prices_of(self.model))

    def rates(self, *, at: float, tier: int) -> Rates:
        """The prices at a time for prompts of one length class."""
        when = datetime.fromtimestamp(at, UTC)
        # The same prices object holds for long: its identity is what the kept rates are known by.
        price = self.model.get_prices(when)
        key = (id(price), tier)
        if key not in self._known:
            self._known[key] = self._asked(when, size=self.thresholds[tier - 1] + 1 if tier else 1)
        return self._known[key]

    def _asked(self, when: datetime, *, size: int) -> Rates:
        def dollars(**tokens: int) -> Decimal:
            from genai_prices import Usage

            usage = Usage(input_tokens=size, **tokens)
            priced = self.model.calc_price(usage, self.vendor, genai_request_timestamp=when)
            return Decimal(priced.total_price)

        plain = dollars()
        return Rates(
            input_mtok=plain * MILLION / size,
            cache_read_mtok=dollars(cache_read_tokens=size) * MILLION / size,
            cache_write_mtok=dollars(cache_write_tokens=size) * MILLION / size,
            output_mtok=dollars(output_tokens=MILLION) - plain,
        )


def fixed_rates(name: str, *, price: PriceSettings) -> FixedRates:
    """A person's own prices; cached tokens cost as others where they have no price of their own."""
    read = price.input_mtok if price.cache_read_mtok is None else price.cache_read_mtok
    write = price.input_mtok if price.cache_write_mtok is None else price.cache_write_mtok
    rates = Rates(*(Decimal(str(one)) for one in (price.input_mtok, read, write, price.output_mtok)))
    return FixedRates(name, "given", rates, has_cache_price=price.cache_read_mtok is not None)


def find_rates(wanted: str, *, models: Mapping[str, ModelSettings]) -> RateCard:
    """The prices of a model of the configuration, or of the table (`model` or `provider/model`).

    Raises `UsageError`, with names that are near, when there is none.
    """
    if wanted in models:
        return _configured(wanted, models[wanted])
    found = _in_table(wanted)
    if found is None:
        raise UsageError(_unknown(wanted, models=models))
    return _table_rates(wanted, found)


def table_names() -> list[str]:
    """Every `provider/model` of the table with prices for text in and out, in the table's order."""
    from genai_prices.data_snapshot import get_snapshot

    return [
        f"{vendor.id}/{model.id}"
        for vendor in get_snapshot().providers
        for model in vendor.models
        if all(price.input_mtok is not None and price.output_mtok is not None for price in _prices_of(model))
    ]


def _configured(name: str, model: ModelSettings) -> RateCard:
    if model.provider == "offline":
        return FixedRates(name, "free: it runs in this process", Rates(*[Decimal(0)] * 4))
    if model.price is not None:
        return fixed_rates(name, price=model.price)
    found = _at_url(model) if model.base_url else None
    found = found or _in_table(f"{model.provider}/{model.model}")
    if found is None:
        raise UsageError(f"the price of {name} ({model.model}) is not known; set llm.models.{name}.price")
    return _table_rates(name, found)


def _table_rates(wanted: str, found: tuple[Any, Any]) -> TableRates:
    vendor, model = found
    prices = _prices_of(model)
    if any(price.input_mtok is None or price.output_mtok is None for price in prices):
        raise UsageError(f"{wanted} has no prices for text in and out")
    starts = {tier.start for price in prices for one in _values(price) for tier in getattr(one, "tiers", ())}
    return TableRates(vendor, model, tuple(sorted(starts)), _bucket(model))


def _prices_of(model: Any) -> list[Any]:
    return [one.prices for one in model.prices] if isinstance(model.prices, list) else [model.prices]


def _values(price: Any) -> list[Any]:
    return [value for value in vars(price).values() if value is not None]


def _bucket(model: Any) -> int:
    """Half an hour for prices by time of day, which begin on the hour or half hour; else a day."""
    conditions = [one.constraint for one in model.prices] if isinstance(model.prices, list) else []
    changes = any(isinstance(value, time) for one in conditions if one for value in vars(one).values())
    return _HALF_HOUR_SECONDS if changes else _DAY_SECONDS


def _at_url(model: ModelSettings) -> tuple[Any, Any] | None:
    from genai_prices.data_snapshot import get_snapshot

    try:
        found: tuple[Any, Any] = get_snapshot().find_provider_model(model.model, None, None, model.base_url)
    except LookupError:
        return None
    return found


def _in_table(wanted: str) -> tuple[Any, Any] | None:
    """The vendor may be named before a slash; some models have a slash in their own name."""
    from genai_prices.data_snapshot import get_snapshot

    vendor, _, model = wanted.partition("/")
    if exact := _named(vendor, model):
        return exact
    for provider_id, name in ((vendor, model), (None, wanted)):
        try:
            found: tuple[Any, Any] = get_snapshot().find_provider_model(name, None, provider_id, None)
        except LookupError:
            continue
        return found
    return None


def _named(vendor: str, model: str) -> tuple[Any, Any] | None:
    """By the table's own names: some of its rules do not match the name of the very model they belong to."""
    from genai_prices.data_snapshot import get_snapshot

    for one in get_snapshot().providers:
        if one.id == vendor:
            return next(((one, found) for found in one.models if found.id == model), None)
    return None


def _unknown(wanted: str, *, models: Mapping[str, ModelSettings]) -> str:
    near = _near(wanted, models=models)
    said = f"; near: {', '.join(near)}" if near else "; name it as provider/model, or as a model of llm.models"
    return f"no price is known for {wanted!r}{said}"


def _near(wanted: str, *, models: Mapping[str, ModelSettings]) -> list[str]:
    """Names that may be meant: the same model at any vendor first, then what is written alike."""
    from difflib import get_close_matches

    from genai_prices.data_snapshot import get_snapshot

    bare: dict[str, list[str]] = {name.casefold(): [name] for name in models}
    for vendor in get_snapshot().providers:
        for model in vendor.models:
            for key in {model.id.casefold(), model.id.rpartition("/")[2].casefold()}:
                bare.setdefault(key, []).append(f"{vendor.id}/{model.id}")
    full = {name.casefold(): name for names in bare.values() for name in names}
    written, last = wanted.casefold(), wanted.rpartition("/")[2].casefold()
    found = [
        *bare.get(written, ()),
        *(full[one] for one in get_close_matches(written, full, n=_NEAR_NAMES, cutoff=_ALIKE)),
    ]
    for one in get_close_matches(last, bare, n=_NEAR_NAMES, cutoff=_ALIKE):
        found += bare[one]
    return list(dict.fromkeys(found))[:_NEAR_NAMES]
