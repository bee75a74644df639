"""The first lines: whether the daemon lives, and which level holds, and why."""

import streamlit as st

from daemon.resilience.levels import Level
from dashboard import figures
from dashboard.desk import desk
from dashboard.pulse import Pulse, pulse_of
from dashboard.reasons import reason_words
from dashboard.sidebar import level_words, unusual, words_of
from dashboard.texts import t

_CALM = frozenset({"running", "starting"})


def show() -> None:
    """A sentence on a good day; what is wrong stands below it."""
    pulse = pulse_of(desk())
    if pulse.kind in _CALM:
        st.markdown(sentence(pulse))
    else:
        hint = "" if pulse.kind == "silent" else f"\n\n{t('pulse.down_hint')}"
        st.warning(f"{sentence(pulse)}{hint}")
    for one in unusual(pulse):
        st.markdown(one)


def sentence(pulse: Pulse) -> str:
    """How the daemon is, the level, and its reason when it is not the normal one."""
    if not pulse.has_level:
        return t("overview.headline", pulse=words_of(pulse))
    told = {"pulse": words_of(pulse), "level": level_words(pulse)}
    if pulse.level["level"] == Level.L0.value:
        return t("overview.headline_level", **told)
    return t("overview.headline_why", **told, why=figures.plain(reason_words(pulse.level["reason"])))
