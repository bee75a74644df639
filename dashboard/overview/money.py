"""What today cost, and what is left of the day and the month."""

from typing import Any, Final

import streamlit as st

from dashboard import figures, glances
from dashboard.control.budget import scope_name
from dashboard.desk import desk
from dashboard.texts import t

_SHOWN: Final = ("day", "month")


def show() -> None:
    """Tokens and money of today, and a bar for each cap."""
    here = desk()
    today = glances.board(str(here.board), here)["today"]
    st.subheader(t("overview.money"))
    st.markdown(f"**{_safe(figures.money(today['cost_usd'], currency=here.settings.budget.currency))}**")
    tokens = {key: figures.number(today[f"{key}_tokens"]) for key in ("prompt", "completion")}
    st.caption(t("overview.tokens", calls=figures.number(today["calls"]), **tokens))
    for one in glances.budget(str(here.board), here)["scopes"]:
        if one["scope"] in _SHOWN:
            _bar(one)


def _bar(scope: dict[str, Any]) -> None:
    name = scope_name(scope["scope"])
    if scope["cap_usd"] is None:
        st.caption(t("overview.no_cap", scope=name))
        return
    cap, left = scope["cap_usd"], scope["left_usd"]
    words = t("overview.left", scope=name, left=figures.usd(left), cap=figures.usd(cap))
    st.progress(1.0 if not cap else min(1.0, max(0.0, 1 - left / cap)), text=_safe(words))


def _safe(text: str) -> str:
    """Two dollar signs on a line would be a formula."""
    return text.replace("$", "\\$")
