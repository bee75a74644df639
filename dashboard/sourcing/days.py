"""What a source brought, day by day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import streamlit as st

from dashboard.texts import t

Document = Mapping[str, Any]

_HEIGHT: Final = 140
_COLOUR: Final = "#2f7fb0"


def show_days(days: Sequence[Document]) -> None:
    """A bar for each day (UTC); nothing when there was nothing."""
    if any(one["items"] for one in days):
        st.altair_chart(_chart(rows_of(days)), height=_HEIGHT, key="source.days")


def rows_of(days: Sequence[Document]) -> list[dict[str, Any]]:
    """A row for each day: `{"day", "items"}`."""
    return [{"day": datetime.fromisoformat(one["at"]).strftime("%m-%d"), "items": one["items"]} for one in days]


def _chart(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(color=_COLOUR)
        .encode(
            x=alt.X("day:O", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("items:Q", title=None, axis=alt.Axis(tickMinStep=1, format="d")),
            tooltip=[
                alt.Tooltip("day:O", title=t("sources.day")),
                alt.Tooltip("items:Q", title=t("sources.items"), format=",d"),
            ],
        )
    )
