"""The program put together. Each name loads on first use, so that a small command stays quick."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daemon.app.board import open_engine, open_memory, rebuild_memory
    from daemon.app.running import run_daemon, run_demo, run_once
    from daemon.runtime.reports import DemoReport, OnceReport

__all__ = [
    "DemoReport",
    "OnceReport",
    "open_engine",
    "open_memory",
    "rebuild_memory",
    "run_daemon",
    "run_demo",
    "run_once",
]

_HOMES = {
    "DemoReport": "daemon.runtime.reports",
    "OnceReport": "daemon.runtime.reports",
    "open_engine": "daemon.app.board",
    "open_memory": "daemon.app.board",
    "rebuild_memory": "daemon.app.board",
    "run_daemon": "daemon.app.running",
    "run_demo": "daemon.app.running",
    "run_once": "daemon.app.running",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
