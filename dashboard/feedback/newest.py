"""The newest posts, each judged with one click."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from daemon.blackboard.feedback import About
from daemon.blackboard.reading.feedback import feedback_of
from daemon.blackboard.reading.published import recent_posts
from dashboard.desk import Desk
from dashboard.feedback.thumbs import Opinions, Subject, judged, told_of
from dashboard.figures import clock, plain
from dashboard.item.story import cut
from dashboard.places import link
from dashboard.texts import t

Document = Mapping[str, Any]

AT_ONCE: Final = 5
MOST: Final = 50
_SHOWN: Final = "feedback.newest.shown"
_LONGEST_SUMMARY: Final = 280


def show_newest(here: Desk) -> None:
    """The last published posts, five at first."""
    st.subheader(t("feedback.newest"), anchor=False)
    wanted = st.session_state.get(_SHOWN, AT_ONCE)
    posts = recent_posts(here.board, limit=wanted + 1)
    if not posts:
        st.info(t("feedback.no_posts"))
        return
    st.caption(t("feedback.newest_hint"))
    for post in posts[:wanted]:
        _show_post(post, here=here)
    if len(posts) > wanted and wanted < MOST:
        st.button(t("feedback.more_posts"), key="feedback.newest.more", type="tertiary", on_click=_show_more)


def _show_post(post: Document, *, here: Desk) -> None:
    title = " ".join(str(post["title"]).split()) or t("items.no_title")
    subject = Subject(post["item_id"], About.POST, "", title)
    opinion = Opinions(feedback_of(here.board, post["item_id"])).of(subject)

    def show() -> None:
        link("items", f"**{plain(title)}**", query={"id": post["item_id"]})
        if summary := str(post["summary"] or ""):
            st.markdown(plain(cut(summary, _LONGEST_SUMMARY)))
        facts = [plain(post["source"] or t("items.by_person")), clock(post["published_at"])]
        st.caption("  ·  ".join([*facts, *([told_of(opinion)] if opinion is not None else [])]))

    judged(subject, opinion=opinion, show=show)


def _show_more() -> None:
    st.session_state[_SHOWN] = min(MOST, st.session_state.get(_SHOWN, AT_ONCE) + 2 * AT_ONCE)
