"""A dead letter that is to say something else; and what an item said before."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from itertools import pairwise
from typing import Any, Final

import streamlit as st

from daemon.blackboard.records import PublicationStatus
from dashboard.buttons import action_button
from dashboard.choosing import chosen_model
from dashboard.figures import moment, plain
from dashboard.texts import t
from dashboard.timeline import who

Document = Mapping[str, Any]

SLOT: Final = "item"
"""Where the sentence of the last action on an item stands."""
_EDITING: Final = "item.editing"
"""The item whose words are being changed."""
_LONGEST_TITLE: Final = 200
_LONGEST_TEXT: Final = 500_000
_TEXT_HEIGHT: Final = 320
_TALLEST: Final = 360
_MOST_COMPARED: Final = 100_000
"""Characters of two texts, above which they are not compared line by line."""


def model_key(item: Document) -> str:
    """Of the field with the model that the item is to be done with; it holds for a plain retry, too."""
    return f"item.model.{item['id']}"


def edit_button(item: Document) -> None:
    """Opens the form; not for what is published somewhere, or may be."""
    st.button(
        t("revive.edit"),
        key=f"item.edit.{item['id']}",
        on_click=_open,
        args=(item["id"],),
        disabled=bool(_places(item)),
    )


def show_editing(item: Document) -> None:
    """The form, once it was asked for, or why there is none."""
    if places := _places(item):
        st.caption(t("revive.published", places=plain(", ".join(places))))
        return
    if st.session_state.get(_EDITING) != item["id"]:
        return
    key = f"item.edit.{item['id']}"
    with st.container(border=True):
        st.caption(t("revive.edit_hint"))
        title = st.text_input(t("revive.title"), item["title"], key=f"{key}.title", max_chars=_LONGEST_TITLE)
        text = st.text_area(
            t("revive.text"), item["text"] or "", key=f"{key}.text", max_chars=_LONGEST_TEXT, height=_TEXT_HEIGHT
        )
        with st.container(horizontal=True):
            action_button(t("revive.edit_do"), key=f"{key}.do", call=_call(item, title, text), slot=SLOT, is_main=True)
            st.button(t("revive.cancel"), key=f"{key}.cancel", on_click=_close)


def show_edits(item: Document) -> None:
    """What the source said, and what each edit changed."""
    said = [*item["edits"], {"title": item["title"], "text": item["text"] or ""}]
    for number, (before, after) in enumerate(pairwise(said)):
        with st.expander(t("revive.changed", by=plain(who(before["by"])), at=moment(before["at"]))):
            st.code("\n".join(_difference(before, after)), language="diff", wrap_lines=True, height="content")
        with st.expander(t("revive.before") if number else t("revive.original")):
            st.code(_whole(before), language=None, wrap_lines=True, height=_height(before))


def _call(item: Document, title: str, text: str) -> tuple[str, list[str], dict[str, str | None]]:
    """Only what is another now is sent; with nothing, the answer says that something has to be."""
    changed = {
        "title": None if title == item["title"] else title,
        "text": None if text == item["text"] else text,
        "model": chosen_model(model_key(item)),
    }
    return "edit", [item["id"]], changed


def _places(item: Document) -> list[str]:
    """Where it is, or may be."""
    return [one["sink"] for one in item["publications"] if one["status"] != PublicationStatus.FAILED]


def _difference(before: Document, after: Document) -> Iterator[str]:
    if len(before["text"]) + len(after["text"]) > _MOST_COMPARED:
        yield f"- {before['title']}"
        yield f"+ {after['title']}"
        return
    lines = unified_diff(_whole(before).splitlines(), _whole(after).splitlines(), n=1, lineterm="")
    yield from (line for line in lines if not line.startswith(("---", "+++", "@@")))


def _whole(said: Document) -> str:
    return f"{said['title'] or ''}\n\n{said['text']}".strip()


def _height(said: Document) -> Any:
    return _TALLEST if said["text"].count("\n") > _TALLEST / 24 else "content"


def _open(item_id: str) -> None:
    st.session_state[_EDITING] = item_id


def _close() -> None:
    st.session_state.pop(_EDITING, None)
