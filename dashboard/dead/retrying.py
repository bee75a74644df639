"""Putting dead letters back to work: how many, at what price at most, and how they fare."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_dead_letters import Filter, ids_of, retry_progress
from daemon.blackboard.reading.desk_letters import Meant, retry_estimate
from daemon.blackboard.reading.events import newest_id
from dashboard.buttons import action_button, last_done, once_done
from dashboard.desk import Desk, desk
from dashboard.figures import money, number, plain
from dashboard.live import live
from dashboard.places import link
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
_PARTS: Final = ("published", "working", "waiting", "held", "dead", "discarded")

Call = tuple[str, Sequence[Any], Mapping[str, Any]]


def cost_words(cost: Document, *, currency: Mapping[str, float]) -> str:
    """What a retry is likely to cost, what at most, and what was spent so far."""
    shown = {name: money(cost.get(f"{name}_usd"), currency=currency) for name in ("likely", "at_most", "charged")}
    told = [t("dead.likely", cost=shown["likely"])] if cost.get("likely_usd") is not None else []
    told.append(t("dead.no_bound") if cost["at_most_usd"] is None else t("dead.at_most", cost=shown["at_most"]))
    return " ".join([*told, t("dead.charged", cost=shown["charged"])])


def likely_cost(meant: Filter, *, here: Desk) -> Document:
    """What a retry of these is likely to cost, by their own calls and those of the last month: `{"likely_usd"}`."""
    if meant.is_group_alone:
        these = Meant(group=meant.group)
    else:
        these = Meant(ids=ids_of(here.board, meant, limit=MOST_AT_ONCE))
    cap = here.settings.budget.per_item_usd
    found = retry_estimate(here.board, these, now=time.time(), per_item_usd=cap)
    return {"likely_usd": found["likely_usd"]}


def retry_call(meant: Filter, *, here: Desk) -> Call:
    """The action that retries what a filter means: by group or all in one, else the oldest thousand by their ids."""
    if meant.is_empty:
        return ("retry", [], {"is_all": True})
    if meant.is_group_alone:
        return ("retry", [], {"group": meant.group})
    return ("retry", [ids_of(here.board, meant, limit=MOST_AT_ONCE)], {})


def retry_button(label: str, *, key: str, call: Call, cost: Document, here: Desk, is_main: bool = True) -> None:
    """One click for one item; several ask first, with what it may cost."""
    if cost["count"] == 1:
        action_button(label, key=key, call=call, slot=SLOT, is_main=is_main)
        return
    with st.popover(label, key=once_done(f"{key}.ask"), type="primary" if is_main else "secondary"):
        st.markdown(f"**{t('dead.sure', n=number(cost['count']))}**")
        st.markdown(plain(cost_words(cost, currency=here.settings.budget.currency)))
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
    if total and over == total:
        st.caption(t("dead.progress_done"))


def _close() -> None:
    st.query_params.pop(_SPAN, None)


def _span(told: str) -> tuple[int, int] | None:
    first, _, last = told.partition("-")
    return (int(first), int(last)) if first.isdecimal() and last.isdecimal() else None
