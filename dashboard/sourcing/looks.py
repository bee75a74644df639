"""What these pages ask of the read side; sessions that look at the same moment share the answer."""

import time
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_sources import read_source_table
from daemon.core.clock import iso
from daemon.runtime.network import NETWORK, offline
from daemon.runtime.source_facts import source_facts
from dashboard.desk import Desk

Document = Mapping[str, Any]

DAYS: Final = 30
"""What is counted, counts from so many days ago (UTC, today among them)."""
REFRESH_SECONDS: Final = 10.0
_KEPT_SECONDS: Final = 2.0
_MOST_KEPT: Final = 4


def source_table(here: Desk) -> list[Document]:
    """Every source; none while there is no board."""
    return _table(str(here.board), here) if here.reader.exists else []


def offline_since(here: Desk) -> str | None:
    """Since when the machine reaches nobody; None: it does."""
    sign = offline(here.reader.controls().get(NETWORK)) if here.reader.exists else None
    return iso(sign["since"]) if sign else None


@st.cache_data(ttl=_KEPT_SECONDS, max_entries=_MOST_KEPT, show_spinner=False)
def _table(path: str, _here: Desk) -> list[Document]:
    """`path` is what the answer is kept under."""
    del path
    return [*source_facts(read_source_table(_here.board, now=time.time(), days=DAYS), settings=_here.settings)]
