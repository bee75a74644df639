"""Putting dead letters back to work: how many, at what price at most, and how they fare."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_dead_letters import Filter, ids_of, retry_progress
from daemon.blackboard.reading.desk_letters import Meant
from daemon.blackboard.reading.events import newest_id
from dashboard.buttons import act_on_shown, action_button, last_done, once_done
from dashboard.choosing import choose_model, cost_words, plan_of
from dashboard.desk import Desk, desk
from dashboard.figures import number, plain
from dashboard.live import live
from dashboard.places import link
from dashboard.pulse import pulse_of
from dashboard.texts import t

Document = Mapping[str, Any]

SLOT: Final = "dead_letters"
MOST_AT_ONCE: Final = 1000
"""Ids that one request names."""
_LOOK_SECONDS: Final = 2.0
_SHOWN: Final = 5
_SPAN: Final = "retried"
"""In the address: between which events the last retry of this page lies, such as `120-133`."""
_BEFORE: Final = "dead.before"
_TOLD: Final = "dead.told"
_STOPPED: Final = frozenset({"down", "never"})
_PARTS: Final = ("published", "working", "waiting", "held", "dead", "discarded")

Call = tuple[str, Sequence[Any], Mapping[str, Any]]


def those(meant: Filter, *, here: Desk) -> Meant:
    """What one request retries of what a filter means: a group or all whole, else the oldest thousand by their ids."""
    if meant.is_empty:
        return Meant()
    if meant.is_group_alone:
        return Meant(group=meant.group)
    return Meant(ids=ids_of(here.board, meant, limit=MOST_AT_ONCE))


def retry_call(these: Meant, *, model: str | None) -> Call:
    """The action that retries these."""
    if these.ids is not None:
        return ("retry", [list(these.ids)], {"model": model})
    if these.group is not None:
        return ("retry", [], {"group": these.group, "model": model})
    return ("retry", [], {"is_all": True, "model": model})


def show_retry(
    these: Meant, *, label: str, key: str, here: Desk, is_main: bool = True, beside: Callable[[], None] | None = None
) -> str | None:
    """What a retry may cost, with which model, and its button. Answers the chosen model.

    `beside` draws what stands beside the button.
    """
    cost = st.empty()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = choose_model(f"{key}.model", here=here)
        plan = plan_of(these, model=model, here=here)
        cost.caption(cost_words(plan, here=here))
        retry_button(plan, these=these, label=label, key=key, here=here, is_main=is_main)
        if beside is not None:
            beside()
    return model


def retry_button(plan: Document, *, these: Meant, label: str, key: str, here: Desk, is_main: bool = True) -> None:
    """One click for one item; several ask first, with what it may cost. A click is for as many as were shown."""
    call = retry_call(these, model=plan["model"])
    act_on_shown(key, plan["would_revive"])
    if plan["would_revive"] == 1:
        action_button(label, key=key, call=call, slot=SLOT, is_main=is_main)
    else:
        _ask_first(plan, label=label, key=key, call=call, here=here, is_main=is_main)


def _ask_first(plan: Document, *, label: str, key: str, call: Call, here: Desk, is_main: bool) -> None:
    with st.popover(label, key=once_done(f"{key}.ask"), type="primary" if is_main else "secondary"):
        st.markdown(f"**{t('dead.sure', n=number(plan['would_revive']))}**")
        st.markdown(cost_words(plan, here=here))
        action_button(t("act.sure", label=label), key=key, call=call, slot=SLOT, is_main=True)


def watch_clicks(here: Desk) -> None:
    """Note between which events a retry of this page lies; call it before any button is drawn."""
    done, before = last_done(SLOT), st.session_state.get(_BEFORE)
    newest = newest_id(here.board)
    is_new = done is not None and done is not st.session_state.get(_TOLD)
    if is_new and done is not None and done.is_done and done.verb == "retry" and done.document.get("revived"):
        st.query_params[_SPAN] = f"{before or 0}-{newest}"
    st.session_state[_TOLD], st.session_state[_BEFORE] = done, newest


def show_progress() -> None:
    """How those fare that the last retry put back to work; nothing without one."""
    span = _span(st.query_params.get(_SPAN, ""))
    if span is None:
        return
    with st.container(border=True):
        _progress(*span)
        st.button(t("dead.progress_close"), on_click=_close, key="dead.progress.close", type="tertiary")


@live(_LOOK_SECONDS)
def _progress(after: int, upto: int) -> None:
    found = retry_progress(desk().board, after=after, upto=upto)
    total = found["revived"]
    st.markdown(f"**{t('dead.progress', n=number(total))}**")
    over = total - found["working"] - found["waiting"]
    st.progress(over / total if total else 1.0)
    told = [f"{t(f'dead.progress_{part}')}: {number(found[part])}" for part in _PARTS if found[part]]
    st.markdown("  ·  ".join(told))
    for one in found["dead_letters"][:_SHOWN]:
        error = " ".join(str(one["error"] or "").split())
        link("items", t("dead.failed_again", error=plain(error)), query={"id": one["id"]})
    if found["waiting"] and pulse_of(desk()).kind in _STOPPED:
        st.caption(t("dead.progress_down"))
    if total and over == total:
        st.caption(t("dead.progress_done"))


def _close() -> None:
    st.query_params.pop(_SPAN, None)


def _span(told: str) -> tuple[int, int] | None:
    first, _, last = told.partition("-")
    return (int(first), int(last)) if first.isdecimal() and last.isdecimal() else None
