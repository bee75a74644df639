"""What a person can do with an item, as far as its state allows it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_letters import Meant
from daemon.blackboard.states import State, Verb, sources
from dashboard.buttons import action_button, once_done
from dashboard.choosing import choose_model, chosen_model, cost_words, plan_of
from dashboard.desk import desk
from dashboard.item.editing import SLOT, edit_button, model_key, show_editing
from dashboard.texts import t
from dashboard.timeline import state_word

Document = Mapping[str, Any]

_LONGEST_REASON: Final = 2000


def show_decisions(item: Document) -> None:
    """The buttons that make sense now; none for an item that only the daemon may move."""
    state = State(item["state"])
    cost = st.empty()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if state is State.DEAD_LETTER:
            model, here = choose_model(model_key(item), here=desk()), desk()
            cost.caption(cost_words(plan_of(Meant(ids=[item["id"]]), model=model, here=here), here=here))
        for verb, draw in _BUTTONS:
            if state in sources(verb, by="person") and _may(verb, item):
                draw(item)
    if state is State.DEAD_LETTER:
        show_editing(item)


def _may(verb: Verb, item: Document) -> bool:
    """What was held while it was sent is in some places already: written anew it would be there twice."""
    return verb is not Verb.REJECT or item["held_in"] != State.PUBLISHING


def _retry(item: Document) -> None:
    action_button(
        t("item.retry", step=state_word(item["died_in"])),
        key=f"item.retry.{item['id']}",
        call=("retry", [[item["id"]]], {"model": chosen_model(model_key(item))}),
        slot=SLOT,
        is_main=True,
    )


def _approve(item: Document) -> None:
    action_button(
        t("item.approve"),
        key=f"item.approve.{item['id']}",
        call=("approve", [[item["id"]]], {}),
        slot=SLOT,
        is_main=True,
    )
    if item["held_in"] == State.PUBLISHING:
        st.caption(t("item.approve_again_hint"))


def _reject(item: Document) -> None:
    key = once_done(f"item.reject.{item['id']}")
    with st.popover(t("item.reject"), key=key):
        reason = _reason(t("item.reject_reason"), key=f"{key}.reason")
        action_button(
            t("item.confirm_reject"),
            key=f"item.reject.do.{item['id']}",
            call=("reject", [[item["id"]], reason], {}),
            slot=SLOT,
            is_disabled=not reason,
        )


def _discard(item: Document) -> None:
    key = once_done(f"item.discard.{item['id']}")
    with st.popover(t("item.discard"), key=key):
        reason = _reason(t("item.discard_reason"), key=f"{key}.reason")
        action_button(
            t("item.confirm_discard"),
            key=f"item.discard.do.{item['id']}",
            call=("discard", [[item["id"]], reason or t("item.discard_default")], {}),
            slot=SLOT,
        )


def _reason(question: str, *, key: str) -> str:
    return (st.text_input(question, key=key, max_chars=_LONGEST_REASON, live=True) or "").strip()


_BUTTONS: Final[tuple[tuple[Verb, Callable[[Document], None]], ...]] = (
    (Verb.REVIVE, _retry),
    (Verb.EDIT, edit_button),
    (Verb.APPROVE, _approve),
    (Verb.REJECT, _reject),
    (Verb.DISCARD, _discard),
)
