"""The board of states: how many items stand in each, and for how long the oldest."""

from typing import Any, Final

import streamlit as st

from daemon.blackboard.states import State
from dashboard import figures
from dashboard.places import link
from dashboard.texts import t

_ORDER: Final = (
    State.QUEUED,
    State.INGESTING,
    State.DRAFTING,
    State.REVIEWING,
    State.PUBLISHING,
    State.PUBLISHED,
    State.HELD,
    State.DEAD_LETTER,
    State.DISCARDED,
)
"""The way an item takes, then where it may end."""
_WIDTH: Final = 96
"""Nine beside each other on a usual screen, three on a telephone; a million fits."""


def show(document: dict[str, Any]) -> None:
    """A cell for each state, whose name opens its items."""
    with st.container(horizontal=True, gap="xsmall", key="states"):
        for state in _ORDER:
            _cell(state, count=document["states"][state], oldest=document["oldest_age_seconds"].get(state))
    if awaiting := document["awaiting_articles"]:
        st.caption(t("overview.awaiting", n=awaiting))


def _cell(state: State, *, count: int, oldest: float | None) -> None:
    with st.container(width=_WIDTH, gap=None):
        link("items", t(f"state.{state}"), query={"state": state.value})
        st.metric(t(f"state.{state}"), figures.number(count), label_visibility="collapsed")
        st.caption(t("overview.oldest", span=figures.span(oldest)) if oldest is not None else "\u00a0")
