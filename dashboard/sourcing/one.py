"""One source: how reading it goes, why it is read when it is, what it brings, and what can be done with it."""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_sources import source_days, source_events
from dashboard.buttons import Call, action_button, last_done, once_done, outcome
from dashboard.desk import Desk, desk
from dashboard.figures import clock, money, number, plain, safe, span
from dashboard.live import live
from dashboard.places import link
from dashboard.sourcing.condition import COLORS, condition_of, help_of, is_reading, line, when, why
from dashboard.sourcing.days import show_days
from dashboard.sourcing.kinds import is_told, kind_words
from dashboard.sourcing.looks import DAYS, REFRESH_SECONDS, source_table
from dashboard.sourcing.particulars import full_text_words, show_hook, show_left_out, show_readings
from dashboard.sourcing.reasons import reason_words
from dashboard.sourcing.secret import name_of, show_secret, take_secret
from dashboard.sourcing.slots import BACK, SLOT, TRY
from dashboard.sourcing.telling import sentence
from dashboard.sourcing.trial import show_trial
from dashboard.texts import t

Document = Mapping[str, Any]

_MOST_EVENTS: Final = 30
_LOST: Final = "hook_secret"
"""What ails a webhook whose secret is not known here any more."""


def show_source(wanted: str) -> None:
    """Draw everything about one source."""
    here = desk()
    st.button(t("sources.back"), key="sources.back", type="tertiary", icon=":material/arrow_back:", on_click=_back)
    found = _found(wanted, here=here)
    if found is None:
        outcome(SLOT)
        st.info(t("sources.missing", id=plain(wanted)))
        return
    st.header(plain(found["name"]), anchor=False)
    _show_condition(wanted)
    _show_actions(found, here=here)
    take_secret(SLOT)
    outcome(SLOT)
    show_secret(here=here)
    if done := last_done(slot := f"{TRY}.{found['id']}"):
        show_trial(done, slot=slot)
    show_hook(found, here=here)
    _show_particulars(wanted)
    _show_brought(wanted)
    _show_facts(found, here=here)
    _show_events(wanted)


def _back() -> None:
    """To the list as it was left."""
    st.query_params.from_dict(st.session_state.get(BACK) or {})


def _found(wanted: str, *, here: Desk) -> Document | None:
    return next((one for one in source_table(here) if str(one["id"]) == wanted), None)


@live(REFRESH_SECONDS)
def _show_condition(wanted: str) -> None:
    """How it is and why; when it failed, the whole error and what would help."""
    here = desk()
    one = _found(wanted, here=here)
    if one is None:
        st.rerun()
    condition = condition_of(one)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(t(f"sources.state_{condition}"), color=COLORS[condition])
        if condition != "failing":
            st.markdown(plain(why(one, is_read=is_reading(here))), width="stretch")
    if condition in {"failing", "gone"}:
        failed = f"**{t('sources.errors', n=one['errors_in_row'])}**" if one["errors_in_row"] else ""
        st.markdown(f"{failed} {help_of(one)}".strip())
        if one["last_error"]:
            st.code(line(one["last_error"]), language=None, wrap_lines=True)
    elif one["help"]:
        st.markdown(help_of(one))
    lines = [f"{t(name)}: {plain(value)}" for name, value in _times(one) if value]
    st.caption("  ·  ".join(lines))


def _times(one: Document) -> Iterator[tuple[str, str]]:
    if is_told(one):
        yield "sources.last_delivery", when(one["last_success_at"])
        yield "sources.last_item", when(one["last_item_at"])
        yield "sources.next", t("sources.told")
        return
    yield "sources.last_fetch", when(one["last_fetch_at"])
    yield "sources.last_success", when(one["last_success_at"])
    yield "sources.last_item", when(one["last_item_at"])
    if condition_of(one) not in {"disabled", "gone"}:
        reason = reason_words(one["next_fetch_reason"])
        at = clock(one["next_fetch_at"]) or t("sources.at_once")
        yield "sources.next", t("sources.next_why", at=at, why=reason) if reason else at


def _show_actions(one: Document, *, here: Desk) -> None:
    wanted = str(one["id"])
    with st.container(horizontal=True):
        if condition_of(one) in {"disabled", "gone"}:
            label, verb = t("sources.resume"), "source_enable"
        else:
            label, verb = t("sources.pause"), "source_disable"
        action_button(label, key=f"source.{verb}", call=(verb, [wanted], {}), slot=SLOT)
        if one["kind"] == "rss":
            call: Call = ("source_test", [one["address"]], {})
            action_button(t("sources.test_now"), key="source.test", call=call, slot=f"{TRY}.{wanted}")
        if one["hook"] is not None:
            _show_rotation(one)
        with st.popover(t("sources.remove"), key=once_done("source.remove")):
            _remove(one, here=here)


