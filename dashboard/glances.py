"""What the first page and the controls ask of the read side; sessions that look at the same moment share the answer."""

import time
from typing import Any, Final

import streamlit as st

from daemon.blackboard import read_holder
from daemon.blackboard.reading.budget import Accounts, budget_document, read_accounts
from daemon.blackboard.reading.desk_overview import read_desk_overview
from daemon.runtime.source_facts import source_facts
from dashboard.desk import Desk

Document = dict[str, Any]

KEPT_SECONDS: Final = 2.0
MOST_KEPT: Final = 8
HOURS: Final = 24


def overview(desk: Desk) -> Document | None:
    """The document of `reading.desk_overview`; None while there is no board."""
    return _overview(str(desk.board), desk) if desk.reader.exists else None


def sources(desk: Desk) -> list[Document]:
    """What `davidagent sources --json` says; none while there is no board."""
    return _sources(str(desk.board), desk) if desk.reader.exists else []


def budget(desk: Desk) -> Document:
    """The document of `reading.budget`."""
    return _budget(str(desk.board), desk)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def _overview(path: str, _desk: Desk) -> Document:
    """`path` is what the answer is kept under."""
    del path
    now, is_running = time.time(), _is_running(_desk)
    return read_desk_overview(_desk.board, now=now, budget=_desk.settings.budget, is_running=is_running, hours=HOURS)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def _sources(path: str, _desk: Desk) -> list[Document]:
    del path
    return source_facts(_desk.reader.sources(), settings=_desk.settings)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def _budget(path: str, _desk: Desk) -> Document:
    del path
    now = time.time()
    accounts = Accounts(now)
    if _desk.reader.exists:
        accounts = read_accounts(_desk.board, now=now, is_running=_is_running(_desk))
    return budget_document(accounts, budget=_desk.settings.budget)


def _is_running(desk: Desk) -> bool:
    holder = read_holder(desk.settings.home)
    return holder is not None and holder.address is not None
