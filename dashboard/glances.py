"""What the first page and the controls ask of the read side; sessions that look at the same moment share the answer."""

import time
from typing import Any, Final

import streamlit as st

from daemon.blackboard import read_holder
from daemon.blackboard.reading.budget import Accounts, budget_document, read_accounts
from daemon.blackboard.reading.monitoring import Freshness, SourceFigures, read_figures
from daemon.blackboard.reading.status import empty_overview
from daemon.core.clock import iso
from dashboard.desk import Desk

Document = dict[str, Any]

KEPT_SECONDS: Final = 2.0
MOST_KEPT: Final = 16


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def board(path: str, _desk: Desk) -> Document:
    """Counts by state, oldest ages, and today in calls, tokens and dollars."""
    del path
    overview = _desk.reader.overview() if _desk.reader.exists else empty_overview()
    return {key: overview[key] for key in ("states", "oldest_age_seconds", "today")}


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def budget(path: str, _desk: Desk) -> Document:
    """The budget document, and `waiting`: how many items wait, by what for."""
    del path
    accounts = _accounts(_desk, now=time.time())
    return budget_document(accounts, budget=_desk.settings.budget) | {"waiting": dict(accounts.waiting)}


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def groups(path: str, _desk: Desk) -> list[Document]:
    """Dead letters by what they failed of."""
    del path
    return _desk.reader.dead_letter_groups() if _desk.reader.exists else []


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def late_sources(path: str, _desk: Desk) -> list[Document]:
    """Sources that cannot be read, or are not read in time; the longest first."""
    del path
    if not _desk.reader.exists:
        return []
    figures = read_figures(_desk.board, now=time.time(), budget=_desk.settings.budget)
    stale = [one for one in figures.sources if one.freshness in (Freshness.STALE, Freshness.GONE)]
    return [_source(one) for one in sorted(stale, key=lambda one: one.last_success_at or 0.0)]


def _accounts(desk: Desk, *, now: float) -> Accounts:
    if not desk.reader.exists:
        return Accounts(now)
    holder = read_holder(desk.settings.home)
    return read_accounts(desk.board, now=now, is_running=holder is not None and holder.address is not None)


def _source(one: SourceFigures) -> Document:
    return {
        "id": one.id,
        "name": one.name,
        "freshness": one.freshness.value,
        "last_success_at": iso(one.last_success_at),
        "next_fetch_at": iso(one.next_fetch_at),
        "errors_in_row": one.errors_in_row,
        "last_error": one.last_error,
    }
