"""What reading sources costs that are paid for by what is read: each today, within its limits, and where that leads."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.senses import READER
from dashboard import figures, glances
from dashboard.desk import Desk
from dashboard.economics.tables import heading, show
from dashboard.texts import t

Document = Mapping[str, Any]

_COLUMNS: Final = ("source", "reads_today", "reads_limit", "usd_today", "usd_limit", "reads_per_day", "usd_month")


def section(here: Desk, *, document: Document) -> None:
    """A line for each such source; nothing without one."""
    rows = rows_of(glances.sources(here))
    if not rows:
        return
    heading(t("economics.readings"), rows=rows, columns=_COLUMNS, file="readings")
    st.caption(figures.safe(_period(document)))
    show(rows, columns=_COLUMNS, key="readings")
    st.caption(t("sources.readings_mean"))


def rows_of(sources: Sequence[Document]) -> list[dict[str, Any]]:
    """The sources that are paid for, in the columns of the table; what is not known yet is missing."""
    return [
        {
            "source": one["name"],
            "reads_today": one["reads"]["today"],
            "reads_limit": one["reads"]["limit"],
            "usd_today": one["reads"]["usd_today"],
            "usd_limit": one["reads"]["usd_limit"],
            "reads_per_day": one["reads"]["per_day"],
            "usd_month": one["reads"]["usd_month"],
        }
        for one in sources
        if one["reads"] is not None
    ]


def _period(document: Document) -> str:
    """What all readings of the period cost, those of sources that are removed by now among them."""
    part = document["by_brain"].get(READER)
    if part is None:
        return t("economics.readings_none")
    return t("economics.readings_cost", usd=figures.usd(part["cost_usd"]), n=figures.number(part["calls"]))
