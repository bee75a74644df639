"""What a person thinks of one item: of its post, of every sentence in it, and of every claim behind it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from daemon.blackboard.feedback import About, bare
from daemon.blackboard.reading.feedback import feedback_of
from dashboard.buttons import outcome
from dashboard.desk import Desk
from dashboard.feedback.said import show_opinion
from dashboard.feedback.thumbs import Opinions, Subject, judged, told_of, withdraw_button
from dashboard.figures import plain
from dashboard.item.drafts import texts_of
from dashboard.item.story import cut
from dashboard.places import link
from dashboard.texts import t

Document = Mapping[str, Any]

SLOT: Final = "item.feedback"
_READ: Final = ("title", "summary", "body")


def show_feedback(item: Document, *, artifacts: Sequence[Document], here: Desk) -> None:
    """Thumbs for all that can be judged of it now, and what was said of what is no more."""
    subjects = list(subjects_of(item, artifacts=artifacts))
    opinions = Opinions(feedback_of(here.board, item["id"]))
    if not subjects:
        st.info(t("feedback.too_early"))
    else:
        st.caption(t("feedback.item_hint"))
    if shown := (_newest(artifacts, "draft") or {}).get("examples"):
        link("feedback", t("feedback.was_shown", n=len(shown)))
    for about in About:
        _show_group(about, subjects=[one for one in subjects if one.about is about], opinions=opinions)
    _show_rest(opinions.others(subjects))


def subjects_of(item: Document, *, artifacts: Sequence[Document]) -> Iterator[Subject]:
    """The post (or the newest draft before there is one), each sentence of it, and each claim, without repetition."""
    text, knowledge = _newest(artifacts, "post") or _newest(artifacts, "draft"), _newest(artifacts, "knowledge")
    if text is not None:
        title = str(text.get("title") or item["title"] or "")
        yield Subject(item["id"], About.POST, "", title)
        for sentence in sentences_of(text):
            yield Subject(item["id"], About.SENTENCE, sentence, sentence)
    for claim in _claims(knowledge or {}):
        yield Subject(item["id"], About.CLAIM, claim, claim)


def sentences_of(text: Document) -> list[str]:
    """The title and the sentences, as far as they stand in the text word for word, so that they can be named."""
    whole = bare("\n".join(str(text.get(part) or "") for part in _READ))
    found = dict.fromkeys(" ".join(one.split()) for one in texts_of(text))
    return [one for one in found if bare(one) and bare(one) in whole]


def _show_group(about: About, *, subjects: Sequence[Subject], opinions: Opinions) -> None:
    if not subjects:
        return
    st.markdown(f"**{t(f'feedback.all_{about}')}**")
    for subject in subjects:
        opinion = opinions.of(subject)
        judged(subject, opinion=opinion, show=partial(_show_words, subject, opinion=opinion))


def _show_words(subject: Subject, *, opinion: Document | None) -> None:
    st.markdown(plain(cut(subject.name)) or t("items.no_title"))
    if opinion is not None:
        st.caption(told_of(opinion))


def _show_rest(opinions: Sequence[Document]) -> None:
    """It was said of a text that was written anew since, or of a part of a sentence."""
    if not opinions:
        return
    st.markdown(f"**{t('feedback.others')}**")
    outcome(SLOT)
    for one in opinions:
        words, button = st.columns([3, 1], vertical_alignment="center")
        with words:
            show_opinion(one)
        with button, st.container(horizontal=True, horizontal_alignment="right"):
            withdraw_button(one, slot=SLOT)


def _newest(artifacts: Sequence[Document], kind: str) -> Document | None:
    return next((one["content"] for one in reversed(artifacts) if one["kind"] == kind), None)


def _claims(knowledge: Document) -> list[str]:
    found = (" ".join(str(one.get("statement") or "").split()) for one in knowledge.get("claims") or ())
    return list(dict.fromkeys(one for one in found if one))
