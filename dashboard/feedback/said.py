"""What was said: a filter that stands in the address, and one page of what fits it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.feedback import About, Verdict
from daemon.blackboard.reading.feedback import feedback_page
from daemon.core.errors import UsageError
from dashboard.buttons import outcome
from dashboard.desk import Desk
from dashboard.feedback.query import Query
from dashboard.feedback.thumbs import ICONS, withdraw_button
from dashboard.figures import clock, plain
from dashboard.item.story import cut
from dashboard.places import link
from dashboard.texts import t
from dashboard.timeline import who

Document = Mapping[str, Any]

SLOT: Final = "feedback.said"
PAGE: Final = 20
_FIELD_WIDTH: Final = 168


def show_said(here: Desk) -> None:
    """The filter, and what fits it, the newest first."""
    st.subheader(t("feedback.said"), anchor=False)
    query = Query.of(st.query_params.to_dict())
    _show_filter(query, here=here)
    outcome(SLOT)
    page = _page(query, here=here)
    if not page["feedback"]:
        st.info(t("feedback.none_fit"))
    for one in page["feedback"]:
        _show_one(one)
    _show_ways(query, page=page)


def show_opinion(opinion: Document) -> None:
    """The words of one verdict: what it is about, why, and what it should say."""
    lines = [f"{ICONS[Verdict(opinion['verdict'])]} {_about(opinion)}"]
    if opinion["reason"]:
        lines.append(t("feedback.why", text=plain(cut(opinion["reason"]))))
    if opinion["corrected"]:
        lines.append(t("feedback.instead", text=plain(cut(opinion["corrected"]))))
    st.markdown("  \n".join(lines))


def _about(opinion: Document) -> str:
    about = t(f"feedback.{opinion['about']}")
    return (
        t("feedback.about_passage", about=about, text=plain(cut(opinion["passage"]))) if opinion["passage"] else about
    )


def _page(query: Query, *, here: Desk) -> Document:
    """From the first place when the address names none that can be."""
    try:
        return feedback_page(here.board, **query.wanted(), limit=PAGE)
    except UsageError:
        return feedback_page(here.board, **query.with_().wanted(), limit=PAGE)


def _show_filter(query: Query, *, here: Desk) -> None:
    names = {str(one["id"]): one["name"] for one in here.reader.sources()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _choice("verdict", list(Verdict), value=query.verdict, words=lambda one: t(f"feedback.{one}"))
        _choice("about", list(About), value=query.about, words=lambda one: t(f"feedback.{one}"))
        _choice("source", list(names), value=query.source, words=lambda one: names[one])
        if query.is_filter:
            st.button(t("items.clear"), key="feedback.clear", type="tertiary", on_click=st.query_params.clear)


def _choice(name: str, options: Sequence[str], *, value: str, words: Callable[[str], str]) -> None:
    key, everything = f"feedback.field.{name}", t(f"feedback.any_{name}")
    st.session_state[key] = value if value in options else ""
    st.selectbox(
        t(f"feedback.field_{name}"),
        ["", *options],
        key=key,
        format_func=lambda one: words(one) if one else everything,
        on_change=_change,
        args=(name,),
        width=_FIELD_WIDTH,
    )


def _change(name: str) -> None:
    changed = Query.of(st.query_params.to_dict()).with_(**{name: st.session_state[f"feedback.field.{name}"] or ""})
    st.query_params.from_dict(changed.parameters())


def _show_one(opinion: Document) -> None:
    with st.container(border=True):
        words, button = st.columns([5, 1], vertical_alignment="center")
        with words, st.container(gap=None):
            link("items", plain(opinion["title"]) or t("items.no_title"), query={"id": opinion["item_id"]})
            show_opinion(opinion)
            st.caption(t("feedback.by", at=clock(opinion["at"]), by=plain(who(opinion["by"]))))
        with button, st.container(horizontal=True, horizontal_alignment="right"):
            withdraw_button(opinion, slot=SLOT)


def _show_ways(query: Query, *, page: Document) -> None:
    before, after = page["previous"], page["next"]
    if not before and not after:
        return
    with st.container(horizontal=True, horizontal_alignment="right"):
        for label, at in (("items.previous", before), ("items.next", after)):
            st.button(t(label), on_click=_go, args=(query.with_(at=at or ""),), disabled=not at)


def _go(query: Query) -> None:
    st.query_params.from_dict(query.parameters())
