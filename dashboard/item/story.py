"""What happened to an item, in words; and for a failure, every attempt with its traceback."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import streamlit as st

from daemon.blackboard.states import State
from dashboard.figures import local, moment, number, plain
from dashboard.texts import t
from dashboard.timeline import failure_line, in_short, sentence

Document = Mapping[str, Any]

_FIRST: Final = 50
_LAST: Final = 250
_FAILURES: Final = ("attempt_failed", "item_buried")
_LONGEST: Final = 600
_MANY_LINES: Final = 16
_TALLEST: Final = 360


def show_story(events: Sequence[Document]) -> None:
    """The timeline, oldest first; of a very long one its beginning and its end."""
    is_whole = st.toggle(t("timeline.calls_too"), key="item.story.whole")
    told = list(events) if is_whole else in_short(events)
    shown = told if len(told) <= _FIRST + _LAST else [*told[:_FIRST], *told[-_LAST:]]
    if len(shown) < len(told):
        st.caption(t("timeline.cut", first=number(_FIRST), last=number(_LAST), count=number(len(told))))
    st.table(
        {
            t("timeline.column_at"): [_second(event["at"]) for event in shown],
            t("timeline.column_what"): [plain(cut(sentence(event))) for event in shown],
        },
        border="horizontal",
        hide_index=True,
    )


def show_failure(document: Document) -> None:
    """Why a dead letter is one: the last failure at once, the attempts before it folded."""
    if document["item"]["state"] == State.DEAD_LETTER:
        show_failures(failures_of(document["events"]))


def failures_of(events: Sequence[Document]) -> list[Document]:
    """The failed attempts since the item was last put back to work, oldest first, with the burial as the last."""
    found: list[Document] = []
    for event in events:
        if event["type"] == "item_revived":
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


def _second(at: str | None) -> str:
    found = local(at)
    return plain(f"{found:%Y-%m-%d %H:%M:%S}") if found else ""


def cut(text: str, longest: int = _LONGEST) -> str:
    """Text of at most so many characters; `…` says that it goes on."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
