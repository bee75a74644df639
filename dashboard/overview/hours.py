"""What came in and what came of it, hour by hour."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.texts import t

_FLOWS: Final = {"posted": "#9aa7b2", "published": "#2f7fb0", "buried": "#c0392b"}
"""What is shown, and in which colour: what was seen is the ground, a post the accent, a dead letter the alarm."""
_HEIGHT: Final = 220


def show(hours: Sequence[Mapping[str, Any]]) -> None:
    """Bars for each hour of the viewer's clock; one sentence when nothing happened."""
    st.subheader(t("overview.hours", n=len(hours)))
    if not any(one[flow] for one in hours for flow in _FLOWS):
        st.markdown(t("overview.hours_quiet", n=len(hours)))
        return
    st.altair_chart(chart(rows_of(hours)), height=_HEIGHT, key="hours")


def rows_of(hours: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each hour and flow: `{"hour", "flow", "items"}`, in the viewer's words and time."""
    return [
        {"hour": figures.hour(one["at"]), "flow": t(f"overview.{flow}"), "items": one[flow]}
        for one in hours
        for flow in _FLOWS
    ]


def chart(rows: list[dict[str, Any]]) -> Any:
    """The bars of one hour side by side."""
    import altair as alt

    names = [t(f"overview.{flow}") for flow in _FLOWS]
    order = list(dict.fromkeys(row["hour"] for row in rows))
    scale = alt.Scale(domain=names, range=list(_FLOWS.values()))
    colour = alt.Color("flow:N", sort=names, scale=scale, title=None, legend=alt.Legend(orient="top"))
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("hour:O", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            xOffset=alt.XOffset("flow:N", sort=names),
            y=alt.Y("items:Q", title=None, axis=alt.Axis(tickMinStep=1, format="d")),
            color=colour,
            tooltip=[
                alt.Tooltip("hour:O", title=t("overview.hour")),
                alt.Tooltip("flow:N", title=" "),
                alt.Tooltip("items:Q", title=t("overview.items"), format=",d"),
            ],
        )
    )
