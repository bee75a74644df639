"""The list of items: a filter that stands in the address, a table, and ways to the pages beside it."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_items import Order, count_items, item_page
from daemon.blackboard.senses import ARTICLE
from daemon.blackboard.states import State
from dashboard.desk import Desk, desk
from dashboard.endings import ending_words
from dashboard.figures import clock, moment, number, usd
from dashboard.listing.query import SINCE, SORTS, Query
from dashboard.texts import one_after_another, t
from dashboard.timeline import state_word

Document = Mapping[str, Any]

PAGE: Final = 50
BACK: Final = "items.query"
"""Where the session keeps what was looked for, for the way back from an item."""
_COLUMNS: Final = ("state", "title", "source", "seen", "cost", "note")
_FIELD_WIDTH: Final = 168
"""Two of them stand side by side on a telephone."""


def show_items() -> None:
    """Draw the filter and one page of what fits it."""
    here = desk()
    st.title(t("items.title"))
    query = Query.of(st.query_params.to_dict())
    st.session_state[BACK] = query.parameters()
    _show_filter(query, here=here)
    wanted, order = query.filter(now=time.time()), Order(query.sort)
    page = item_page(here.board, wanted, order=order, at=query.at or None, limit=PAGE)
    if not page["items"]:
        _show_nothing(query, page=page)
        return
    _show_extent(page, count=count_items(here.board, wanted, order=order))
    chosen = _show_table(page["items"])
    _show_ways(query, page=page)
    if chosen is not None:
        st.query_params.from_dict({"id": chosen})
        st.rerun()


def _show_filter(query: Query, *, here: Desk) -> None:
    known = here.reader.sources()
    names = {str(one["id"]): one["name"] for one in known}
    tags = sorted({tag for one in known for tag in one["tags"]} | ({query.tag} if query.tag else set()))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = _followed("q", query.q)
        st.text_input(
            t("items.q"), key=key, type="search", placeholder=t("items.search_hint"), on_change=_change, args=("q",)
        )
        _choice("state", ["", *State], value=query.state, words=lambda one: state_word(one) or t("items.any_state"))
        _choice("source", ["", *names], value=query.source, words=lambda one: names.get(one) or t("items.any_source"))
        if tags:
            _choice("tag", ["", *tags], value=query.tag, words=lambda one: one or t("items.any_tag"))
        _choice("seen", list(SINCE), value=query.seen, words=lambda one: t(f"items.seen_{one}"))
        _choice("sort", SORTS, value=query.sort, words=lambda one: t(f"items.{one}"))


def _choice(name: str, options: Sequence[str], *, value: str, words: Callable[[str], str]) -> None:
    key = _followed(name, value if value in options else options[0])
    label = t(f"items.{name}")
    st.selectbox(label, options, key=key, format_func=words, on_change=_change, args=(name,), width=_FIELD_WIDTH)


def _followed(name: str, value: str) -> str:
    """The key of a field that shows what the address says."""
    key = f"items.field.{name}"
    st.session_state[key] = value
    return key


def _change(name: str) -> None:
    """A field was changed: the address says so, from the first page on."""
    value = (st.session_state[f"items.field.{name}"] or "").strip()
    changed = Query.of(st.query_params.to_dict()).with_(**{name: value})
    st.query_params.from_dict(changed.parameters())


def _show_nothing(query: Query, *, page: Document) -> None:
    if not query.is_filter and not query.at:
        st.info(t("items.empty"))
        return
    st.info(t("items.none"))
    _show_looked(page)
    with st.container(horizontal=True):
        st.button(t("items.clear"), on_click=_go, args=(Query(),))
        if page["next"]:
            st.button(t("items.look_further"), on_click=_go, args=(query.with_(at=page["next"]),))


def _show_extent(page: Document, *, count: Document) -> None:
    """How many there are, and how far was looked."""
    n = number(count["count"])
    told = t("items.count_more", n=n) if count["is_more"] else t("items.count", n=n)
    st.caption(one_after_another(told, t("items.open")))
    _show_looked(page)


def _show_looked(page: Document) -> None:
    if page["looked_at"] is not None:
        n, to = number(page["looked_at"]), moment(page["looked_back_to"])
        st.caption(t("items.far_enough", n=n, to=to))


def _show_table(found: Sequence[Document]) -> str | None:
    """The table; answers the id of the item that was clicked."""
    table = st.dataframe(
        {name: [_CELLS[name](item) for item in found] for name in _COLUMNS},
        hide_index=True,
        height="content",
        column_config=_config(),
        on_select="rerun",
        selection_mode="single-cell",
        key="items.table",
    )
    cells = table.selection.cells
    return found[cells[0][0]]["id"] if cells and cells[0][0] < len(found) else None


def _config() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "title": text(t("items.column_title"), width=274),
        "state": text(t("items.column_state"), width=84),
        "source": text(t("items.column_source"), width=104),
        "seen": text(t("items.column_seen"), width=88, alignment="right"),
        "cost": text(t("items.column_cost"), width=64, alignment="right"),
        "note": text(t("items.column_note"), width=206),
    }


def _note(item: Document) -> str:
    parts = []
    if item["died_in"]:
        parts.append(t("items.note_died", step=state_word(item["died_in"])))
    if item["attempts"]:
        parts.append(t("items.note_attempt", n=item["attempts"]))
    if item["round"]:
        parts.append(t("items.note_round", n=item["round"] + 1))
    if item["waits_for"] == ARTICLE:
        parts.append(t("items.note_article"))
    else:
        parts.append(ending_words(" ".join(str(item["reason"] or item["error"] or "").split())))
    return ", ".join(filter(None, parts))


_CELLS: Final[Mapping[str, Callable[[Document], str]]] = {
    "title": lambda item: " ".join(str(item["title"] or "").split()) or t("items.no_title"),
    "state": lambda item: state_word(item["state"]),
    "source": lambda item: str(item["source"] or t("items.by_person")),
    "seen": lambda item: clock(item["created_at"]),
    "cost": lambda item: usd(item["cost_usd"]),
    "note": _note,
}


def _show_ways(query: Query, *, page: Document) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        if query.at:
            st.button(t("items.first_page"), on_click=_go, args=(query.with_(),))
        if page["previous"] or page["next"]:
            before, after = page["previous"], page["next"]
            st.button(t("items.previous"), on_click=_go, args=(query.with_(at=before or ""),), disabled=not before)
            st.button(t("items.next"), on_click=_go, args=(query.with_(at=after or ""),), disabled=not after)


def _go(query: Query) -> None:
    st.query_params.from_dict(query.parameters())
