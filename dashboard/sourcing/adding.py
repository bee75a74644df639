"""Adding a source: its address is tried first, by whoever wants to."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.core.redaction import HIDDEN
from dashboard.buttons import Call, action_button, last_done
from dashboard.desk import Desk
from dashboard.figures import span
from dashboard.sourcing.slots import SLOT, TRY
from dashboard.sourcing.trial import show_trial, way_to
from dashboard.texts import t

Document = Mapping[str, Any]

_INTERVALS: Final = (0.0, 900.0, 1800.0, 3600.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0)
_FORM: Final = "sources.form"
"""Where the session counts what was added, so that the fields are empty for the next one."""
_ADDED: Final = "sources.added"
_TRIED: Final = "sources.tried"
_LONGEST_ADDRESS: Final = 4096
_LONGEST_NAME: Final = 200
_LONGEST_TAG: Final = 100
_FIELD_WIDTH: Final = 240


def show_adding(known: Sequence[Document], *, here: Desk) -> None:
    """The form; open from the start where there is no source yet."""
    _show_added()
    _take_tried()
    is_first = not known and not here.settings.sources
    with st.expander(t("sources.add"), expanded=is_first, icon=":material/add:"):
        address = (_text("address", longest=_LONGEST_ADDRESS, hint=t("sources.address_hint")) or "").strip()
        options = _options(known)
        with st.container(horizontal=True):
            call: Call = ("source_test", [address], {})
            action_button(t("sources.test"), key="sources.test", call=call, slot=TRY, is_disabled=not address)
            call = ("source_add", [address], options)
            action_button(
                t("sources.add_do"), key="sources.add", call=call, slot=SLOT, is_main=True, is_disabled=not address
            )
        if done := last_done(TRY):
            show_trial(done, slot=TRY)


def _options(known: Sequence[Document]) -> dict[str, Any]:
    """Name, interval and tags, as `source_add` takes them."""
    tags = sorted({tag for one in known for tag in one["tags"]}, key=str.casefold)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = (_text("name", longest=_LONGEST_NAME, hint=t("sources.name_hint"), width=_FIELD_WIDTH) or "").strip()
        every = st.selectbox(
            t("sources.interval"),
            _INTERVALS,
            format_func=lambda one: span(one) if one else t("sources.as_it_posts"),
            key=_key("every"),
            width=_FIELD_WIDTH,
        )
        chosen = st.multiselect(
            t("sources.tags"),
            tags,
            key=_key("tags"),
            accept_new_options=True,
            placeholder=t("sources.tags_hint"),
            width=_FIELD_WIDTH,
        )
    told = [one.strip()[:_LONGEST_TAG] for one in chosen if one.strip()]
    return {"name": name or None, "every_seconds": every or None, "tags": told}


def _text(name: str, *, longest: int, hint: str, width: Any = "stretch") -> str | None:
    label = t(f"sources.field_{name}")
    return st.text_input(label, key=_key(name), max_chars=longest, placeholder=hint, live=True, width=width)


def _show_added() -> None:
    """The way to what was just added; and its form is done with."""
    done = last_done(SLOT)
    if done is None or done.verb != "source_add" or not done.is_done:
        return
    before: object = st.session_state.get(_ADDED)
    if before is not done:
        st.session_state[_ADDED] = done
        st.session_state[_FORM] = st.session_state.get(_FORM, 0) + 1
    way_to(done.document["id"], t("sources.see"), key="sources.see")


def _take_tried() -> None:
    """The address of a feed that was tried comes where the page's was that announced it."""
    done = last_done(TRY)
    before: object = st.session_state.get(_TRIED)
    if done is None or not done.is_done or before is done:
        return
    st.session_state[_TRIED] = done
    if HIDDEN not in done.document["address"]:
        st.session_state[_key("address")] = done.document["address"]


def _key(name: str) -> str:
    return f"sources.new.{name}.{st.session_state.get(_FORM, 0)}"
