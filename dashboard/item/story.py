"""What happened to an item, in words; and for a failure, every attempt with its traceback."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import streamlit as st

from daemon.blackboard.reading.desk_dead_letters import failed_attempts
from daemon.blackboard.reading.desk_item import item_events
from daemon.blackboard.states import State
from dashboard.addresses import is_number
from dashboard.desk import Desk
from dashboard.figures import local, moment, number, plain
from dashboard.texts import t
from dashboard.timeline import QUIET, failure_line, sentence

Document = Mapping[str, Any]

_PAGE: Final = 200
_BEFORE: Final = "before"
"""In the address: the event that the shown part of a long story ends before."""
_FAILURES: Final = ("attempt_failed", "item_buried")
_BEGINNINGS: Final = ("item_revived", "item_edited")
_LONGEST: Final = 600
_MANY_LINES: Final = 16
_TALLEST: Final = 360


def show_story(item_id: str, *, here: Desk) -> None:
    """The timeline, oldest first; of a very long one its end, and ways to what was before."""
    is_whole = st.toggle(t("timeline.calls_too"), key="item.story.whole")
    before = st.query_params.get(_BEFORE, "")
    page = item_events(
        here.board,
        item_id,
        before=int(before) if is_number(before) else None,
        limit=_PAGE,
        without=() if is_whole else QUIET,
    )
    _show_ways(page, is_newest=not before)
    st.table(
        {
            t("timeline.column_at"): [_second(event["at"]) for event in page["events"]],
            t("timeline.column_what"): [plain(cut(sentence(event))) for event in page["events"]],
        },
        border="horizontal",
        hide_index=True,
    )


def show_failure(item: Document, *, here: Desk) -> None:
    """Why a dead letter is one: the last failure at once, the attempts before it folded."""
    if item["state"] == State.DEAD_LETTER:
        show_failures(failures_of(failed_attempts(here.board, item["id"])))


def failures_of(events: Sequence[Document]) -> list[Document]:
    """The failed attempts since the item was last put back to work, oldest first, with the burial as the last."""
    found: list[Document] = []
    for event in events:
        if event["type"] in _BEGINNINGS:
            found.clear()
        elif event["type"] in _FAILURES and event["data"].get("failure"):
            found.append(event)
    return found


def show_failures(failures: Sequence[Document]) -> None:
    """Each failure with its traceback, the last one open and first."""
    for number_from_last, event in enumerate(reversed(failures)):
        last = number_from_last == 0
        what = f"{moment(event['at'])}  {failure_line(event['data'])}"
        label = t("item.traceback_last") if last else t("item.traceback", number=event["data"].get("attempt", "–"))
        with st.expander(f"{label}: {plain(cut(what, 160))}", expanded=last):
            told = str(event["data"]["failure"].get("traceback") or "")
            height: int | Literal["content"] = _TALLEST if told.count("\n") > _MANY_LINES else "content"
            st.code(told, language=None, wrap_lines=True, height=height)


def _show_ways(page: Document, *, is_newest: bool) -> None:
    """How much of the story is shown, and the rest of it; nothing when that is all."""
    if is_newest and page["before"] is None:
        return
    key = "timeline.part_more" if page["is_more"] else "timeline.part"
    st.caption(t(key, shown=number(len(page["events"])), count=number(page["count"])))
    with st.container(horizontal=True):
        is_first, earlier = page["before"] is None, str(page["before"] or "")
        st.button(t("timeline.earlier"), key="item.story.earlier", on_click=_go, args=(earlier,), disabled=is_first)
        st.button(t("timeline.newest"), key="item.story.newest", on_click=_go, args=("",), disabled=is_newest)


def _go(before: str) -> None:
    if before:
        st.query_params[_BEFORE] = before
    else:
        st.query_params.pop(_BEFORE, None)


def _second(at: str | None) -> str:
    found = local(at)
    return plain(f"{found:%Y-%m-%d %H:%M:%S}") if found else ""


def cut(text: str, longest: int = _LONGEST) -> str:
    """Text of at most so many characters; `…` says that it goes on."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
