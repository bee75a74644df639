"""The page on feedback: the newest posts to judge, what it is used for, and all that was said."""

import streamlit as st

from daemon.blackboard.reading.feedback import feedback_counts
from dashboard.desk import desk
from dashboard.feedback.newest import show_newest
from dashboard.feedback.said import show_said
from dashboard.feedback.used import show_used
from dashboard.figures import number
from dashboard.texts import t


def show_feedback() -> None:
    """Draw it; without any feedback it says how to give the first."""
    here = desk()
    st.title(t("page.feedback"))
    counts = feedback_counts(here.board)
    _show_counts(counts)
    show_newest(here)
    if not counts["up"] + counts["down"]:
        st.info(t("feedback.none"))
        return
    show_used(here)
    show_said(here)


def _show_counts(counts: dict[str, int]) -> None:
    with st.container(horizontal=True):
        for name in ("up", "down", "corrected"):
            st.metric(t(f"feedback.count_{name}"), number(counts[name]), width="content")
