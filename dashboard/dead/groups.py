"""A group of dead letters: what failed and where, how often, since when, with the newest one's traceback."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import streamlit as st

from daemon.blackboard.reading.desk_dead_letters import Filter, dead_letters, failed_attempts, ids_of
from daemon.blackboard.reading.desk_letters import Meant, group_history
from dashboard.buttons import act_on_shown, action_button, once_done, outcome
from dashboard.choosing import cost_words, plan_of
from dashboard.dead.query import Query
from dashboard.dead.retrying import MOST_AT_ONCE, SLOT, retry_button, retry_call, show_retry, those
from dashboard.desk import Desk
from dashboard.failures import failure_words
from dashboard.figures import clock, moment, number, plain
from dashboard.item.story import cut, failures_of, show_failures
from dashboard.places import link
from dashboard.texts import t
from dashboard.timeline import state_word

Document = Mapping[str, Any]

_LISTED: Final = 20
_ONE: Final = "dead.one."
_FEW: Final = 5
_LONGEST_REASON: Final = 2000
_LONGEST_ERROR: Final = 200
_OURS: Final = ("daemon.", "brains.", "sensors.", "dashboard.")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a failure group is made of: `RateLimitedError/brains.llm.gateway.ask/gemini`."""

    what: str
    where: str | None
    who: str | None

    @classmethod
    def of(cls, group: str | None) -> Self:
        """The parts of a group's name; an endpoint may have slashes of its own."""
        what, *rest = (group or "").split("/", 1)
        place = rest[0] if rest else ""
        if not place.startswith(_OURS):
            return cls(what, None, place or None)
        where, _, who = place.partition("/")
        return cls(what, where, who or None)


def show_group(group: Document, *, query: Query, here: Desk, is_open: bool) -> None:
    """One group as a card; when it is open, the newest one's attempts stand there at once."""
    history = group_history(here.board, group["group"] or "")
    meant = query.with_(group=group["group"] or "").filter()
    with st.container(border=True):
        _show_head(group, found=Fingerprint.of(group["group"]), history=history)
        if not is_open:
            _show_briefly(group, query=query, meant=meant, here=here)
            return
        model = _show_retry(group, meant=meant, here=here)
        show_failures(failures_of(failed_attempts(here.board, group["sample"]["id"])))
        _show_items(group, meant=meant, here=here, model=model)


def _show_briefly(group: Document, *, query: Query, meant: Filter, here: Desk) -> None:
    """Among many groups: its retry, and the way to all that is known of it."""
    narrowed, key = query.with_(group=group["group"] or ""), f"dead.look.{group['group']}"
    # Looking for what else fits takes time, so it is left for the one that is opened.
    plan = plan_of(those(meant, here=here), model=None, here=here) if meant.is_group_alone else None
    if plan is not None:
        st.caption(cost_words(plan, here=here))
    with st.container(horizontal=True, vertical_alignment="center"):
        if plan is not None:
            label, name = t("dead.retry_group", n=number(group["count"])), f"dead.group.{group['group']}"
            retry_button(plan, these=those(meant, here=here), label=label, key=name, here=here)
        st.button(t("dead.look"), key=key, type="tertiary", on_click=_look_at, args=(narrowed,))


def _show_head(group: Document, *, found: Fingerprint, history: Document) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"#### {plain(failure_words(found.what))}", width="content")
        st.badge(t("dead.count", n=number(group["count"])), color="red")
        if group["again"] or history["new_since"]:
            st.badge(t("revive.again", at=clock(group["last_at"])), color="orange")
    sample = group["sample"]
    st.markdown(plain(cut(" ".join(str(sample["error"] or "–").split()), _LONGEST_ERROR)))
    facts = {
        "dead.what": _as_code(found.what),
        "dead.step": plain(state_word(sample["died_in"])),
        "dead.who": _as_code(found.who),
        "dead.where": _as_code(found.where),
        "dead.seen": plain(_times(group)),
        "dead.retried": plain(_retried(history)),
    }
    st.caption("  ·  ".join(f"{t(name)}: {value}" for name, value in facts.items() if value))


def _as_code(text: str | None) -> str:
    """A name as it is; a backtick would end it."""
    shown = (text or "").replace("`", "'")
    return f"`{shown}`" if shown else ""


def _retried(history: Document) -> str:
    if not history["revived"]:
        return ""
    n, new = number(history["revived"]), number(history["new_since"])
    return t("dead.retried_before", n=n, at=moment(history["last_revived_at"]), new=new)


def _look_at(query: Query) -> None:
    st.query_params.from_dict(query.parameters())


def _times(group: Document) -> str:
    first, last = moment(group["first_at"]), moment(group["last_at"])
    return first if first == last else t("dead.from_to", first=first, last=last)


def _show_retry(group: Document, *, meant: Filter, here: Desk) -> str | None:
    key, is_cut = f"dead.group.{group['group']}", not meant.is_group_alone and group["count"] > MOST_AT_ONCE
    label = t("dead.retry_some", n=number(MOST_AT_ONCE)) if is_cut else t("dead.retry_group", n=number(group["count"]))
    return show_retry(
        those(meant, here=here),
        label=label,
        key=key,
        here=here,
        beside=lambda: _discard(group, meant=meant, here=here),
    )


def _discard(group: Document, *, meant: Filter, here: Desk) -> None:
    key = once_done(f"dead.discard.{group['group']}")
    with st.popover(t("dead.discard_group"), key=key):
        reason = (
            st.text_input(t("item.discard_reason"), key=f"{key}.reason", max_chars=_LONGEST_REASON, live=True) or ""
        ).strip()
        ids = ids_of(here.board, meant, limit=MOST_AT_ONCE)
        act_on_shown(do := f"dead.discard.do.{group['group']}", hash(tuple(ids)))
        action_button(
            t("dead.discard_all", n=number(len(ids))),
            key=do,
            call=("discard", [ids, reason or t("item.discard_default")], {}),
            slot=SLOT,
        )


def _show_items(group: Document, *, meant: Filter, here: Desk, model: str | None) -> None:
    """The newest of the group, each with its own way back to work."""
    found = dead_letters(here.board, meant, limit=_LISTED)
    with st.expander(f"{t('dead.items')} ({number(group['count'])})", expanded=group["count"] <= _FEW):
        if len(found) < group["count"]:
            st.caption(t("dead.all_items", shown=number(len(found)), n=number(group["count"])))
        # Also here, because who clicks down here does not see the top of the page.
        outcome(SLOT, of=_ONE)
        for item in found:
            _show_item(item, model=model)


def _show_item(item: Document, *, model: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        label = cut(" ".join(str(item["title"] or "").split()), _LONGEST_ERROR) or t("items.no_title")
        link("items", f"{plain(label)}  ·  {clock(item['updated_at'])}", query={"id": item["id"]})
        call = retry_call(Meant(ids=[item["id"]]), model=model)
        action_button(t("dead.retry_one"), key=f"{_ONE}{item['id']}", call=call, slot=SLOT)
