"""What is asked about the memory: of the board, and of the memory itself.

The daemon has it open; without one, a command opens it for a moment.
"""

import time
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from daemon.core.errors import DavidAgentError
from daemon.runtime.memory_facts import memory_facts
from dashboard.acting import Errand, sent
from dashboard.desk import Desk

KEPT_SECONDS: Final = 4.0
MOST_KEPT: Final = 8
MOST_FOUND: Final = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, or one sentence that says why there is none."""

    answer: Any = None
    error: str | None = None


def search(text: str, *, desk: Desk) -> Heard:
    """The posts nearest in meaning, as `davidagent memory search --json` tells them."""
    return _heard(Errand("search_memory", [text], {"limit": MOST_FOUND}), desk=desk)


def status(desk: Desk) -> Heard:
    """The document of `davidagent memory --json`; ask only while a daemon runs, who has the memory open anyway."""
    return _status(str(desk.board), desk)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def _status(path: str, _desk: Desk) -> Heard:
    """`path` is what the answer is kept under; sessions that look at the same moment share it."""
    del path
    return _heard(Errand("memory_status"), desk=_desk)


def facts(desk: Desk) -> dict[str, Any]:
    """What is known without opening it, see `memory_facts`."""
    return _facts(str(desk.board), desk)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=MOST_KEPT, show_spinner=False)
def _facts(path: str, _desk: Desk) -> dict[str, Any]:
    del path
    return memory_facts(_desk.reader, settings=_desk.settings, now=time.time())


def _heard(errand: Errand, *, desk: Desk) -> Heard:
    try:
        return Heard(sent(errand, on=desk))
    except (DavidAgentError, OSError) as error:
        return Heard(error=str(error))
