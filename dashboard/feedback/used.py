"""Where feedback is used: the examples that the next prompts show, and the trust in each source."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.feedback import examples, is_distrusted, source_trust
from daemon.core.settings.models import FeedbackSettings
from dashboard.desk import Desk
from dashboard.feedback.said import show_opinion
from dashboard.figures import clock, number, plain
from dashboard.places import link
from dashboard.texts import t

Document = Mapping[str, Any]

_BRAINS: Final = ("right", "left")
"""Who writes, then who checks."""


def show_used(here: Desk) -> None:
    """Examples and trust. What was published stays as it is, and the page says so."""
    st.subheader(t("feedback.used"), anchor=False)
    st.caption(t("feedback.used_hint"))
    _show_examples(here)
    _show_trust(here)


def _show_examples(here: Desk) -> None:
    limit = here.settings.feedback.examples
    if not limit:
        st.info(t("feedback.examples_off"))
        return
    source = _source(here)
    for column, brain in zip(st.columns(2, gap="medium"), _BRAINS, strict=True):
        with column:
            st.markdown(f"**{t(f'feedback.examples_{brain}')}**")
            found = examples(here.board, brain=brain, limit=limit, source_id=source)
            for one in found:
                _show_example(one)
            if not found:
                st.caption(t(f"feedback.no_examples_{brain}"))


def _source(here: Desk) -> int | None:
    """Examples of the item's own source come first, so it matters whose item is next."""
    names = {one["id"]: one["name"] for one in here.reader.sources()}
    chosen: int | None = st.selectbox(
        t("feedback.examples_for"),
        [None, *names],
        format_func=lambda one: names.get(one) or t("feedback.examples_any"),
        key="feedback.examples.source",
        width=320,
    )
    return chosen


def _show_example(one: Document) -> None:
    opinion = {**one, "passage": one["before"], "corrected": one["after"]}
    with st.container(border=True, gap=None):
        show_opinion(opinion)
        told = " · ".join(filter(None, [plain(one["source"] or t("items.by_person")), clock(one["at"])]))
        link("items", plain(one["title"]) or t("items.no_title"), query={"id": one["item_id"]})
        st.caption(told)


def _show_trust(here: Desk) -> None:
    found, settings = source_trust(here.board), here.settings.feedback
    st.markdown(f"**{t('feedback.trust')}**")
    if not found:
        st.caption(t("feedback.no_trust"))
        return
    with st.container(key="feedback-trust"):
        st.dataframe(_columns(found, settings=settings), hide_index=True, column_config=_config(), height="content")
    rule = t("feedback.trust_rule")
    if settings.hold_below:
        rule = (
            f"{rule} {t('feedback.hold_rule', below=f'{settings.hold_below:.0%}', least=number(settings.hold_after))}"
        )
    else:
        rule = f"{rule} {t('feedback.hold_off')}"
    st.caption(rule)


def _columns(found: Sequence[Document], *, settings: FeedbackSettings) -> dict[str, list[Any]]:
    held = [is_distrusted(one, below=settings.hold_below, after=settings.hold_after) for one in found]
    return {
        "source": [one["source"] for one in found],
        "trust": [f"{one['trust']:.0%}" for one in found],
        "posts": [t("feedback.posts_held" if is_held else "feedback.posts_out") for is_held in held],
        **{name: [one[name] for one in found] for name in ("up", "down", "corrected")},
        **{name: [one[name] for one in found] for name in ("published", "held", "discarded")},
    }


def _config() -> dict[str, Any]:
    column = st.column_config
    figures = ("up", "down", "corrected", "published", "held", "discarded")
    return {
        "source": column.TextColumn(t("items.column_source"), width="medium"),
        "posts": column.TextColumn(t("feedback.column_posts"), width="small"),
        "trust": column.TextColumn(t("feedback.column_trust"), width="small", alignment="right"),
        **{
            name: column.NumberColumn(t(f"feedback.column_{name}"), format="localized", width="small")
            for name in figures
        },
    }
