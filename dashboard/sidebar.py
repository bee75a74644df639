"""What stands beside every page: how the daemon is, the level, and the language."""

import streamlit as st

from dashboard import figures
from dashboard.desk import desk
from dashboard.live import live
from dashboard.pulse import Pulse, pulse_of
from dashboard.sign_in import sign_out_button
from dashboard.texts import CHOICE, LANGUAGES, language, t

REFRESH_SECONDS = 5.0
_COLOURS = {"running": "green", "silent": "red", "starting": "gray", "down": "red", "never": "gray"}
_SWITCH = "language.switch"


def sidebar() -> None:
    """Draw it; its state refreshes by itself."""
    with st.sidebar:
        heartbeat()
        language_switch()
        sign_out_button(desk())


@live(REFRESH_SECONDS)
def heartbeat() -> None:
    """Whether the daemon is alive, since when, and what is not as usual, in words."""
    pulse = pulse_of(desk())
    st.markdown(f":{_COLOURS[pulse.kind]}[●] {words_of(pulse)}")
    for line in unusual(pulse):
        st.markdown(line)
    if pulse.has_level:
        st.caption(level_words(pulse))


def words_of(pulse: Pulse) -> str:
    """`Running since 11:06`, `The daemon is down since 09:12`."""
    if pulse.kind == "running" and not pulse.since:
        return t("pulse.running_unknown")
    return t(f"pulse.{pulse.kind}", since=figures.clock(pulse.since), age=figures.span(pulse.silent_seconds))


def level_words(pulse: Pulse) -> str:
    """`Level L0: all is well`."""
    level = pulse.level["level"]
    return t("level.name", level=level, words=t(f"level.{level}"))


def unusual(pulse: Pulse) -> list[str]:
    """What a person should know besides, a sentence each; nothing on a good day."""
    lines = []
    if pulse.chaos.is_on:
        lines.append(f":red-background[**{t('pulse.chaos')}**]")
    if pulse.is_paused:
        lines.append(t("pulse.paused"))
    if pulse.status["memory"] == "degraded":
        lines.append(t("pulse.memory_degraded"))
    if pulse.status["burn"] != "normal":
        lines.append(t("pulse.burn"))
    return lines


def language_switch() -> None:
    """English or Chinese, for this session."""
    st.segmented_control(
        t("shell.language"),
        options=list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        default=language(),
        key=_SWITCH,
        label_visibility="collapsed",
        on_change=_choose,
    )


def _choose() -> None:
    """Keep what was chosen; pressing the chosen one again takes nothing away."""
    if chosen := st.session_state.get(_SWITCH):
        st.session_state[CHOICE] = chosen
