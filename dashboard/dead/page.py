"""The page of dead letters: by failure, each with its traceback, and the way back to work for one, a group or all."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_dead_letters import dead_letter_groups, retry_cost
from dashboard.buttons import outcome
from dashboard.dead.groups import show_group
from dashboard.dead.query import STEPS, Query
from dashboard.dead.retrying import MOST_AT_ONCE, SLOT, show_progress, show_retry, those, watch_clicks
from dashboard.desk import Desk, desk
from dashboard.figures import number
from dashboard.texts import t
from dashboard.timeline import state_word

Document = Mapping[str, Any]

MOST_GROUPS: Final = 10
_FIELD_WIDTH: Final = 168


def show_dead_letters() -> None:
    """Draw what waits, by failure."""
    here = desk()
    watch_clicks(here)
    st.title(t("page.dead_letters"))
    outcome(SLOT)
    show_progress()
    query = Query.of(st.query_params.to_dict())
    meant, cap = query.filter(), here.settings.budget.per_item_usd
    cost = retry_cost(here.board, meant, per_item_usd=cap)
    if not cost["count"] and query == Query():
        st.info(t("dead.none"))
        return
    _show_filter(query, here=here)
    if not cost["count"]:
        st.info(t("dead.none_fit"))
        return
    groups = dead_letter_groups(here.board, meant, per_item_usd=cap, limit=MOST_GROUPS)
    if not query.is_group_alone or len(groups) > 1:
        _show_whole(query, cost=cost, here=here)
    for group in groups:
        show_group(group, query=query, here=here, is_open=cost["groups"] == 1)
    if rest := cost["groups"] - len(groups):
        st.caption(t("dead.more_groups", n=number(rest)))


def _show_whole(query: Query, *, cost: Document, here: Desk) -> None:
    """Everything that is meant, over all groups."""
    if cost["groups"] == 1:
        return
    words, these = "dead.all" if query == Query() else "dead.some", those(query.filter(), here=here)
    with st.container(gap="small"):
        st.markdown(t(words, n=number(cost["count"])))
        show_retry(these, label=_label(query, cost=cost), key="dead.whole", here=here, is_main=False)


def _label(query: Query, *, cost: Document) -> str:
    if query == Query():
        return t("dead.retry_all")
    return t("dead.retry_some", n=number(MOST_AT_ONCE)) if cost["count"] > MOST_AT_ONCE else t("dead.retry_filter")


def _show_filter(query: Query, *, here: Desk) -> None:
    names = {str(one["id"]): one["name"] for one in here.reader.sources()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = _followed("q", query.q)
        st.text_input(
            t("items.q"), key=key, type="search", placeholder=t("items.search_hint"), on_change=_change, args=("q",)
        )
        _choice(
            "step",
            ["", *STEPS],
            value=query.step,
            words=lambda one: state_word(one) or t("dead.any_step"),
            label=t("dead.step"),
        )
        _choice(
            "source",
            ["", *names],
            value=query.source,
            words=lambda one: names.get(one) or t("items.any_source"),
            label=t("items.source"),
        )
        if query != Query():
            st.button(t("items.clear"), key="dead.clear", type="tertiary", on_click=st.query_params.clear)


def _choice(name: str, options: Sequence[str], *, value: str, words: Callable[[str], str], label: str) -> None:
    key = _followed(name, value if value in options else options[0])
    st.selectbox(label, options, key=key, format_func=words, on_change=_change, args=(name,), width=_FIELD_WIDTH)


def _followed(name: str, value: str) -> str:
    """The key of a field that shows what the address says."""
    key = f"dead.field.{name}"
    st.session_state[key] = value
    return key


def _change(name: str) -> None:
    """A field was changed: the address says so."""
    value = (st.session_state[f"dead.field.{name}"] or "").strip()
    changed = Query.of(st.query_params.to_dict()).with_(**{name: value})
    st.query_params.from_dict(changed.parameters())
