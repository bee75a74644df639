"""What needs a person, each with the link to where it is decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

from dashboard import figures, glances
from dashboard.control.budget import scope_name
from dashboard.dead.groups import Fingerprint
from dashboard.desk import desk
from dashboard.failures import failure_words
from dashboard.places import is_there, link
from dashboard.sourcing.condition import cause, condition_of
from dashboard.texts import t

Document = Mapping[str, Any]

MOST_GROUPS: Final = 3
MOST_SOURCES: Final = 3
_LONGEST: Final = 90


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to decide: a sentence, and where."""

    words: str
    place: str
    do: str
    query: Mapping[str, str] = field(default_factory=dict)


def show(document: Document) -> None:
    """The list; one line on a good day."""
    st.subheader(t("overview.needs"))
    found = list(needs_of(document)) or list(_beginning(document))
    if not found:
        st.markdown(t("overview.needs_nothing"))
    for one in found:
        with st.container(horizontal=True, horizontal_alignment="distribute", gap="medium", wrap=False):
            st.markdown(one.words)
            if is_there(one.place):
                link(one.place, one.do, query=one.query)


def needs_of(document: Document) -> Iterator[Need]:
    """Held items, dead letters by group, money, sources that cannot be read."""
    needs = document["needs_person"]
    if needs["held"]:
        yield Need(t("overview.held", n=needs["held"]), "items", t("overview.decide"), {"state": "HELD"})
    yield from _groups(needs)
    yield from _money(document)
    if waiting := sum(condition_of(one) == "waiting" for one in glances.sources(desk())):
        yield Need(t("overview.waiting_sources", n=waiting), "sources", t("overview.look"), {"state": "waiting"})
    yield from _sources(needs["failing_sources"], is_failing=True)
    yield from _sources(needs["late_sources"], is_failing=False)


def _beginning(document: Document) -> Iterator[Need]:
    """Where to begin, on a desk that has seen nothing and reads nothing."""
    if not any(document["states"].values()) and not desk().reader.sources():
        yield Need(t("sources.none"), "sources", t("overview.add"))


def _groups(needs: Document) -> Iterator[Need]:
    shown = needs["groups"][:MOST_GROUPS]
    for one in shown:
        words = t("overview.group", n=one["count"], error=figures.plain(group_name(one["group"])))
        if one["new_since"]:
            words = f":orange-badge[{t('revive.again', at=figures.clock(one['last_at']))}] {words}"
        yield Need(words, "dead_letters", t("overview.retry"), {"group": one["group"]})
    if rest := needs["dead_letters"] - sum(one["count"] for one in shown):
        yield Need(t("overview.groups_rest", n=rest), "dead_letters", t("overview.see_all"))


def _money(document: Document) -> Iterator[Need]:
    if waiting := document["budget"]["waiting_items"]:
        yield Need(t("overview.waits_budget", n=waiting), "control", t("overview.raise"))
    for one in document["needs_person"]["budgets"]:
        words = t("overview.nearly_used", scope=scope_name(one["scope"]), share=f"{one['share']:.0%}")
        yield Need(words, "control", t("overview.raise"))


def _sources(sources: Sequence[Document], *, is_failing: bool) -> Iterator[Need]:
    for one in sources[:MOST_SOURCES]:
        last = figures.age(one["last_success_at"]) or t("word.never")
        why = cause(one["last_error"]) if one["last_error"] else t("overview.late")
        words = t("overview.source", name=figures.plain(one["name"]), why=why, last=last)
        yield Need(words, "sources", t("overview.look"), {"id": str(one["id"])})
    if (rest := len(sources) - MOST_SOURCES) > 0:
        key = "overview.failing_rest" if is_failing else "overview.late_rest"
        yield Need(t(key, n=rest), "sources", t("overview.see_all"))


def group_name(group: str) -> str:
    """`No answer in time (gemini)` of `CallTimeoutError/brains.llm.gateway.ask/gemini`."""
    found = Fingerprint.of(group)
    words = failure_words(found.what)
    return _short(t("overview.who", words=words, who=found.who) if found.who else words)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}…"
