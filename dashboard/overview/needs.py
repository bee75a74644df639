"""What needs a person, each with the link to where it is decided."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import streamlit as st

from daemon.blackboard.states import State
from dashboard import figures, glances
from dashboard.desk import Desk, desk
from dashboard.places import link
from dashboard.texts import t

MOST_GROUPS = 3
MOST_SOURCES = 3
_REST = 90


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to decide: a sentence, and where."""

    words: str
    place: str
    do: str
    query: Mapping[str, str] = field(default_factory=dict)


def show() -> None:
    """The list; one line on a good day."""
    st.subheader(t("overview.needs"))
    found = list(needs_of(desk()))
    if not found:
        st.markdown(t("overview.needs_nothing"))
    for one in found:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", wrap=False):
            st.markdown(one.words)
            link(one.place, one.do, query=one.query)


def needs_of(here: Desk) -> Iterator[Need]:
    """Held items, dead letters by group, waits for money, sources that cannot be read."""
    held = glances.board(str(here.board), here)["states"][State.HELD]
    if held:
        yield Need(t("overview.held", n=held), "items", t("overview.decide"), {"state": State.HELD.value})
    yield from _groups(here)
    waiting = glances.budget(str(here.board), here)["waiting_items"]
    if waiting:
        yield Need(t("overview.waits_budget", n=waiting), "control", t("overview.raise"))
    yield from _sources(here)


def _groups(here: Desk) -> Iterator[Need]:
    groups = glances.groups(str(here.board), here)
    for one in groups[:MOST_GROUPS]:
        error = figures.plain(_short(one["sample"]["error"] or one["group"]))
        words = t("overview.group", n=one["count"], error=error)
        yield Need(words, "dead_letters", t("overview.retry"), {"group": one["group"]})
    if rest := sum(one["count"] for one in groups[MOST_GROUPS:]):
        yield Need(t("overview.groups_rest", n=rest), "dead_letters", t("overview.see_all"))


def _sources(here: Desk) -> Iterator[Need]:
    late = glances.late_sources(str(here.board), here)
    for one in late[:MOST_SOURCES]:
        last = figures.age(one["last_success_at"]) or t("word.never")
        why = figures.plain(_short(one["last_error"] or t("overview.late")))
        words = t("overview.source", name=figures.plain(one["name"]), why=why, last=last)
        yield Need(words, "sources", t("overview.look"), {"id": str(one["id"])})
    if (rest := len(late) - MOST_SOURCES) > 0:
        yield Need(t("overview.sources_rest", n=rest), "sources", t("overview.see_all"))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _REST else f"{line[:_REST].rstrip()}…"
