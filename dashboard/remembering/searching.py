"""Looking for what was published by its meaning."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.desk import Desk, desk
from dashboard.item.story import cut
from dashboard.places import link
from dashboard.pulse import pulse_of
from dashboard.remembering.asking import Heard, search
from dashboard.texts import t

Document = Mapping[str, Any]

_ASKED: Final = "q"
"""In the address: what is looked for."""
_FIELD: Final = "memory.field"
_FOUND: Final = "memory.found"
_LONGEST: Final = 10_000
_SHOWN: Final = 320


def section() -> None:
    """The field, and what is nearest to it."""
    here = desk()
    if here.settings.memory.mode == "off" or not here.reader.exists:
        return
    st.subheader(t("memory.search"))
    asked = st.query_params.get(_ASKED, "").strip()
    st.session_state[_FIELD] = asked
    st.text_input(
        t("memory.search"),
        key=_FIELD,
        type="search",
        max_chars=_LONGEST,
        placeholder=t("memory.search_hint"),
        label_visibility="collapsed",
        on_change=_change,
    )
    if pulse_of(here).kind != "running":
        st.caption(t("memory.search_closed"))
    if asked:
        _show(_found(asked, here=here))


def _change() -> None:
    asked = (st.session_state[_FIELD] or "").strip()
    st.session_state.pop(_FOUND, None)
    if asked:
        st.query_params[_ASKED] = asked
    else:
        st.query_params.pop(_ASKED, None)


def _found(asked: str, *, here: Desk) -> Heard:
    """Asked once for a text, whatever else is drawn anew: a provider's vectors cost money."""
    kept: tuple[str, Heard] | None = st.session_state.get(_FOUND)
    if kept is not None and kept[0] == asked:
        return kept[1]
    with st.spinner(t("memory.searching")):
        heard = search(asked, desk=here)
    st.session_state[_FOUND] = (asked, heard)
    return heard


def _show(heard: Heard) -> None:
    if heard.error is not None:
        st.error(t("memory.not_searched", why=figures.plain(heard.error)))
        return
    if not heard.answer:
        st.info(t("memory.nothing_near"))
    for one in heard.answer or ():
        _show_one(one)


def _show_one(found: Document) -> None:
    with st.container(border=True, gap="xsmall"):
        link("items", figures.plain(found["title"]) or t("items.no_title"), query={"id": found["item_id"]})
        published = figures.moment(found["published_at"])
        st.caption(t("memory.near", score=figures.plain(f"{found['score']:.2f}"), published=published))
        st.markdown(figures.plain(cut(_summary(found), _SHOWN)))


def _summary(found: Document) -> str:
    """The summary stands first in the text; what follows are the sentences that were checked, the title among them."""
    return str(found["text"]).strip().partition("\n")[0]