def _show_rotation(one: Document) -> None:
    """A new secret; asks, and says what becomes of the old one."""
    with st.popover(t("sources.rotate"), key=once_done("source.rotate")):
        if one["origin"] == "config":
            st.markdown(t("sources.rotate_there"))
            return
        st.markdown(t("sources.rotate_lost" if one["ailment"] == _LOST else "sources.rotate_means"))
        call: Call = ("hook_rotate", [name_of(one["hook"])], {})
        action_button(t("sources.rotate_do"), key="source.rotate.do", call=call, slot=SLOT)


def _remove(one: Document, *, here: Desk) -> None:
    """Asks; what the configuration names is removed there."""
    if one["origin"] == "config":
        path = str(here.config) if here.config else "davidagent.yaml"
        st.markdown(t("sources.remove_there"))
        st.code(path, language=None, wrap_lines=True)
        return
    st.markdown(t("sources.remove_means"))
    call: Call = ("source_remove", [str(one["id"])], {})
    action_button(t("sources.remove_do", name=plain(one["name"])), key="source.remove.do", call=call, slot=SLOT)


@live(REFRESH_SECONDS)
def _show_particulars(wanted: str) -> None:
    """What is read of it for money, and what of it was left out."""
    one = _found(wanted, here=desk())
    if one is not None:
        show_readings(one)
        show_left_out(one)


@live(REFRESH_SECONDS)
def _show_brought(wanted: str) -> None:
    """What came of it in the last days, with the way to its items."""
    here = desk()
    one = _found(wanted, here=here)
    if one is None:
        return
    st.subheader(t("sources.brought", n=DAYS), anchor=False)
    currency = here.settings.budget.currency
    with st.container(horizontal=True, gap="medium"):
        st.metric(t("sources.items"), number(one["items"]), width="content")
        st.metric(t("sources.published"), number(one["published"]), width="content")
        st.metric(t("sources.cost"), safe(money(one["cost_usd"], currency=currency)), width="content")
    show_days(source_days(here.board, source_id=one["id"], now=time.time(), days=DAYS))
    link("items", t("sources.its_items"), query={"source": wanted})


def _show_facts(one: Document, *, here: Desk) -> None:
    st.subheader(t("sources.facts"), anchor=False)
    st.code(one["address"], language=None, wrap_lines=True)
    facts = {
        "sources.kind": kind_words(one),
        "sources.origin": t(f"sources.origin_{one['origin']}", path=str(here.config or "davidagent.yaml")),
        "sources.since": when(one["created_at"]),
        **({} if is_told(one) else _intervals(one)),
        "sources.full_text": full_text_words(one, here=here),
        "sources.tags": ", ".join(one["tags"]),
        "sources.moving_to": one["moved_to"] or "",
        "sources.trust": _trust(one),
    }
    st.caption("  ·  ".join(f"{t(name)}: {plain(value)}" for name, value in facts.items() if value))


def _intervals(one: Document) -> dict[str, str]:
    usual = t("sources.as_it_posts") if one["kind"] == "rss" else t("sources.as_usual")
    return {
        "sources.interval": span(one["every_seconds"]) or usual,
        "sources.now_every": span(one["interval_seconds"]),
    }


def _trust(one: Document) -> str:
    """What people think of its posts; nothing while nobody judged one."""
    if one["trust"] is None:
        return ""
    return t("sources.trust_words", share=f"{one['trust']:.0%}", up=number(one["up"]), down=number(one["down"]))


@live(REFRESH_SECONDS)
def _show_events(wanted: str) -> None:
    """What is told of it, the newest first."""
    found = source_events(desk().board, source_id=int(wanted), limit=_MOST_EVENTS)
    st.subheader(t("sources.events"), anchor=False)
    if not found:
        st.markdown(t("sources.no_events"))
        return
    st.table(
        {
            t("sources.event_at"): [plain(clock(one["at"])) for one in found],
            t("sources.event_what"): [sentence(one) for one in found],
        },
        border="horizontal",
        hide_index=True,
    )
    st.caption(t("sources.events_left"))
