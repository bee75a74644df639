"""The page of one item."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_item import item_article, item_now, item_rounds
from daemon.blackboard.reading.events import read_events
from daemon.blackboard.states import LIVE
from daemon.core.errors import NotFoundError
from dashboard.buttons import outcome
from dashboard.desk import Desk, desk
from dashboard.figures import plain
from dashboard.item.calls import show_calls
from dashboard.item.deciding import show_decisions
from dashboard.item.editing import SLOT
from dashboard.item.feedback import show_feedback
from dashboard.item.head import show_head
from dashboard.item.known import show_knowledge, show_source
from dashboard.item.sent import show_publications
from dashboard.item.story import show_failure, show_story
from dashboard.item.written import show_drafts
from dashboard.listing.page import BACK
from dashboard.live import live
from dashboard.texts import t

Document = Mapping[str, Any]

_LOOK_SECONDS: Final = 2.0


def show_item(item_id: str) -> None:
    """Draw everything about one item, and what a person can do with it now."""
    here = desk()
    st.button(t("item.back"), key="item.back", type="tertiary", icon=":material/arrow_back:", on_click=_back)
    try:
        document = item_now(here.board, item_id)
    except NotFoundError:
        if not here.reader.exists:
            raise
        st.info(t("item.missing", id=plain(item_id)))
        return
    show_head(document, currency=here.settings.budget.currency)
    show_decisions(document["item"])
    outcome(SLOT)
    show_failure(document["item"], here=here)
    _show_parts(document, rounds=item_rounds(here.board, item_id), here=here)
    if document["item"]["state"] in LIVE:
        _look_again(item_id, document["last_event_id"])


def _show_parts(document: Document, *, rounds: Sequence[Document], here: Desk) -> None:
    artifacts = [artifact for one in rounds for artifact in one["artifacts"]]
    names = ("story", "source", "knowledge", "drafts", "calls", "posts", "feedback")
    story, source, knowledge, drafts, calls, posts, feedback = st.tabs([t(f"item.tab_{name}") for name in names])
    with story:
        show_story(document["item"]["id"], here=here)
    with source:
        show_source(document["item"], article=item_article(here.board, document["item"]["id"]))
    with knowledge:
        show_knowledge(artifacts)
    with drafts:
        show_drafts(rounds, currency=here.settings.budget.currency)
    with calls:
        show_calls(document, here=here)
    with posts:
        show_publications(document["item"], artifacts=artifacts)
    with feedback:
        show_feedback(document["item"], artifacts=artifacts, here=here)


def _back() -> None:
    """To the list as it was left."""
    st.query_params.from_dict(st.session_state.get(BACK) or {})


@live(_LOOK_SECONDS)
def _look_again(item_id: str, shown: int) -> None:
    """While it is at work: draw the page anew as soon as something has happened to the item."""
    if read_events(desk().board, after=shown, limit=1, item_id=item_id).events:
        st.rerun()
