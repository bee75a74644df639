"""`python -m dashboard.serving run …`: Streamlit, ended with whoever started it, however that ended.

Who starts it holds the other end of its standard input, and says nothing there.
"""

import gc
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from io import FileIO
from pkgutil import walk_packages
from typing import Final

import dashboard

_SLOW: Final = ("altair", "pandas")
_SCRIPTS: Final = ("dashboard.app", "dashboard.serving", "dashboard.views")
"""Run by Streamlit for each visitor, not imported."""
_GONE: Final = "WebSocketDisconnected"
BEHIND: Final = 5
"""How far behind the daemon it stands where both want the same processor: pages can wait a moment, the work goes on."""


def main() -> None:
    """Serve until the end."""
    os.nice(BEHIND)
    # Past the buffer: its lock would be held when the interpreter ends, which Python takes for a fatal error.
    starter = FileIO(sys.stdin.fileno(), closefd=False)
    threading.Thread(target=end_with, args=(starter,), name="starter", daemon=True).start()
    load()
    logging.getLogger("uvicorn.error").addFilter(is_worth_telling)
    from streamlit.web.cli import main as streamlit

    threading.Thread(target=count_ahead, name="counting", daemon=True).start()
    spare_the_collector()
    streamlit(prog_name="streamlit")


def count_ahead() -> None:
    """Count the items before the first visitor asks: a million of them, from a disk that was not read, take seconds."""
    from daemon.blackboard.reading.desk_overview import read_states
    from daemon.core.errors import DavidAgentError
    from dashboard.desk import desk

    # What is wrong with the settings or the board, the pages say.
    with suppress(DavidAgentError, OSError):
        read_states(desk().board)


def spare_the_collector() -> None:
    """Take what is loaded out of every later collection: Streamlit collects all of it after each run of a script.

    That took a tenth of a second of processor time, twenty times what a refreshed part takes by itself.
    """
    gc.collect()
    gc.freeze()


def end_with(starter: FileIO) -> None:
    """Wait until the starter is gone, then stop softly."""
    starter.read()
    os.kill(os.getpid(), signal.SIGTERM)


def load() -> None:
    """Import everything before the first visitor comes.

    Each session runs in a thread of its own; where two import modules that import each other, Python hands one of them
    a module that is half made, and its visitor would see an error.
    """
    ours = (found.name for found in walk_packages(dashboard.__path__, "dashboard."))
    cache = logging.getLogger("streamlit.runtime.caching.cache_data_api")
    cache.addFilter(_tells_nothing)
    for name in (*_SLOW, *ours):
        if not name.startswith(_SCRIPTS):
            import_module(name)
    cache.removeFilter(_tells_nothing)


def _tells_nothing(_: logging.LogRecord) -> bool:
    """A cache made before the server is, works; Streamlit warns all the same."""
    return False


def is_worth_telling(record: logging.LogRecord) -> bool:
    """A browser that leaves is none: Streamlit then closes what is closed, and its server writes a traceback."""
    fault = record.exc_info[0] if isinstance(record.exc_info, tuple) else None
    return fault is None or fault.__name__ != _GONE


if __name__ == "__main__":
    main()
