"""Adding a source: one field takes every form of address; what can be tried is tried first, by whoever wants to."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.core.redaction import HIDDEN
from dashboard.buttons import Call, action_button, last_done
from dashboard.desk import Desk
from dashboard.figures import number, plain, span
from dashboard.sourcing.kinds import form_of
from dashboard.sourcing.slots import SLOT, TRY
from dashboard.sourcing.trial import Adding, show_feeds, show_trial, way_to
from dashboard.sourcing.unfound import unfound_words
from dashboard.texts import t

Document = Mapping[str, Any]

_INTERVALS: Final = (0.0, 900.0, 1800.0, 3600.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0)
_FORM: Final = "sources.form"
"""Where the session counts what was added, so that the fields are empty for the next one."""
_ADDED: Final = "sources.added"
_TRIED: Final = "sources.tried"
_FEEDS: Final = "sources.feeds"
"""Where the session keeps the feeds that a page was found to have."""
_WISHES: Final = "sources.wishes"
"""Where it keeps what was wished of the first of them: it holds for the others, but for its name."""
_LONGEST_ADDRESS: Final = 4096
_LONGEST_NAME: Final = 200
_LONGEST_TAG: Final = 100
_FIELD_WIDTH: Final = 240
_TRIED_FORMS: Final = frozenset({"", "web", "path"})
"""What can be looked at before it is added: a webhook is told, and a look at X would cost money."""
_WITH_ARTICLES: Final = frozenset({"", "web", "path"})
_FULL_TEXT: Final = (None, True, False)


def show_adding(known: Sequence[Document], *, here: Desk) -> None:
    """The form; open from the start where there is no source yet, and again when one could not be added."""
    _show_added()
    _take_tried()
    is_first = not known and not here.settings.sources
    with st.expander(t("sources.add"), expanded=is_first or _was_refused(), icon=":material/add:"):
        address = (_text("address", longest=_LONGEST_ADDRESS, hint=t("sources.address_hint")) or "").strip()
        st.caption(t(f"sources.form_{form_of(address) or 'none'}"))
        wishes = _wishes(known, form=form_of(address), here=here)
        with st.container(horizontal=True):
            if form_of(address) in _TRIED_FORMS:
                call: Call = ("source_test", [address], {})
                action_button(t("sources.test"), key="sources.test", call=call, slot=TRY, is_disabled=not address)
            call = ("source_add", [address], wishes)
            action_button(
                t("sources.add_do"), key="sources.add", call=call, slot=SLOT, is_main=True, is_disabled=not address
            )
            if address and _was_refused():
                call = ("source_add", [address], wishes | {"as_is": True})
                action_button(t("sources.add_as_is"), key="sources.add.as_is", call=call, slot=SLOT)
        if address:
            st.session_state[_WISHES] = {**wishes, "name": None}
        addresses = {one["address"] for one in known}
        if done := last_done(TRY):
            show_trial(done, slot=TRY, adding=Adding(wishes, addresses))
        _show_more(Adding(st.session_state.get(_WISHES) or {}, addresses))


def _wishes(known: Sequence[Document], *, form: str, here: Desk) -> dict[str, Any]:
    """What is wished of it, as `source_add` takes it; only what the kind of address has."""
    tags = sorted({tag for one in known for tag in one["tags"]}, key=str.casefold)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = (_text("name", longest=_LONGEST_NAME, hint=t("sources.name_hint"), width=_FIELD_WIDTH) or "").strip()
        every = None if form == "webhook" else _every()
        chosen = st.multiselect(
            t("sources.tags"),
            tags,
            key=_key("tags"),
            accept_new_options=True,
            placeholder=t("sources.tags_hint"),
            width=_FIELD_WIDTH,
        )
        more = _paid(here) if form == "x" else {"full_text": _full_text()} if form in _WITH_ARTICLES else {}
    told = [one.strip()[:_LONGEST_TAG] for one in chosen if one.strip()]
    return {"name": name or None, "every_seconds": every, "tags": told} | more


def _every() -> float | None:
    chosen: float = st.selectbox(
        t("sources.interval"),
        _INTERVALS,
        format_func=lambda one: span(one) if one else t("sources.as_usual"),
        key=_key("every"),
        width=_FIELD_WIDTH,
    )
    return chosen or None


def _full_text() -> bool | None:
    return st.selectbox(
        t("sources.full_text"),
        _FULL_TEXT,
        format_func=lambda one: t(f"sources.full_text_{'usual' if one is None else 'yes' if one else 'no'}"),
        key=_key("full_text"),
        help=t("sources.full_text_help"),
        width=_FIELD_WIDTH,
    )


def _paid(here: Desk) -> dict[str, Any]:
    """The bounds of a day, or a feed that is read instead and costs nothing."""
    usual = here.settings.sensors.x
    mirror = (
        _text("mirror", longest=_LONGEST_ADDRESS, hint=t("sources.mirror_hint"), width=_FIELD_WIDTH) or ""
    ).strip()
    if mirror:
        return {"mirror": mirror}
    reads = st.number_input(
        t("sources.daily_reads"),
        min_value=1,
        value=None,
        key=_key("daily_reads"),
        placeholder=t("sources.usual", value=number(usual.daily_reads)),
        width=_FIELD_WIDTH,
    )
    usd = st.number_input(
        t("sources.daily_usd"),
        min_value=0.01,
        value=None,
        key=_key("daily_usd"),
        placeholder=t("sources.usual", value=f"{usual.daily_usd:.2f}"),
        width=_FIELD_WIDTH,
    )
    return {"daily_reads": reads, "daily_usd": usd}


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
    if warning := (done.document.get("discovery") or {}).get("warning"):
        st.warning(plain(unfound_words(warning)))
    way_to(done.document["id"], t("sources.see"), key="sources.see")


def _show_more(adding: Adding) -> None:
    """The other feeds of a site, as long as one after the other is taken."""
    added = last_done(SLOT)
    if added is None or added.verb != "source_add" or not added.is_done:
        return
    found = added.document.get("discovery") or {}
    if found.get("others"):
        st.session_state[_FEEDS] = found["others"]
    feeds: Sequence[Document] = st.session_state.get(_FEEDS) or ()
    if found.get("others") or added.document["address"] in {one["address"] for one in feeds}:
        st.markdown(t("sources.more_feeds"))
        show_feeds(feeds, slot=TRY, adding=adding)


def _was_refused() -> bool:
    """No feed could be found for what was to be added just now."""
    done = last_done(SLOT)
    return done is not None and done.verb == "source_add" and not done.is_done


def _take_tried() -> None:
    """The address of a feed that was tried comes where the page's was that announced it."""
    done = last_done(TRY)
    before: object = st.session_state.get(_TRIED)
    if done is None or not done.is_done or before is done:
        return
    st.session_state[_TRIED] = done
    st.session_state[_FEEDS] = done.document["feeds"]
    if HIDDEN not in done.document["address"]:
        st.session_state[_key("address")] = done.document["address"]


def _key(name: str) -> str:
    return f"sources.new.{name}.{st.session_state.get(_FORM, 0)}"
