"""On what it was spent: left brain against right brain, tasks, models, sources, why calls were made, dear items."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.cost_parts import compared
from dashboard import figures
from dashboard.economics.tables import SUMS, file_button, show
from dashboard.economics.words import part_name
from dashboard.places import link
from dashboard.texts import t

Document = Mapping[str, Any]

_TOKENS: Final = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")
_FIGURES: Final = ("cost_usd", "share", "calls", "cost_per_call_usd", *_TOKENS)
_RATIOS: Final = ("share", "cost_per_call_usd")
_KINDS: Final = ("brain", "task", "model", "source", "kind")
_MORE: Final[Mapping[str, tuple[str, ...]]] = {"model": ("unpriced_calls", "price_sources")}
_FIRST: Final = ("call", "batch")
"""Kinds that are there when nothing was done twice."""
_LONGEST: Final = 100


def show_parts(document: Document, *, dearest: Sequence[Document]) -> None:
    """A tab for each way to divide the cost, the dearest part first; and one for the dearest items."""
    found = {kind: compared(_parts(document, kind=kind)) for kind in _KINDS}
    kinds = [kind for kind in _KINDS if found[kind] and _is_worth_it(found[kind], kind=kind)]
    titles = [t(f"economics.by_{kind}") for kind in kinds]
    tabs = st.tabs([*titles, t("economics.dearest")] if dearest else titles)
    for kind, tab in zip(kinds, tabs, strict=False):
        with tab:
            _table(found[kind], kind=kind)
    if dearest:
        with tabs[-1]:
            _dearest(dearest)


def _parts(document: Document, *, kind: str) -> dict[str, Document]:
    """Retries are among the calls of each kind, so they stand in no table of kinds whose shares add up."""
    parts: Mapping[str, Document] = document[f"by_{kind}"]
    return {name: one for name, one in parts.items() if kind != "kind" or (name != "retries" and one["calls"])}


def _is_worth_it(rows: Sequence[Document], *, kind: str) -> bool:
    return kind != "kind" or any(row["name"] not in _FIRST for row in rows)


def _table(rows: Sequence[Document], *, kind: str) -> None:
    more = _MORE.get(kind, ())
    shown = [{**row, kind: part_name(row["name"], kind=kind), **_joined(row)} for row in rows]
    show(shown, columns=(kind, *_FIGURES, *_needed(more, rows=rows)), key=kind)
    _file(rows, columns=("name", *SUMS, *_RATIOS, *more), name=f"costs-by-{kind}")


def _file(rows: Sequence[Document], *, columns: Sequence[str], name: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        file_button(rows, columns=columns, file=name)


def _needed(more: Sequence[str], *, rows: Sequence[Document]) -> list[str]:
    """A column that would be empty is left out."""
    return [name for name in more if any(row[name] for row in rows)]


def _joined(row: Document) -> dict[str, str]:
    return {"price_sources": ", ".join(row["price_sources"])} if "price_sources" in row else {}


def _dearest(items: Sequence[Document]) -> None:
    """The dearest items, each with the way to it."""
    half = (len(items) + 1) // 2
    for column, part in zip(st.columns(2, gap="large"), (items[:half], items[half:]), strict=True):
        with column:
            for one in part:
                _item(one)
    _file(items, columns=("id", "title", "calls", "cost_usd"), name="costs-dearest-items")


def _item(one: Document) -> None:
    with st.container(gap=None):
        link("items", figures.plain(_short(one["title"])), query={"id": one["id"]})
        told = t("economics.item_calls", n=figures.number(one["calls"]), usd=figures.usd(one["cost_usd"]))
        st.caption(figures.safe(told))


def _short(title: str) -> str:
    title = " ".join(title.split()) or t("economics.no_title")
    return title if len(title) <= _LONGEST else f"{title[:_LONGEST].rstrip()}…"
