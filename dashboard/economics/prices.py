"""What the models of the configuration cost now, and where that is from."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard.economics.elsewhere import in_words, price_columns
from dashboard.economics.tables import heading, show
from dashboard.economics.unpriced import unpriced_models
from dashboard.texts import t

_COLUMNS: Final = ("name", "model", "input_mtok", "output_mtok", "cache_read_mtok", "price_source")


def section(prices: Sequence[Mapping[str, Any]]) -> None:
    """A line for each model; those without a price are named before."""
    if not prices:
        return
    rows = [{**price_columns(one["price"]), "name": one["name"], "model": _model(one)} for one in prices]
    heading(t("economics.prices"), rows=rows, columns=_COLUMNS, file="prices")
    unpriced_models(prices)
    show(in_words(rows), columns=_COLUMNS, key="prices")


def _model(one: Mapping[str, Any]) -> str:
    return " / ".join(filter(None, (one["provider"], one["model"])))
