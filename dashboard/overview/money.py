"""What today cost, and what is left of the day and the month."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.control.budget import bar
from dashboard.desk import desk
from dashboard.texts import t

_SHOWN: Final = ("day", "month")


def show(document: Mapping[str, Any]) -> None:
    """Tokens and money of today (UTC, as the budget counts days), and a bar for each cap."""
    here, today = desk(), document["today"]
    st.subheader(t("overview.money"))
    st.markdown(f"**{figures.safe(figures.money(today['cost_usd'], currency=here.settings.budget.currency))}**")
    tokens = {key: figures.number(today[f"{key}_tokens"]) for key in ("prompt", "completion")}
    st.caption(t("overview.tokens", calls=figures.number(today["calls"]), **tokens))
    for one in document["budget"]["scopes"]:
        if one["scope"] in _SHOWN:
            bar(one)
