"""The page on what it costs: today as it goes on, then a stretch of days in all its parts."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_costs import By
from dashboard.desk import Desk, desk
from dashboard.economics import asked, elsewhere, parts, prices, readings, sums, today, trend
from dashboard.economics.query import DAYS, SHOWN, Query
from dashboard.economics.unpriced import unpriced_calls
from dashboard.texts import t

_FIELD: Final = "economics.field."
_FIELD_WIDTH: Final = 168


def show_economics() -> None:
    """Draw it."""
    here = desk()
    st.title(t("page.economics"))
    if not here.reader.exists:
        st.info(t("fault.no_board"))
        return
    today.section()
    st.divider()
    query = _asked()
    _period(query)
    _stretch(here, query=query)
    prices.section(asked.prices(here))


def _stretch(here: Desk, *, query: Query) -> None:
    document, of_today = asked.costs(here, days=query.days), asked.costs(here, days=1)
    if query.days > 1:
        if document["unpriced_calls"] > of_today["unpriced_calls"]:
            unpriced_calls(document)
        sums.show(document)
        sums.remarks(document, days=query.days)
    trend.show(asked.trend(here, query), query)
    if document["calls"]:
        parts.show_parts(document, dearest=asked.dearest(here, days=query.days))
        elsewhere.section(here, query=query, document=document)
    readings.section(here, document=document)


def _period(query: Query) -> None:
    """How many days, and what the bars are."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            t("economics.period"),
            DAYS,
            key=_followed("days", query.days),
            format_func=lambda days: t(f"economics.period_{days}"),
            on_change=_change,
            args=("days",),
            required=True,
            wrap=True,
        )
        _select("by", list(By), value=query.by)
        _select("show", list(SHOWN), value=query.show)


def _select(name: str, options: Sequence[Any], *, value: Any) -> None:
    words_of: Callable[[Any], str] = lambda one: t(f"economics.{name}_{one}")  # noqa: E731 - as the widget takes it
    st.selectbox(
        t(f"economics.{name}"),
        options,
        key=_followed(name, value),
        format_func=words_of,
        on_change=_change,
        args=(name,),
        width=_FIELD_WIDTH,
    )


def _followed(name: str, value: Any) -> str:
    """The key of a field that shows what the address says."""
    st.session_state[f"{_FIELD}{name}"] = value
    return f"{_FIELD}{name}"


def _asked() -> Query:
    return Query.of({name: st.query_params.get_all(name) for name in st.query_params})


def _change(name: str) -> None:
    """A field was changed: the address says so."""
    value = st.session_state[f"{_FIELD}{name}"]
    st.query_params.from_dict(_asked().with_(**{name: value}).parameters())
