"""`python -m dashboard.serving run …`: Streamlit, ended with whoever started it, however that ended.

Who starts it holds the other end of its standard input, and says nothing there.
"""

import logging
import os
import signal
import sys
import threading
from importlib import import_module
from typing import BinaryIO, Final

_SLOW: Final = ("altair", "pandas", "dashboard.overview.desk_now", "dashboard.control.level")
_GONE: Final = "WebSocketDisconnected"


def main() -> None:
    """Serve until the end."""
    threading.Thread(target=end_with, args=(sys.stdin.buffer,), name="starter", daemon=True).start()
    threading.Thread(target=warm, name="warming", daemon=True).start()
    logging.getLogger("uvicorn.error").addFilter(is_worth_telling)
    from streamlit.web.cli import main as streamlit

    streamlit(prog_name="streamlit")


def end_with(starter: BinaryIO) -> None:
    """Wait until the starter is gone, then stop softly."""
    starter.read()
    os.kill(os.getpid(), signal.SIGTERM)


def warm() -> None:
    """Load what the first visitor would wait for."""
    for name in _SLOW:
        import_module(name)


def is_worth_telling(record: logging.LogRecord) -> bool:
    """A browser that leaves is none: Streamlit then closes what is closed, and its server writes a traceback."""
    fault = record.exc_info[0] if isinstance(record.exc_info, tuple) else None
    return fault is None or fault.__name__ != _GONE


if __name__ == "__main__":
    main()
