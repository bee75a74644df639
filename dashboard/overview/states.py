"""The board of states: how many items stand in each, and for how long the oldest."""

from typing import Final

import streamlit as st

from daemon.blackboard.states import State
from dashboard import figures, glances
from dashboard.desk import desk
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
_WIDTH: Final = 100


def show() -> None:
    """A card for each state, which opens its items."""
    here = desk()
    document = glances.board(str(here.board), here)
    with st.container(horizontal=True, gap="small", key="states"):
        for state in _ORDER:
            _card(state, count=document["states"][state], oldest=document["oldest_age_seconds"].get(state))


def _card(state: State, *, count: int, oldest: float | None) -> None:
    with st.container(width=_WIDTH, gap=None):
        link("items", t(f"state.{state}"), query={"state": state.value})
        st.metric(t(f"state.{state}"), figures.number(count), label_visibility="collapsed")
        st.caption(t("overview.oldest", span=figures.span(oldest)) if oldest is not None else "\u00a0")
