"""What an item is, where it stands, and why it stands there."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import streamlit as st

from daemon.blackboard.senses import ARTICLE
from daemon.blackboard.states import State
from dashboard.endings import ending_words
from dashboard.figures import age, clock, moment, money, number, plain
from dashboard.texts import t
from dashboard.timeline import state_word

Document = Mapping[str, Any]

COLORS: Final[Mapping[str, Any]] = {
    State.PUBLISHED: "green",
    State.HELD: "orange",
    State.DEAD_LETTER: "red",
    State.DISCARDED: "gray",
}
"""The colour of a state; the others are blue."""


def show_head(document: Document, *, currency: Mapping[str, float]) -> None:
    """Title, state with its reason, and the plain facts."""
    item = document["item"]
    st.header(plain(item["title"]) or t("items.no_title"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(state_word(item["state"]), color=COLORS.get(item["state"], "blue"))
        st.markdown(plain(why(item)), width="stretch")
    facts = dict(_facts(document, currency=currency))
    st.caption("  ·  ".join(f"{name}: {plain(value)}" for name, value in facts.items()))
    if is_web_address(item["url"]):
        st.link_button(t("item.link"), item["url"], type="tertiary", help=item["url"])


def why(item: Document) -> str:
    """Why the item is where it is, in one sentence."""
    state, reason = item["state"], _line(item["reason"])
    match state:
        case State.PUBLISHED:
            return t("item.why_published", at=moment(item["finalized_at"]))
        case State.DISCARDED:
            return t("item.why_discarded", reason=ending_words(reason) or t("item.no_reason"))
        case State.HELD:
            return t("item.why_held", reason=ending_words(reason) or t("item.no_reason"))
        case State.DEAD_LETTER:
            error = _line(item["error"]) or t("item.no_reason")
            return t("item.why_dead", step=state_word(item["died_in"]), error=error)
        case _:
            return _why_live(item, reason=reason)


def is_web_address(location: object) -> bool:
    """It may be linked: nothing but http and https."""
    try:
        return isinstance(location, str) and urlsplit(location).scheme in {"http", "https"}
    except ValueError:
        return False


def _why_live(item: Document, *, reason: str) -> str:
    word = state_word(item["state"])
    if item["claimed_by"]:
        return t("item.why_working", step=word, since=clock(item["updated_at"]))
    if item["waits_for"] == ARTICLE:
        return t("item.why_article", at=clock(item["available_at"]))
    if item["waits_for"]:
        return t("item.why_snoozed", at=clock(item["available_at"]), reason=reason or item["waits_for"])
    if item["attempts"]:
        error = _line(item["error"]) or t("item.no_reason")
        return t("item.why_backoff", at=clock(item["available_at"]), n=item["attempts"], error=error)
    return t("item.why_queued") if item["state"] == State.QUEUED else t("item.why_waiting", step=word)


def _facts(document: Document, *, currency: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    item = document["item"]
    values = {
        "item.source": item["source"] or t("items.by_person"),
        "item.author": item["author"],
        "item.language": item["language"],
        "item.published_there": moment(item["published_at"]),
        "item.seen": moment(item["created_at"]),
        "item.changed": age(item["updated_at"]),
        "item.cost": cost_of(item, currency=currency),
        "item.calls_count": number(len(document["calls"])) if document["calls"] else "",
        "item.tags": ", ".join(item["tags"]),
        "item.duplicate": item["duplicate_of"],
        "revive.chosen": item["model"],
        "item.id": item["id"],
    }
    yield from ((t(name), str(value)) for name, value in values.items() if value)


def cost_of(item: Document, *, currency: Mapping[str, float]) -> str:
    """What it is known to have cost, and what calls of unknown outcome may add."""
    known = money(item["cost_usd"], currency=currency)
    more = item.get("unconfirmed_usd")
    return known if more is None else t("item.unconfirmed", cost=known, more=money(more, currency=currency))


def _line(text: object) -> str:
    return " ".join(str(text or "").split())
