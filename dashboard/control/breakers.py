"""The breakers of the models: which are open, why, and when the next probe is."""

import time
from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.desk import desk
from dashboard.live import live
from dashboard.pulse import Pulse, pulse_of
from dashboard.texts import t

REFRESH_SECONDS: Final = 5.0


def section() -> None:
    """All of them, those that are not closed first."""
    with st.container(border=True):
        st.subheader(t("control.breakers"))
        _listed()


@live(REFRESH_SECONDS)
def _listed() -> None:
    pulse = pulse_of(desk())
    rows = rows_of(pulse, now=time.time())
    if not rows:
        st.markdown(t("control.breakers_none"))
        return
    if pulse.kind not in ("running", "silent"):
        st.caption(t("control.breakers_left"))
    st.dataframe(rows, hide_index=True, column_config={key: t(f"control.breaker_{key}") for key in rows[0]})


def rows_of(pulse: Pulse, *, now: float) -> list[dict[str, str]]:
    """A row for each breaker."""
    breakers = sorted(pulse.status["breakers"], key=lambda one: (one.get("state") == "closed", str(one.get("name"))))
    return [
        {
            "name": str(one.get("name") or "?"),
            "state": t(f"breaker.{_state(one)}"),
            "probe": _probe(one, now=now),
            "reason": str(one.get("reason") or ""),
        }
        for one in breakers
    ]


def _state(one: dict[str, Any]) -> str:
    state = one.get("state")
    return state if state in ("closed", "half-open") else "open"


def _probe(one: dict[str, Any], *, now: float) -> str:
    due = one.get("next_probe_at")
    if _state(one) == "closed":
        return ""
    if not isinstance(due, int | float) or due <= now:
        return t("control.breaker_due")
    return figures.clock(due)
