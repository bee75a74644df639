"""Lists of feeds (OPML), as feed readers write and read them."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dashboard.buttons import Call, action_button, last_done, once_done
from dashboard.figures import number, plain
from dashboard.sourcing.slots import SLOT
from dashboard.sourcing.unfound import unfound_words
from dashboard.texts import t
from sensors.feeds.opml import kept_back, write_opml
from sensors.text.charsets import decode

Document = Mapping[str, Any]

FILE_NAME: Final = "davidagent.opml"
_LONGEST_MB: Final = 5
_MOST_PROBLEMS: Final = 100


def show_lists(known: Sequence[Document]) -> None:
    """A file in, a file out."""
    with st.expander(t("sources.lists"), icon=":material/list:"):
        given = st.file_uploader(
            t("sources.opml_in"),
            type=["opml", "xml"],
            key=once_done("sources.opml"),
            max_upload_size=_LONGEST_MB,
        )
        if given is not None:
            call: Call = ("source_import", [decode(given.getvalue())[0]], {})
            label = t("sources.opml_do", name=plain(given.name))
            action_button(label, key="sources.import", call=call, slot=SLOT, is_main=True)
        if known:
            _show_way_out(known)


def _show_way_out(known: Sequence[Document]) -> None:
    private = kept_back(known)
    going = sum(one["kind"] == "rss" for one in known) - len(private)
    st.download_button(
        t("sources.opml_out", n=number(going)),
        write_opml(known, at=time.time()),
        file_name=FILE_NAME,
        mime="text/x-opml",
        key="sources.export",
        on_click="ignore",
        disabled=not going,
    )
    if private:
        st.caption(t("sources.opml_left", names=plain(t("word.comma").join(private))))


def show_report() -> None:
    """What the last list brought besides: what was there already, and each problem."""
    done = last_done(SLOT)
    if done is None or done.verb != "source_import" or not done.is_done:
        return
    if done.document["known"]:
        st.caption(t("sources.import_known", n=number(done.document["known"])))
    problems = done.document["problems"]
    if not problems:
        return
    with st.container(border=True):
        st.markdown(t("sources.import_problems", n=number(len(problems))))
        st.markdown("\n".join(f"- {plain(unfound_words(one))}" for one in problems[:_MOST_PROBLEMS]))
