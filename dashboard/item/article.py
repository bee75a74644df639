"""Where the text of an item is from: the article behind it, or the source itself, and why; texts of others as text."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from daemon.blackboard.senses import ARTICLE, ArticleOutcome
from dashboard.figures import moment, number, plain
from dashboard.item.article_notes import note_words
from dashboard.texts import t
from dashboard.timeline import article_outcome

Document = Mapping[str, Any]

_FOLDED_AFTER: Final = 1500


def show_origin(item: Document, *, article: Document | None) -> None:
    """A sentence above the text, and the address that was asked; nothing where no article was ever wanted."""
    if item["waits_for"] == ARTICLE:
        st.info(t("article.awaited"))
    elif article is not None:
        _show_settled(article, is_article=item["feed_text"] is not None)


def show_feed_text(item: Document) -> None:
    """What the source itself said, where the text is the article's now."""
    if item["feed_text"] is None:
        return
    st.subheader(t("article.feed_text"), anchor=False)
    show_long(item["feed_text"], nothing=t("article.no_feed_text"))


def show_long(text: str, *, nothing: str) -> None:
    """A text of others; what is long is folded, and for an empty one `nothing` is said."""
    if not text.strip():
        st.info(nothing)
        return
    _show_text(text[:_FOLDED_AFTER] + ("…" if len(text) > _FOLDED_AFTER else ""))
    if len(text) > _FOLDED_AFTER:
        with st.expander(t("item.rest_of_text", characters=number(len(text)))):
            _show_text(text)


def _show_settled(article: Document, *, is_article: bool) -> None:
    outcome, at = str(article["outcome"]), moment(article["at"])
    if is_article:
        st.success(plain(t("article.is_article", at=at, characters=number(article["characters"] or 0))))
    else:
        st.warning(plain(t("article.is_feed", at=at, why=article_outcome(outcome))))
    if article["note"] and outcome != ArticleOutcome.READ:
        st.caption(f"{t('article.detail')}{t('word.colon')}{plain(note_words(article['note']))}")
    if article["url"]:
        st.caption(t("article.at"))
        st.code(str(article["url"]), language=None, wrap_lines=True)


def _show_text(text: str) -> None:
    """Paragraph by paragraph, with its marks made harmless: it comes from outside."""
    st.markdown("\n\n".join(plain(part) for part in text.split("\n") if part.strip()))
