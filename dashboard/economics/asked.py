"""What the page asks of the read side; sessions that look at the same moment share the answer."""

import time
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.cost_parts import leading
from daemon.blackboard.reading.desk_costs import By, read_days, trend_of_days, trend_of_hours, window_of_days
from daemon.blackboard.reading.desk_dearest import dearest_items
from daemon.runtime.costing import Elsewhere, models_to_compare, prices_now, what_if_of_days
from dashboard.desk import Desk
from dashboard.economics.query import HOURS, Query

Document = dict[str, Any]

KEPT_SECONDS: Final = 5.0
MOST_KEPT: Final = 16
MOST_PARTS: Final = 7
"""More colours cannot be told apart."""


def costs(desk: Desk, *, days: int) -> Document:
    """The document of `reading.desk_costs.read_days`."""
    return _costs(str(desk.board), days=days, _desk=desk)


def trend(desk: Desk, query: Query) -> list[Document]:
    """The days or hours of the query with at most `MOST_PARTS` parts, those that lead in what is shown."""
    return _trend(str(desk.board), days=query.days, by=query.by, measure=query.measure, _desk=desk)


def dearest(desk: Desk, *, days: int) -> list[Document]:
    """The items that cost most in these days."""
    return _dearest(str(desk.board), days=days, _desk=desk)


def elsewhere(desk: Desk, *, days: int, models: tuple[str, ...]) -> list[Document]:
    """What other models would have cost; raises `UsageError` for one whose price is not known."""
    return _elsewhere(str(desk.board), days=days, models=models, _desk=desk)


def models(desk: Desk) -> list[str]:
    """Every model that can be compared with."""
    return _models(str(desk.board), desk)


def prices(desk: Desk) -> list[Document]:
    """What the models of the configuration cost now."""
    return prices_now(desk.settings, now=time.time())


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def _costs(path: str, *, days: int, _desk: Desk) -> Document:
    """`path` is what the answer is kept under."""
    del path
    return read_days(_desk.board, days=days, now=time.time(), currency=_desk.settings.budget.currency)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def _trend(path: str, *, days: int, by: By, measure: str, _desk: Desk) -> list[Document]:
    del path
    now = time.time()
    if days in HOURS:
        found = trend_of_hours(_desk.board, hours=HOURS[days], now=now, by=by)
    else:
        found = trend_of_days(_desk.board, days=days, now=now, by=by)
    return leading(found, most=MOST_PARTS, by=measure)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def _dearest(path: str, *, days: int, _desk: Desk) -> list[Document]:
    del path
    return dearest_items(_desk.board, window=window_of_days(days, now=time.time()))


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def _elsewhere(path: str, *, days: int, models: tuple[str, ...], _desk: Desk) -> list[Document]:
    del path
    wanted = Elsewhere(models)
    return what_if_of_days(_desk.reader, days=days, settings=_desk.settings, elsewhere=wanted, now=time.time())


@st.cache_data(max_entries=2, show_spinner=False)
def _models(path: str, _desk: Desk) -> list[str]:
    del path
    return models_to_compare(_desk.settings)
