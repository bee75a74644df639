"""The level of degradation: what holds and why, and a person's own choice."""

from datetime import UTC, datetime
from typing import Final

import streamlit as st

from daemon.resilience.chosen_level import AUTO
from daemon.resilience.levels import Level
from dashboard import figures
from dashboard.buttons import action_button, once_done, outcome
from dashboard.desk import desk
from dashboard.live import live
from dashboard.pulse import Pulse, pulse_of
from dashboard.reasons import reason_words
from dashboard.sidebar import level_words
from dashboard.texts import t
from dashboard.timeline import who

REFRESH_SECONDS: Final = 5.0
SPANS: Final = {"30m": 1800.0, "2h": 7200.0, "12h": 43_200.0, "good": None}
"""How long a choice may hold; None: until a person takes it back."""


def section() -> None:
    """The level, and how to set another one."""
    with st.container(border=True):
        st.subheader(t("control.level"))
        _facts()
        with st.popover(t("control.level_set"), key=once_done("level.set")):
            _choice()
        outcome("level")


@live(REFRESH_SECONDS)
def _facts() -> None:
    pulse = pulse_of(desk())
    if pulse.has_level:
        st.markdown(f"**{level_words(pulse)}**")
    for line in facts_of(pulse):
        st.markdown(line)
    if pulse.level["by"] != AUTO:
        action_button(t("control.level_auto"), key="level.auto", call=("level", (AUTO,), {}), slot="level")


def facts_of(pulse: Pulse) -> list[str]:
    """Why it holds, since and until when, who set it, and what the rules would say."""
    level = pulse.level
    if not pulse.has_level:
        return [t("control.level_at_rest")]
    facts = [t("control.level_why", why=figures.plain(reason_words(level["reason"])))]
    if level["since"]:
        facts.append(t("control.level_since", since=figures.moment(level["since"])))
    if level["by"] == AUTO:
        # What is over says nothing: the level stays as long as its reason does.
        if ahead(level["leaves_at"]):
            facts.append(t("control.level_stays", until=figures.clock(level["leaves_at"])))
        return facts
    until = figures.moment(level["until"]) or t("control.level_for_good")
    facts.append(t("control.level_by", by=figures.plain(who(level["by"])), until=until))
    if pulse.kind == "running":
        facts.append(t("control.level_rules", level=level["automatic"]))
    return facts


def ahead(at: str | None) -> bool:
    """That moment is still to come."""
    due = figures.local(at)
    return due is not None and due > datetime.now(UTC)


def _choice() -> None:
    """Which level, for how long, and why."""
    levels = [one.value for one in Level]
    wanted = st.radio(t("control.level_which"), levels, format_func=lambda one: f"{one}: {t(f'level.{one}')}")
    span = st.selectbox(t("control.for"), list(SPANS), format_func=lambda one: t(f"control.for_{one}"))
    why = st.text_input(t("control.why"), max_chars=200)
    options = {"for_seconds": SPANS[span], "why": why.strip()}
    label = t("control.level_do", level=wanted)
    action_button(label, key="level.do", call=("level", (wanted,), options), slot="level", is_main=True)
