"""The list of sources: what is read, how it goes, what it brings."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dashboard.buttons import outcome
from dashboard.desk import Desk, desk
from dashboard.figures import clock, number, usd
from dashboard.live import live
from dashboard.sourcing.adding import show_adding
from dashboard.sourcing.condition import condition_of, is_reading, why
from dashboard.sourcing.kinds import kind_words
from dashboard.sourcing.lists import show_lists, show_report
from dashboard.sourcing.looks import DAYS, REFRESH_SECONDS, offline_since, source_table
from dashboard.sourcing.query import SORTS, STATES, Query
from dashboard.sourcing.secret import show_secret, take_secret
from dashboard.sourcing.slots import BACK, SLOT
from dashboard.texts import one_after_another, t

Document = Mapping[str, Any]

_FIELD_WIDTH: Final = 168
_MOST_ROWS: Final = 20
"""A longer table scrolls in itself."""
_TABLE_HEIGHT: Final = 740
_COLUMNS: Final = ("name", "kind", "state", "note", "read", "newest", "items", "published", "cost", "tags")


def show_sources() -> None:
    """Draw the ways to add, the filter, and the table of what fits it."""
    here = desk()
    st.title(t("page.sources"))
    take_secret(SLOT)
    outcome(SLOT)
    show_secret(here=here)
    show_report()
    known = source_table(here)
    if since := offline_since(here):
        st.warning(t("sources.offline", at=clock(since)), icon=":material/cloud_off:")
    show_adding(known, here=here)
    show_lists(known)
    if not known:
        st.info(
            t("sources.none_configured", n=len(here.settings.sources)) if here.settings.sources else t("sources.none")
        )
        return
    query = Query.of(st.query_params.to_dict())
    st.session_state[BACK] = query.parameters()
    _show_filter(query, known=known)
    _show_found(query)


def _show_filter(query: Query, *, known: Sequence[Document]) -> None:
    tags = sorted({tag for one in known for tag in one["tags"]}, key=str.casefold)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = _followed("q", query.q)
        hint = t("sources.search_hint")
        st.text_input(t("sources.q"), key=key, type="search", placeholder=hint, on_change=_change, args=("q",))
        _choice("state", ["", *STATES], value=query.state, words=lambda one: t(f"sources.state_{one or 'any'}"))
        if tags:
            _choice("tag", ["", *tags], value=query.tag, words=lambda one: one or t("sources.any_tag"))
        _choice("sort", list(SORTS), value=query.sort, words=lambda one: t(f"sources.sort_{one}"))


def _choice(name: str, options: Sequence[str], *, value: str, words: Callable[[str], str]) -> None:
    key = _followed(name, value if value in options else options[0])
    label = t(f"sources.{name}")
    st.selectbox(label, options, key=key, format_func=words, on_change=_change, args=(name,), width=_FIELD_WIDTH)


def _followed(name: str, value: str) -> str:
    """The key of a field that shows what the address says."""
    key = f"sources.field.{name}"
    st.session_state[key] = value
    return key


def _change(name: str) -> None:
    """A field was changed: the address says so."""
    value = (st.session_state[f"sources.field.{name}"] or "").strip()
    st.query_params.from_dict(Query.of(st.query_params.to_dict()).with_(**{name: value}).parameters())


@live(REFRESH_SECONDS)
def _show_found(query: Query) -> None:
    here = desk()
    known = source_table(here)
    found = query.of_all(known)
    st.caption(_extent(known, found=found, query=query))
    if not found:
        st.info(t("sources.none_fit"))
        st.button(t("items.clear"), key="sources.clear", on_click=st.query_params.clear)
        return
    chosen = _show_table(found, here=here)
    if chosen is not None:
        st.query_params.from_dict({"id": chosen})
        st.rerun()


def _extent(known: Sequence[Document], *, found: Sequence[Document], query: Query) -> str:
    """How many there are and how they are: `17 sources: 1 fails, 16 read well. …`."""
    counts = Counter(condition_of(one) for one in known)
    how = t("word.comma").join(t(f"sources.count_{name}", n=counts[name]) for name in STATES if counts[name])
    told = t("sources.count", n=number(len(known)), how=how)
    shown = t("sources.shown", n=number(len(found))) if query.is_filter else ""
    return one_after_another(told, shown, t("sources.open"))


def _show_table(found: Sequence[Document], *, here: Desk) -> str | None:
    """The table; answers the id of the source that was clicked."""
    is_read = is_reading(here)
    cells: Mapping[str, Callable[[Document], object]] = {**_CELLS, "note": lambda one: why(one, is_read=is_read)}
    table = st.dataframe(
        {name: [cells[name](one) for one in found] for name in _COLUMNS},
        hide_index=True,
        height="content" if len(found) <= _MOST_ROWS else _TABLE_HEIGHT,
        column_config=_config(),
        on_select="rerun",
        selection_mode="single-cell",
        key="sources.table",
    )
    chosen = table.selection.cells
    return str(found[chosen[0][0]]["id"]) if chosen and chosen[0][0] < len(found) else None


_CELLS: Final[Mapping[str, Callable[[Document], object]]] = {
    "name": lambda one: " ".join(str(one["name"]).split()),
    "kind": kind_words,
    "state": lambda one: t(f"sources.state_{condition_of(one)}"),
    "read": lambda one: clock(one["last_success_at"]) or t("word.never"),
    "newest": lambda one: clock(one["last_item_at"]),
    "items": lambda one: one["items"],
    "published": lambda one: one["published"],
    "cost": lambda one: usd(one["cost_usd"]),
    "tags": lambda one: ", ".join(one["tags"]),
}


def _config() -> dict[str, Any]:
    text, figure = st.column_config.TextColumn, st.column_config.NumberColumn
    counted = t("sources.counted", n=DAYS)
    return {
        "name": text(t("sources.column_name"), width=130),
        "kind": text(t("sources.column_kind"), width=74),
        "state": text(t("sources.column_state"), width=76),
        "note": text(t("sources.column_note"), width=190),
        "read": text(t("sources.column_read"), width=72, alignment="right"),
        "newest": text(t("sources.column_newest"), width=88, alignment="right"),
        "items": figure(t("sources.column_items"), width=52, format="localized", help=counted),
        "published": figure(t("sources.column_published"), width=76, format="localized", help=counted),
        "cost": text(t("sources.column_cost"), width=64, alignment="right", help=counted),
        "tags": text(t("sources.column_tags"), width=100),
    }
