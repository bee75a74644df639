"""What has no price is in no sum and held by no budget: said loudly."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import figures
from dashboard.texts import t


def unpriced_calls(document: Mapping[str, Any]) -> None:
    """Calls that were answered, and cost nobody knows what."""
    if not document["unpriced_calls"]:
        return
    found = [figures.plain(name) for name, one in document["by_model"].items() if one["unpriced_calls"]]
    n = figures.number(document["unpriced_calls"])
    st.error(t("economics.unpriced_calls", n=n, models=t("word.comma").join(found)))


def unpriced_models(prices: Sequence[Mapping[str, Any]]) -> None:
    """Models of the configuration that would be used all the same."""
    if missing := [figures.plain(one["name"]) for one in prices if one["price"] is None]:
        st.error(t("economics.unpriced_models", n=len(missing), models=t("word.comma").join(missing)))
