"""Every call that an item caused: what it cost, how long it took, what was asked and answered."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_calls import call_in_full
from dashboard.desk import Desk
from dashboard.figures import clock, money, number, plain, usd
from dashboard.item.head import cost_of
from dashboard.texts import t

Document = Mapping[str, Any]

_MILLI: Final = 1000
_TABLE: Final = "item.calls"
_CHOSEN: Final = "item.call"
_LONG_CHARACTERS: Final = 2000
_LONG_LINES: Final = 20
_LONG_PIXELS: Final = 420


def show_calls(document: Document, *, here: Desk) -> None:
    """The ledger of one item, its sum, and one call in full."""
    calls = document["calls"]
    if not calls:
        st.info(t("item.no_calls"))
        return
    st.dataframe(
        _columns(calls),
        hide_index=True,
        column_config=_config(),
        height="auto",
        on_select=lambda: _choose(calls),
        selection_mode="single-cell",
        key=_TABLE,
    )
    st.caption(f"{_total(document, currency=here.settings.budget.currency)}  \n{t('calls.click')}")
    _show_one(calls, here=here, item_id=document["item"]["id"])


def _choose(calls: Sequence[Document]) -> None:
    """A click on a row is a choice of its call; one that takes a choice back leaves it."""
    cells = st.session_state[_TABLE].selection.cells
    if cells and cells[0][0] < len(calls):
        st.session_state[_CHOSEN] = calls[cells[0][0]]["id"]


def _columns(calls: Sequence[Document]) -> dict[str, list[Any]]:
    return {
        "id": [call["id"] for call in calls],
        "at": [clock(call["started_at"]) for call in calls],
        "task": [f"{call['brain']} · {call['task']}" for call in calls],
        "model": [f"{call['provider']} · {call['model']}" for call in calls],
        "status": [_outcome(call) for call in calls],
        "attempt": [call["attempt"] for call in calls],
        "in": [call["prompt_tokens"] for call in calls],
        "cached": [call["cached_tokens"] for call in calls],
        "out": [call["completion_tokens"] for call in calls],
        "cost": [usd(call["cost_usd"]) for call in calls],
        "seconds": [_seconds(call["latency_ms"]) for call in calls],
    }


def _config() -> dict[str, Any]:
    column = st.column_config
    return {
        "id": column.NumberColumn(t("item.column_call"), format="%d", width="small"),
        "at": column.TextColumn(t("item.column_at"), width="small"),
        "task": column.TextColumn(t("item.column_task")),
        "model": column.TextColumn(t("item.column_model")),
        "status": column.TextColumn(t("item.column_status"), width="small"),
        "attempt": column.NumberColumn(t("item.column_try"), width="small"),
        "in": column.NumberColumn(t("item.column_in"), format="localized", width="small"),
        "cached": column.NumberColumn(t("item.column_cached"), format="localized", width="small"),
        "out": column.NumberColumn(t("item.column_out"), format="localized", width="small"),
        "cost": column.TextColumn(t("items.column_cost"), width="small", alignment="right"),
        "seconds": column.NumberColumn(t("item.column_latency"), format="%.1f", width="small"),
    }


def _total(document: Document, *, currency: Mapping[str, float]) -> str:
    calls = document["calls"]
    return plain(
        t(
            "item.total",
            n=len(calls),
            tokens_in=number(sum(call["prompt_tokens"] for call in calls)),
            tokens_out=number(sum(call["completion_tokens"] for call in calls)),
            cost=cost_of(document["item"], currency=currency),
        )
    )


def _show_one(calls: Sequence[Document], *, here: Desk, item_id: str) -> None:
    """What was asked and answered is long, so it is read for the chosen call alone."""
    labels = {call["id"]: _label(call) for call in calls}
    chosen = st.selectbox(
        t("item.call_detail"),
        list(labels),
        format_func=lambda one: labels.get(one, ""),
        index=None,
        key=_CHOSEN,
        placeholder=t("item.choose_call"),
    )
    if chosen is None:
        return
    call = call_in_full(here.board, chosen, item_id=item_id)
    st.caption(plain(" · ".join(_details(call, currency=here.settings.budget.currency))))
    if call["error"]:
        st.markdown(f"**{t('item.call_error')}**")
        st.code(call["error"], language=None, wrap_lines=True)
    _show_prompt(call, kept_days=here.settings.llm.keep_prompts_days)
    st.markdown(f"**{t('item.answer')}**")
    _show_answer(call["answer"])
    st.markdown(f"**{t('item.fingerprint')}**")
    st.json(call["fingerprint"], expanded=True)


def _show_answer(answer: str | None) -> None:
    if not answer:
        st.caption(t("item.no_answer"))
        return
    _show_text(answer, language="json" if answer.lstrip().startswith(("{", "[")) else None)


def _show_prompt(call: Document, *, kept_days: int) -> None:
    st.markdown(f"**{t('calls.prompt')}**")
    if call["prompt"] is None:
        hint = t("calls.no_prompt_hint", n=kept_days) if kept_days else t("calls.keeps_none")
        st.caption(f"{t('calls.no_prompt')} {hint}")
        return
    _show_text(call["prompt"])
    with st.expander(t("calls.system")):
        _show_text(call["system"])


def _show_text(text: str, *, language: str | None = None) -> None:
    """As code, so that nothing in it is taken for markup; a long one scrolls inside."""
    is_long = len(text) > _LONG_CHARACTERS or text.count("\n") > _LONG_LINES
    st.code(text, language=language, wrap_lines=True, height=_LONG_PIXELS if is_long else "content")


def _details(call: Document, *, currency: Mapping[str, float]) -> list[str]:
    told = [money(call["cost_usd"], currency=currency)]
    if call["reserved_usd"] is not None:
        told.append(t("item.reserved", reserved=usd(call["reserved_usd"])))
    if call["reasoning_tokens"]:
        told.append(t("item.reasoning", tokens=number(call["reasoning_tokens"])))
    if call["cache_write_tokens"]:
        told.append(t("item.cache_write", tokens=number(call["cache_write_tokens"])))
    if call["first_token_ms"] is not None:
        told.append(t("item.first_token", seconds=f"{call['first_token_ms'] / _MILLI:.1f}"))
    if call["price_source"]:
        told.append(t("item.price_source", source=call["price_source"]))
    return told


def _label(call: Document) -> str:
    return t("item.call_label", id=call["id"], task=call["task"], model=call["model"], status=_outcome(call))


def _outcome(call: Document) -> str:
    return call["status"] if call["kind"] == "call" else f"{call['status']} ({call['kind']})"


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / _MILLI
