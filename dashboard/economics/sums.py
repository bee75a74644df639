"""The large figures: money, calls, tokens in and out; and the sentences below them."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.economics.words import before_words, lines_of, open_money
from dashboard.texts import t

_WIDTH: Final = 165
"""Two beside each other on a telephone."""


def show(document: Mapping[str, Any]) -> None:
    """Four figures, with what each is made of below."""
    others = [figures.in_currency(value, name=name, rate=1.0) for name, value in document["currencies"].items()]
    failed = document["failed_calls"]
    with st.container(horizontal=True, gap="small"):
        _metric("cost", figures.usd(document["cost_usd"]), below=" · ".join(others))
        below = t("economics.failed_calls", n=figures.number(failed)) if failed else ""
        _metric("calls", figures.number(document["calls"]), below=below)
        _metric("tokens_in", figures.number(document["prompt_tokens"]), below=_of_it("cached", document))
        _metric("tokens_out", figures.number(document["completion_tokens"]), below=_of_it("reasoning", document))


def remarks(document: Mapping[str, Any], *, days: int) -> None:
    """What it is to be compared with, and what the figures do not tell."""
    lines(before_words(document, days=days), *lines_of(document), *open_money(document))


def lines(*sentences: str) -> None:
    """Sentences under each other."""
    st.caption(figures.safe("  \n".join(sentences)))


def _metric(name: str, value: str, *, below: str) -> None:
    with st.container(width=_WIDTH, gap=None):
        st.metric(t(f"economics.{name}"), figures.safe(value))
        st.caption(figures.safe(below) or "\u00a0")


def _of_it(kind: str, document: Mapping[str, Any]) -> str:
    tokens = document[f"{kind}_tokens"]
    return t(f"economics.of_it_{kind}", n=figures.number(tokens)) if tokens else ""
