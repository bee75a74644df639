"""What a stretch of time cost, and would have cost elsewhere; for the API, the command line and the dashboard."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.costs import DAY_SECONDS, Ledger, Window, costs_document, read_costs, read_tokens
from daemon.blackboard.reading.desk_costs import tokens_by_days, window_of_days
from daemon.core.errors import UsageError
from daemon.core.settings.models import PriceSettings, Settings
from daemon.core.settings.values import parse_span

Document = dict[str, Any]

DEFAULT_SINCE = "1d"
_RELATIVE_DAYS = {"today": 0, "yesterday": 1}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """With what the costs are to be compared: models by name, and prices in dollars for a million tokens."""

    models: Sequence[str] = ()
    price_in: float | None = None
    price_out: float | None = None

    def __post_init__(self) -> None:
        if (self.price_in is None) != (self.price_out is None):
            raise UsageError("a price of one's own needs both: --price-in and --price-out, for a million tokens")

    @property
    def is_asked(self) -> bool:
        """There is something to compare with."""
        return bool(self.models) or self.price_in is not None


def window_of(*, since: str | None, day: str | None, now: float) -> Window:
    """A day (UTC: `2026-11-20`, `today`, `yesterday`) or the time since a span ago. Raises `UsageError`."""
    if since is not None and day is not None:
        raise UsageError("give either since or day, not both")
    if day is not None:
        start = _start_of(day, now=now)
        return Window(start.timestamp(), start.timestamp() + DAY_SECONDS, name=f"{start:%Y-%m-%d} (UTC)")
    span = since or DEFAULT_SINCE
    try:
        # What is just being written counts too, whatever the clocks say.
        return Window(max(0.0, now - parse_span(span)), now + 1, name=f"the last {span}")
    except ValueError as error:
        raise UsageError(f"since: {error}") from error


def cost_report(
    reader: BoardReader, *, window: Window, settings: Settings, elsewhere: Elsewhere, now: float
) -> Document:
    """What the ledger says of the window, with `what_if` when that is asked; a board that is not there cost nothing.

    Raises `UsageError` for a model whose price is not known.
    """
    currency = settings.budget.currency
    if reader.exists:
        document = read_costs(reader.path, window=window, currency=currency, now=now)
    else:
        document = costs_document(Ledger(), window=window, currency=currency)
    if elsewhere.is_asked:
        read = read_tokens(reader.path, window=window) if reader.exists else _nothing
        document["what_if"] = _compared(read, until=window.until, settings=settings, elsewhere=elsewhere)
    return document


def what_if_of_days(
    reader: BoardReader, *, days: int, settings: Settings, elsewhere: Elsewhere, now: float
) -> list[Document]:
    """What the last `days` days (UTC, today among them) would have cost elsewhere, quick on a large board, too.

    Each is a document of `what_if`. Raises `UsageError` for a model whose price is not known.
    """
    window = window_of_days(days, now=now)
    read = tokens_by_days(reader.path, window=window) if reader.exists else _nothing
    return _compared(read, until=window.until, settings=settings, elsewhere=elsewhere)


def prices_now(settings: Settings, *, now: float) -> list[Document]:
    """The models of the configuration, each with its price as it is now: `{"name", "model", "provider", "price"}`.

    `price` is null for a model whose price is not known: what it costs is in no sum, and no budget can hold it.
    """
    return [
        {"name": name, "model": model.model, "provider": model.provider, "price": _price_of(name, settings, now=now)}
        for name, model in settings.llm.models.items()
    ]


def models_to_compare(settings: Settings) -> list[str]:
    """Every name that `Elsewhere` takes: the models of the configuration with a known price, then the price list's."""
    from brains.llm.rates import table_names

    own = [name for name in settings.llm.models if _card(name, settings) is not None]
    return list(dict.fromkeys([*own, *table_names()]))


def _price_of(name: str, settings: Settings, *, now: float) -> Document | None:
    from brains.llm.what_if import price_at

    card = _card(name, settings)
    return None if card is None else price_at(card, at=now)


def _card(name: str, settings: Settings) -> Any:
    from brains.llm.rates import find_rates

    try:
        return find_rates(name, models=settings.llm.models)
    except UsageError:
        return None


def _nothing(*_: int) -> Iterable[Mapping[str, Any]]:
    return ()


def _compared(
    read: Callable[[int, int, int], Iterable[Mapping[str, Any]]],
    *,
    until: float,
    settings: Settings,
    elsewhere: Elsewhere,
) -> list[Document]:
    from brains.llm.rates import find_rates, fixed_rates
    from brains.llm.what_if import what_if

    cards = [find_rates(name, models=settings.llm.models) for name in elsewhere.models]
    if elsewhere.price_in is not None and elsewhere.price_out is not None:
        price = PriceSettings(input_mtok=elsewhere.price_in, output_mtok=elsewhere.price_out)
        cards.append(fixed_rates(f"${price.input_mtok:g} in, ${price.output_mtok:g} out", price=price))
    return [what_if(card, read=read, until=until) for card in cards]


def _start_of(day: str, *, now: float) -> datetime:
    if day in _RELATIVE_DAYS:
        today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return today - timedelta(days=_RELATIVE_DAYS[day])
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageError(f"day: {day!r} is no day; write it like 2026-11-20, today or yesterday") from error
