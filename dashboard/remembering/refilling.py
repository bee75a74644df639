"""Filling the memory anew from the board. It asks first, because it may cost money."""

from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.buttons import action_button, once_done, outcome
from dashboard.desk import desk
from dashboard.remembering.asking import facts
from dashboard.texts import t

SLOT: Final = "memory"


def section() -> None:
    """The button, and what it takes; nothing while the memory is off, or there is no board."""
    here = desk()
    if here.settings.memory.mode == "off" or not here.reader.exists:
        return
    with st.popover(t("memory.rebuild_do"), key=once_done("memory.rebuild.ask")):
        st.markdown(t("memory.rebuild_words"))
        for line in price_words(facts(here), currency=here.settings.budget.currency):
            st.markdown(line)
        label = t("act.sure", label=t("memory.rebuild_do"))
        action_button(label, key="memory.rebuild", call=("memory_rebuild", (), {}), slot=SLOT, is_main=True)
    outcome(SLOT)


def price_words(known: dict[str, Any], *, currency: dict[str, float]) -> list[str]:
    """How many posts, with which model, and what that costs."""
    rebuild, model = known["rebuild"], figures.plain(known["model"])
    told = [t("memory.rebuild_posts", n=figures.number(rebuild["posts"]), model=model)]
    if rebuild["cost_usd"] is None:
        return [*told, t("memory.rebuild_unknown", model=model)]
    if not rebuild["tokens"]:
        return [*told, t("memory.rebuild_free")]
    cost = figures.plain(figures.money(rebuild["cost_usd"], currency=currency))
    return [*told, t("memory.rebuild_costs", cost=cost, tokens=figures.number(rebuild["tokens"]))]
