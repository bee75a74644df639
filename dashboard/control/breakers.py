"""The breakers of the models: which are open, why, when the next probe is, and a button to ask again at once."""

import time
from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.buttons import action_button, outcome
from dashboard.desk import desk
from dashboard.live import live
from dashboard.pulse import pulse_of
from dashboard.reasons import reason_words
from dashboard.texts import t

Document = dict[str, Any]

REFRESH_SECONDS: Final = 5.0
SLOT: Final = "breakers"


def section() -> None:
    """All of them, those that are not closed first."""
    with st.container(border=True):
        st.subheader(t("control.breakers"))
        _listed()
        outcome(SLOT)


@live(REFRESH_SECONDS)
def _listed() -> None:
    pulse = pulse_of(desk())
    breakers: list[Document] = pulse.status["breakers"]
    if not breakers:
        st.markdown(t("control.breakers_none"))
        return
    if pulse.kind not in ("running", "silent"):
        st.caption(t("control.breakers_left"))
    for one in breakers:
        if one.get("state") != "closed":
            st.markdown(words_of(one))
            st.caption(why_of(one, now=time.time()))
            if pulse.kind == "running":
                _reset_button(str(one.get("name")))
    if closed := [figures.plain(one.get("name")) for one in breakers if one.get("state") == "closed"]:
        st.markdown(t("control.breakers_closed", names=t("word.comma").join(closed)))


def _reset_button(name: str) -> None:
    action_button(t("breaker.reset"), key=f"breaker.{name}", call=("breaker_reset", (name,), {}), slot=SLOT)


def words_of(one: Document) -> str:
    """`gemini/flash rests (breaker open)`."""
    state = "half-open" if one.get("state") == "half-open" else "open"
    return t(f"breaker.{state}", name=f"**{figures.plain(one.get('name') or '?')}**")


def why_of(one: Document, *, now: float) -> str:
    """What happened, and when it is tried again: `5 of 8 calls failed. Next probe 15:47.`."""
    due = one.get("next_probe_at")
    is_due = not isinstance(due, int | float) or due <= now
    probe = t("breaker.due") if is_due else t("breaker.probe", at=figures.clock(due))
    return t("breaker.why", why=figures.plain(reason_words(one["reason"])), probe=probe) if one.get("reason") else probe
