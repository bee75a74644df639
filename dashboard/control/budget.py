"""The budget: what may still be spent, and more of it for today or this month."""

from typing import Any, Final

import streamlit as st

from dashboard import figures, glances
from dashboard.buttons import Call, action_button, once_done, outcome
from dashboard.desk import desk
from dashboard.live import live
from dashboard.reasons import reason_words
from dashboard.texts import t

Document = dict[str, Any]

REFRESH_SECONDS: Final = 5.0
_OPEN: Final = ("set_aside_usd", "unconfirmed_usd")
_BRAIN: Final = "brain:"


def section() -> None:
    """Caps and what stands against them; raise and reset."""
    with st.container(border=True):
        st.subheader(t("control.budget"))
        _facts()
        with st.container(horizontal=True):
            with st.popover(t("control.budget_raise"), key=once_done("budget.raise")):
                _raise()
            if any(one["raised"] for one in _document()["scopes"]):
                call: Call = ("budget_reset", (), {})
                action_button(t("control.budget_reset"), key="budget.reset", call=call, slot="budget")
        outcome("budget")


@live(REFRESH_SECONDS)
def _facts() -> None:
    document = _document()
    for one in document["scopes"]:
        bar(one)
        st.caption(figures.safe(charged_words(one)))
    for line in lines_of(document):
        st.caption(figures.safe(line))


def bar(scope: Document) -> None:
    """What is left of a cap, and how much of it is used; for a budget without a cap, that there is none."""
    name = scope_name(scope["scope"])
    cap, left = scope["cap_usd"], scope["left_usd"]
    if cap is None:
        st.markdown(t("budget.no_cap", scope=name))
        return
    words = t("budget.left", scope=name, left=figures.usd(left), cap=figures.usd(cap))
    st.progress(1.0 if not cap else min(1.0, max(0.0, 1 - left / cap)), text=figures.safe(words))


def charged_words(scope: Document) -> str:
    """`$0.23 spent, $0.01 set aside, until 08:00`; what is 0 is left out, but for what is spent."""
    parts = [t("budget.spent_usd", usd=figures.usd(scope["spent_usd"]))]
    parts += [t(f"budget.{key}", usd=figures.usd(scope[key])) for key in _OPEN if scope[key]]
    return t("budget.until", charged=t("word.comma").join(parts), until=figures.clock(scope["ends_at"]))


def scope_name(scope: str) -> str:
    """A budget's name: the day, the month, a brain's day."""
    if scope.startswith(_BRAIN):
        return t("budget.brain", brain=t(f"brain.{scope.removeprefix(_BRAIN)}"))
    return t(f"budget.{scope}")


def lines_of(document: Document) -> list[str]:
    """What the table does not say."""
    configured = [
        t("budget.configured", scope=scope_name(one["scope"]), usd=_or_none(one["configured_usd"]))
        for one in document["scopes"]
        if one["raised"]
    ]
    ahead = document["forecast"]
    lines = [*configured, t("budget.forecast", usd=figures.usd(ahead["day_end_usd"]))]
    if ahead["cap_reached_at"]:
        lines.append(t("budget.reached", at=figures.clock(ahead["cap_reached_at"])))
    if document["waiting_items"]:
        lines.append(t("budget.waiting", n=document["waiting_items"]))
    if document["burn"]["stage"] != "normal":
        lines.append(t("budget.burn", why=reason_words(document["burn"]["reason"])))
    return lines


def _raise() -> None:
    """Money is asked for twice: the amount, and a button that says what it allows."""
    caps = {one["scope"]: one["cap_usd"] for one in _document()["scopes"]}
    scopes = [scope for scope, cap in caps.items() if cap is not None]
    if not scopes:
        st.markdown(t("control.budget_no_cap"))
        return
    scope = st.selectbox(t("control.budget_which"), scopes, format_func=scope_name)
    usd = st.number_input(
        t("control.budget_usd"), min_value=0.0, value=float(caps[scope]), step=1.0, key=f"budget.usd.{scope}"
    )
    st.caption(figures.safe(t("control.budget_means", scope=scope_name(scope), usd=figures.usd(usd))))
    is_same = usd == caps[scope]
    call: Call = ("budget_raise", ({scope: usd},), {})
    label = figures.safe(t("control.budget_do", usd=figures.usd(usd)))
    action_button(label, key="budget.do", call=call, slot="budget", is_main=True, is_disabled=is_same)


def _document() -> Document:
    return glances.budget(desk())


def _or_none(usd: float | None) -> str:
    return t("word.none") if usd is None else figures.usd(usd)
