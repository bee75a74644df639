"""What was seen of an item, and what was extracted from it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dashboard.figures import moment, number, plain
from dashboard.item.article import show_feed_text, show_long, show_origin
from dashboard.item.editing import show_edits
from dashboard.item.graph import MOST_CLAIMS, MOST_NAMES, graph_of
from dashboard.texts import t

Document = Mapping[str, Any]

_TABLES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "claims": (("item.column_claim", "statement"), ("item.column_evidence", "evidence")),
    "numbers": (
        ("item.column_value", "value"),
        ("item.column_meaning", "meaning"),
        ("item.column_evidence", "evidence"),
    ),
    "dates": (("item.column_text", "text"), ("item.column_value", "iso"), ("item.column_evidence", "evidence")),
    "quotes": (("item.column_text", "text"), ("item.column_speaker", "speaker")),
}
"""The lists of knowledge: for each its columns, by text and field."""


def show_source(item: Document, *, article: Document | None) -> None:
    """Where the text is from, and the text as it was cleaned, or a person left it; what is long is folded."""
    show_edits(item)
    show_origin(item, article=article)
    show_long(item["text"] or "", nothing=t("item.no_text"))
    show_feed_text(item)


def show_knowledge(artifacts: Sequence[Document]) -> None:
    """The newest knowledge as a graph, tables and JSON; what was extracted before it folded."""
    found = [artifact for artifact in artifacts if artifact["kind"] == "knowledge"]
    if not found:
        st.info(t("item.no_knowledge"))
        return
    newest = found[-1]
    _show_one(newest["content"])
    st.caption(t("item.written_by", model=plain(newest["model"] or "–"), at=moment(newest["created_at"])))
    for earlier in reversed(found[:-1]):
        with st.expander(f"{t('item.earlier_knowledge')}: {moment(earlier['created_at'])}"):
            st.json(earlier["content"], expanded=1)


def _show_one(content: Document) -> None:
    if content.get("gist"):
        st.markdown(f"**{t('item.gist')}**  {plain(content['gist'])}")
    if topics := content.get("topics"):
        st.caption(f"{t('item.topics')}: {plain(', '.join(map(str, topics)))}")
    _show_graph(content)
    for name, columns in _TABLES.items():
        _show_list(name, content.get(name) or (), columns=columns)
    with st.expander(t("item.as_json")):
        st.json(content, expanded=1)


def _show_graph(content: Document) -> None:
    drawn = graph_of(content)
    if drawn is None:
        return
    st.graphviz_chart(drawn, alt=t("item.graph_alt"))
    if len(content.get("claims") or ()) > MOST_CLAIMS or len(content.get("entities") or ()) > MOST_NAMES:
        st.caption(t("item.graph_cut", claims=MOST_CLAIMS, names=MOST_NAMES))


def _show_list(name: str, entries: Sequence[Document], *, columns: Sequence[tuple[str, str]]) -> None:
    if not entries:
        return
    with st.expander(f"{t(f'item.{name}')} ({number(len(entries))})", expanded=name == "claims"):
        st.table(
            {t(heading): [plain(one.get(field) or "–") for one in entries] for heading, field in columns},
            border="horizontal",
            hide_index=True,
        )
