"""Buttons that act: disabled while they do, one sentence afterwards, and a second click is none."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import streamlit as st

from dashboard.acting import Done, act
from dashboard.places import link
from dashboard.saying import sentence
from dashboard.texts import t

Call = tuple[str, Sequence[Any], Mapping[str, Any]]
"""Verb, arguments and options of `acting.act`."""

_RUNNING: Final = "acting.running"
_OUTCOME: Final = "acting.outcome"
_COUNT: Final = "acting.count"
_ONE_CLICK_SECONDS: Final = 2.0
_LATE_SECONDS: Final = 10.0
"""A click that came to no button within that time comes to none any more."""


@dataclass(frozen=True, slots=True)
class See:
    """Where one sees what came of it: a place, the text of the link, and what the page is filtered by."""

    place: str
    label: str
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the last action of this session did; `at` in monotonic seconds."""

    key: str
    slot: str
    done: Done
    at: float
    see: See | None


def action_button(
    label: str,
    *,
    key: str,
    call: Call,
    slot: str,
    see: See | None = None,
    is_main: bool = False,
    is_disabled: bool = False,
    icon: str | None = None,
) -> None:
    """A button that does `call` ; its sentence stands where `outcome(slot)` is.

    The button is drawn disabled before the work begins, and everything is drawn anew after it. One with an icon keeps
    its words meanwhile, so that what stands beside it does not move.
    """
    is_running = _is_clicked(key)
    kind: Literal["primary", "secondary"] = "primary" if is_main else "secondary"
    st.button(
        t("act.working") if is_running and icon is None else label,
        key=key,
        type=kind,
        icon=icon,
        disabled=is_disabled or is_running,
        on_click=_begin,
        args=(key,),
    )
    if is_running:
        _carry_out(call, key=key, slot=slot, see=see)


def outcome(slot: str, *, of: str = "") -> None:
    """The sentence of the last action, when it was one of this slot, and its button's key begins with `of`."""
    last: Outcome | None = st.session_state.get(_OUTCOME)
    if last is None or last.slot != slot or not last.key.startswith(of):
        return
    (st.success if last.done.is_done else st.error)(sentence(last.done))
    if last.see is not None and last.done.is_done:
        link(last.see.place, last.see.label, query=last.see.query)


def last_done(slot: str) -> Done | None:
    """What the last action of this slot came to, for a page that shows more of it than its sentence."""
    last: Outcome | None = st.session_state.get(_OUTCOME)
    return last.done if last is not None and last.slot == slot else None


def put_done(slot: str, done: Done) -> None:
    """Keep that in the place of what the last action of this slot came to."""
    last: Outcome | None = st.session_state.get(_OUTCOME)
    if last is not None and last.slot == slot:
        st.session_state[_OUTCOME] = replace(last, done=done)


def once_done(key: str) -> str:
    """A key for what has to close when an action is done, such as a popover that asked."""
    return f"{key}.{st.session_state.get(_COUNT, 0)}"


def let_go() -> None:
    """End a run of the whole page: a click whose button was not drawn in it, because others acted, is no click.

    Else the button would act by itself when it comes back.
    """
    st.session_state.pop(_RUNNING, None)


def act_on_shown(key: str, shown: object) -> None:
    """Before a button that acts on several: a click on it is let go when they are not those that were shown."""
    place = f"{key}.shown"
    if st.session_state.get(place, shown) != shown and _is_clicked(key):
        let_go()
    st.session_state[place] = shown


def _is_clicked(key: str) -> bool:
    clicked: tuple[str, float] | None = st.session_state.get(_RUNNING)
    return clicked is not None and clicked[0] == key and time.monotonic() - clicked[1] < _LATE_SECONDS


def _begin(key: str) -> None:
    """A click; the second of a double click comes when the work of the first is over, and is let go."""
    last: Outcome | None = st.session_state.get(_OUTCOME)
    if last is not None and last.key == key and time.monotonic() - last.at < _ONE_CLICK_SECONDS:
        return
    st.session_state[_RUNNING] = (key, time.monotonic())


def _carry_out(call: Call, *, key: str, slot: str, see: See | None) -> None:
    verb, arguments, options = call
    del st.session_state[_RUNNING]
    done = act(verb, *arguments, **options)
    # Kept before anything is drawn: a click elsewhere ends this run at the next thing that is.
    st.session_state[_OUTCOME] = Outcome(key, slot, done, time.monotonic(), see)
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
    st.cache_data.clear()
    st.rerun()
