"""A webhook's secret, shown once to who made it: it is on no board, in no cache, and in no answer that is kept."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from dashboard.buttons import last_done, put_done
from dashboard.desk import Desk
from dashboard.figures import plain
from dashboard.sourcing.particulars import hook_address
from dashboard.texts import t

Document = Mapping[str, Any]

_SHOWN: Final = "sources.secret"
"""Where the session has it until it is put away: a page that is drawn anew would lose it else."""

_LONGEST_SECONDS: Final = 900.0


def take_secret(slot: str) -> None:
    """Take a secret out of what the last action answered."""
    done = last_done(slot)
    if done is None or "secret" not in done.document:
        return
    told = dict(done.document)
    secret = told.pop("secret")
    put_done(slot, replace(done, document=told))
    if secret:
        shown = {"secret": secret, "name": told.get("name", ""), "hook": told.get("hook"), "at": time.monotonic()}
        st.session_state[_SHOWN] = shown


def show_secret(*, here: Desk) -> None:
    """The secret with what to do with it, and the way to put it away; nothing when there is none."""
    shown: Document | None = st.session_state.get(_SHOWN)
    if shown is None or time.monotonic() - shown["at"] > _LONGEST_SECONDS:
        put_away()
        return
    with st.container(border=True, key="sources.secret.box"):
        st.markdown(f"**{t('sources.secret', name=plain(shown['name']))}** {t('sources.secret_once')}")
        st.code(shown["secret"], language=None, wrap_lines=True)
        if shown["hook"]:
            st.caption(t("sources.secret_for"))
            st.code(hook_address(shown["hook"], here=here), language=None, wrap_lines=True)
        st.button(t("sources.secret_done"), key="sources.secret.done", on_click=put_away)


def name_of(hook: str) -> str:
    """`build` of `/hooks/build`."""
    return hook.rpartition("/")[2]


def put_away() -> None:
    """Nobody sees it again."""
    st.session_state.pop(_SHOWN, None)
