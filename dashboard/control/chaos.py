"""Faults on purpose: loud while they are on, asked for twice, and over by themselves."""

from typing import Final

import streamlit as st

from dashboard import figures
from dashboard.buttons import action_button, once_done, outcome
from dashboard.desk import desk
from dashboard.live import live
from dashboard.pulse import pulse_of
from dashboard.texts import t

REFRESH_SECONDS: Final = 5.0
SPANS: Final = {"10m": 600.0, "30m": 1800.0, "2h": 7200.0}


def section() -> None:
    """Whether chaos is on, and the switch."""
    with st.container(border=True):
        st.subheader(t("control.chaos"))
        _switch()
        outcome("chaos")


@live(REFRESH_SECONDS)
def _switch() -> None:
    chaos = pulse_of(desk()).chaos
    if not chaos.is_on:
        st.markdown(t("control.chaos_is_off"))
        with st.popover(t("control.chaos_on"), key=once_done("chaos.on")):
            _choice()
        return
    until = figures.moment(chaos.until) or t("control.level_for_good")
    st.error(f"**{t('pulse.chaos')}**  \n{t('control.chaos_until', until=until, faults=figures.plain(chaos.in_words))}")
    if chaos.origin == "configuration":
        st.caption(t("control.chaos_configured"))
    action_button(t("control.chaos_off"), key="chaos.off", call=("chaos_off", (), {}), slot="chaos", is_main=True)


def _choice() -> None:
    st.markdown(t("control.chaos_means"))
    share = st.slider(t("control.chaos_share"), 0, 100, 10, step=5, format="%d %%")
    span = st.selectbox(t("control.for"), list(SPANS), format_func=lambda one: t(f"control.for_{one}"))
    call = ("chaos_on", ({"network_errors": share / 100},), {"for_seconds": SPANS[span]})
    action_button(t("control.chaos_do"), key="chaos.do", call=call, slot="chaos", is_main=True)
