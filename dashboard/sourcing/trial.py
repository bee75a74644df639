"""What stands at an address that was tried. Every text of it is the other side's, and shown as plain text."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.acting import Done
from dashboard.buttons import Call, action_button
from dashboard.figures import moment, number, plain
from dashboard.sourcing.condition import line
from dashboard.sourcing.slots import SLOT
from dashboard.texts import t

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Adding:
    """What feeds that are found are added with (as `source_add` takes it), and the addresses that are there already."""

    wishes: Document
    known: Collection[str]


def show_trial(done: Done, *, slot: str, adding: Adding | None = None) -> None:
    """The feed and its first entries, or why it cannot be read, and of a page the feeds it announces, to be tried.

    With `adding` each of these can be added at once, too.
    """
    if done.error is not None:
        st.error(t("said.failed", why=plain(done.error)))
        return
    found = done.document
    with st.container(border=True):
        if found["readable"]:
            _show_feed(found)
        else:
            _show_failure(found)
            show_feeds(found["feeds"], slot=slot, adding=adding)
        if found["known_as"]:
            known = found["known_as"]
            way_to(known["id"], plain(t("sources.known_as", name=known["name"])), key="sources.known")


def show_feeds(feeds: Sequence[Document], *, slot: str, adding: Adding | None) -> None:
    """Feeds that were found, to be tried each, and with `adding` to be added."""
    for place, one in enumerate(feeds):
        _show_announced(one, place=place, slot=slot, adding=adding)


def way_to(source_id: int, label: str, *, key: str) -> None:
    """A way to a source's own view, from this very page."""
    st.button(label, key=key, type="tertiary", icon=":material/arrow_forward:", on_click=_open, args=(source_id,))


def _open(source_id: int) -> None:
    st.query_params.from_dict({"id": str(source_id)})


def _show_feed(found: Document) -> None:
    title = plain(found["title"]) or t("sources.untitled")
    st.markdown(f":green[●] **{title}**")
    facts = [found["format"] or "", t("sources.entries", n=number(found["entries"]))]
    st.caption(plain("  ·  ".join(filter(None, facts))))
    _as_code(t("sources.found_at"), found["found_at"] if found["found_at"] != found["address"] else None)
    _as_code(t("sources.moved_to"), found["moved_to"])
    if found["newest"]:
        st.table(
            {
                t("sources.entry_at"): [plain(moment(one["published_at"]) or "–") for one in found["newest"]],
                t("sources.entry_title"): [plain(one["title"]) or "–" for one in found["newest"]],
            },
            border="horizontal",
            hide_index=True,
        )


def _show_failure(found: Document) -> None:
    ailment = found["ailment"]
    st.markdown(f":red[●] **{t('sources.unreadable')}** {t(f'help.{ailment}')}")
    st.code(line(found["error"]), language=None, wrap_lines=True)
    if found["feeds"]:
        st.markdown(t("sources.announced", n=len(found["feeds"])))
    elif found["ailment"] == "page":
        st.markdown(t("sources.announces_none"))


def _show_announced(one: Document, *, place: int, slot: str, adding: Adding | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        named = " · ".join(filter(None, [plain(one["title"]), one["format"]])) or t("sources.untitled")
        st.markdown(f"**{named}**", width="content")
        call: Call = ("source_test", [one["address"]], {})
        with st.container(horizontal=True, width="content"):
            action_button(t("sources.take"), key=f"sources.take.{place}", call=call, slot=slot)
            if adding is not None and one["address"] in adding.known:
                st.markdown(t("sources.is_source"), width="content")
            elif adding is not None:
                call = ("source_add", [one["address"]], adding.wishes)
                action_button(t("sources.add_do"), key=f"sources.add.{place}", call=call, slot=SLOT, is_main=True)
    st.code(line(one["address"]), language=None, wrap_lines=True)


def _as_code(label: str, address: str | None) -> None:
    if address:
        st.caption(label)
        st.code(line(address), language=None, wrap_lines=True)
