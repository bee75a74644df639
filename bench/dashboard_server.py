"""The dashboard itself, as `davidagent dashboard` starts it, for a bench; and what its process holds."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from daemon.cli.dashboard import running_dashboard
from daemon.core.settings.loading import load_settings

_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running dashboard."""

    origin: str
    process: psutil.Process


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a process holds at one moment."""

    megabytes: float
    """Of its own, in memory (USS)."""
    threads: int
    files: int
    """Open file descriptors of all kinds."""
    boards: int
    """Of them, on the board."""


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """The dashboard of a home on a free port, until the end."""
    port = free_port()
    dashboard = {"host": "127.0.0.1", "port": port}
    overrides = {"home": str(home), "dashboard": dashboard, "log": {"level": "warning"}}
    loaded = load_settings(config=None, environ={}, cwd=home, overrides=overrides)
    with running_dashboard(loaded) as process:
        origin = f"http://127.0.0.1:{port}"
        wait_until_it_answers(origin)
        yield Served(origin, psutil.Process(process.pid))


def holdings_of(process: psutil.Process) -> Holdings:
    """Look at it."""
    kinds = Counter("board" if "blackboard.db" in one.path else "other" for one in process.open_files())
    memory = process.memory_full_info().uss / 1e6
    return Holdings(round(memory, 1), process.num_threads(), process.num_fds(), kinds["board"])


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_it_answers(origin: str) -> None:
    """Until Streamlit says that it is well. Raises `TimeoutError`."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{origin}/_stcore/health", trust_env=False).status_code == httpx2.codes.OK:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise TimeoutError(f"no dashboard at {origin}")
