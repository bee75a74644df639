"""What goes wrong in a page is one sentence on it, never a stack trace; the others go on."""

import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import streamlit as st

from daemon.core.errors import (
    BoardBusyError,
    ConfigError,
    CorruptBoardError,
    DavidAgentError,
    ForeignBoardError,
    NotFoundError,
    OldBoardError,
)
from daemon.core.redaction import scrub_text
from dashboard.desk import desk
from dashboard.figures import plain
from dashboard.texts import t

_CALM: Final[Mapping[type[DavidAgentError], str]] = {
    OldBoardError: "fault.old_board",
    BoardBusyError: "fault.busy_board",
}
"""What passes by itself."""
_LOUD: Final[Mapping[type[DavidAgentError], str]] = {
    ForeignBoardError: "fault.foreign_board",
    CorruptBoardError: "fault.corrupt_board",
    ConfigError: "fault.config",
}


@contextmanager
def told_faults() -> Iterator[None]:
    """Say what failed inside in one sentence. What Streamlit itself throws to end or repeat a run passes."""
    try:
        yield
    except DavidAgentError as error:
        _tell(error)
    except Exception as error:  # noqa: BLE001 - the outermost place of a page: the rest of it must stay usable
        sys.stderr.write(scrub_text(traceback.format_exc()))
        st.error(t("fault.ours", why=plain(f"{type(error).__name__}: {scrub_text(str(error))}")))


def _tell(error: DavidAgentError) -> None:
    if isinstance(error, NotFoundError) and not desk().reader.exists:
        st.info(t("fault.no_board"))
    elif type(error) in _CALM:
        st.info(t(_CALM[type(error)]))
    else:
        # It may quote what stands in the address, which a stranger's link may have filled.
        st.error(t(_LOUD.get(type(error), "fault.other"), why=plain(scrub_text(str(error)))))
