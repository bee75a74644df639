"""What only sources of one kind have: reads that are paid for, a webhook's address, files left out, full text."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.desk import Desk
from dashboard.figures import number, plain, usd
from dashboard.sourcing.left_out import left_out_words
from dashboard.texts import t

Document = Mapping[str, Any]

_MOST_FILES: Final = 50
_ANYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - looked for, not bound to
_WIDTH: Final = 165
"""Two beside each other on a telephone."""


def show_readings(one: Document) -> None:
    """What was read today of what may be, in posts and dollars, and where that leads; nothing for what is free."""
    reads = one["reads"]
    if reads is None:
        return
    st.subheader(t("sources.readings"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        _metric("reads_today", t("sources.of_limit", n=number(reads["today"]), limit=number(reads["limit"])))
        _metric("usd_today", t("sources.of_limit", n=usd(reads["usd_today"]), limit=usd(reads["usd_limit"])))
        _metric("reads_per_day", pace_words(reads))
        _metric("usd_month", usd_month(reads))
    st.caption(t("sources.readings_mean"))


def pace_words(reads: Document) -> str:
    """`37.5`; that it is not known yet before the first day with readings."""
    return t("sources.no_pace") if reads["per_day"] is None else f"{reads['per_day']:,.1f}"


def usd_month(reads: Document) -> str:
    """What thirty days come to; that it is not known yet before the first day with readings."""
    return t("sources.no_pace") if reads["usd_month"] is None else usd(reads["usd_month"])


def show_hook(one: Document, *, here: Desk) -> None:
    """The address that a sender posts to; nothing for what is not a webhook. No secret stands on the board."""
    if one["hook"] is None:
        return
    st.subheader(t("sources.hook"), anchor=False)
    st.code(hook_address(one["hook"], here=here), language=None, wrap_lines=True)
    st.caption(t("sources.hook_means"))


def hook_address(path: str, *, here: Desk) -> str:
    """As a sender on this machine would write it."""
    api = here.settings.api
    host = "127.0.0.1" if api.host in _ANYWHERE else api.host
    return f"http://{f'[{host}]' if ':' in host else host}:{api.port}{path}"


def show_left_out(one: Document) -> None:
    """The files of a folder that did not become items, and why."""
    left = one["left_out"]
    if not left:
        return
    st.subheader(t("sources.left_out", n=len(left)), anchor=False)
    shown = sorted(left.items())[:_MOST_FILES]
    st.table(
        {
            t("sources.left_file"): [plain(name) for name, _ in shown],
            t("sources.left_why"): [plain(left_out_words(why)) for _, why in shown],
        },
        border="horizontal",
        hide_index=True,
    )
    if (rest := len(left) - len(shown)) > 0:
        st.caption(t("sources.left_rest", n=number(rest)))


def full_text_words(one: Document, *, here: Desk) -> str:
    """Whether the articles behind its entries are fetched; nothing for what has none."""
    if one["kind"] != "rss":
        return ""
    if one["full_text"] is not None:
        return t("sources.full_text_on" if one["full_text"] else "sources.full_text_off")
    least = here.settings.sensors.full_text.shorter_than
    return t("sources.full_text_short", n=number(least)) if least else t("sources.full_text_off")


def _metric(name: str, value: str) -> None:
    with st.container(width=_WIDTH, gap=None):
        st.metric(t(f"sources.{name}"), figures.safe(value))
