"""Pause and resume."""

import streamlit as st

from dashboard.buttons import action_button, outcome
from dashboard.desk import desk
from dashboard.live import live
from dashboard.pulse import pulse_of
from dashboard.texts import t

REFRESH_SECONDS = 5.0
_STATES = dict.fromkeys(("running", "starting", "silent"), "control.is_working")


def section() -> None:
    """Whether work is taken up, and the switch."""
    with st.container(border=True):
        st.subheader(t("control.work"))
        _switch()
        outcome("work")


@live(REFRESH_SECONDS)
def _switch() -> None:
    pulse = pulse_of(desk())
    is_paused = pulse.is_paused
    verb = "resume" if is_paused else "pause"
    st.markdown(t("control.is_paused" if is_paused else _STATES.get(pulse.kind, "control.is_at_rest")))
    action_button(t(f"control.{verb}"), key=f"control.{verb}", call=(verb, (), {}), slot="work", is_main=is_paused)
