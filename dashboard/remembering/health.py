"""How the memory is, what that means for posts, and how much it holds."""

from collections.abc import Iterator
from typing import Any, Final

import streamlit as st

from daemon.runtime.memory_facts import told_of_memory
from dashboard import figures
from dashboard.desk import desk
from dashboard.live import live
from dashboard.pulse import Pulse, pulse_of
from dashboard.remembering.asking import Heard, facts, status
from dashboard.texts import t

Document = dict[str, Any]

REFRESH_SECONDS: Final = 5.0
OURS: Final = "wordllama"
"""The embeddings (of `memory.embeddings`) that are made on this machine."""
_WITH_DAEMON: Final = frozenset({"running", "silent"})


@live(REFRESH_SECONDS)
def section() -> None:
    """Its state in a sentence, the figures, and what is not as it should be."""
    here = desk()
    if not here.reader.exists:
        st.info(t("fault.no_board"))
        return
    known, pulse = facts(here), pulse_of(here)
    state = state_of(known, pulse=pulse)
    told = told_of_memory(here.reader.controls())
    words = t(f"memory.is_{state}", **_told(known, told=told, pulse=pulse))
    (st.warning if state == "degraded" else st.markdown)(words)
    if state != "off" or known["remembered"]:
        _figures(known, is_ours=here.settings.memory.embeddings == OURS)
    heard = status(here) if pulse.kind == "running" and state == "ok" else Heard()
    for line in remarks(known, heard=heard):
        st.warning(line)


def state_of(known: Document, *, pulse: Pulse) -> str:
    """`off`, `closed` (no daemon has it open), `resting` (the level lets it), `degraded` or `ok`."""
    if known["mode"] == "off":
        return "off"
    if pulse.kind not in _WITH_DAEMON:
        return "closed"
    return {"off": "resting", "degraded": "degraded"}.get(str(pulse.status["memory"]), "ok")


def remarks(known: Document, *, heard: Heard) -> Iterator[str]:
    """What a person should know besides: another model, a store that has lost posts, or does not answer."""
    was, now = known["filled_with"], known["model"]
    if was and now and was != now:
        yield t("memory.other_model", was=figures.plain(was), now=figures.plain(now))
    if heard.error is not None:
        yield t("memory.silent", why=figures.plain(heard.error))
    held = heard.answer["size"] if heard.answer else None
    if held is not None and held < known["remembered"]:
        yield t("memory.lost", held=figures.number(held), n=figures.number(known["remembered"]))


def _told(known: Document, *, told: Document, pulse: Pulse) -> Document:
    """What the sentences are filled in with."""
    return {
        "level": pulse.level["level"],
        "since": figures.moment(told.get("since")) or t("word.unknown"),
        "why": figures.plain(told.get("reason") or t("word.unknown")),
        "waiting": figures.number(known["waiting"]),
    }


def _figures(known: Document, *, is_ours: bool) -> None:
    shown = {
        "remembered": (figures.number(known["remembered"]), t("memory.of", n=figures.number(known["published"]))),
        "waiting": (figures.number(known["waiting"]), _oldest(known["waiting_since"])),
        "disk": _on_disk(known),
        "model": _model(known, is_ours=is_ours),
    }
    with st.container(horizontal=True, gap="medium"):
        for name, (value, note) in shown.items():
            with st.container(width="content", gap=None):
                st.metric(t(f"memory.{name}"), value)
                st.caption(note or "\u00a0")


def _oldest(since: str | None) -> str:
    return t("memory.oldest", age=figures.age(since)) if since else ""


def _on_disk(known: Document) -> tuple[str, str]:
    if known["bytes"] is None:
        return "–", t("memory.elsewhere") if known["mode"] == "http" else ""
    return figures.size(known["bytes"]), t("memory.embedded")


def _model(known: Document, *, is_ours: bool) -> tuple[str, str]:
    if known["model"] is None:
        return "–", ""
    return str(known["model"]), t("memory.model_ours") if is_ours else t("memory.model_paid")
