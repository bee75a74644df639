"""A real Chroma server on loopback, to be killed and started again; and one that accepts and never answers."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

_STARTING_SECONDS = 60.0


def require_chroma() -> None:
    """Skip at home when the package is missing; fail in CI, where nothing may be skipped in silence."""
    if os.environ.get("CI"):
        __import__("chromadb")
    else:
        pytest.importorskip("chromadb", reason="chromadb is not installed (davidagent[memory])")


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ChromaServer:
    """`chroma run` on a port of its own that stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, *, folder: Path | None = None) -> None:
        """Start on the same folder as before, or another, and wait until it answers."""
        command = [
            str(Path(sys.executable).with_name("chroma")),
            "run",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        self._process = subprocess.Popen(
            [*command, "--path", str(folder or self._folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + _STARTING_SECONDS
        while not self._answers():
            if time.monotonic() > end or self._process.poll() is not None:
                pytest.fail("the Chroma server did not start")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(timeout=10)
            self._process = None

    def freeze(self) -> None:
        """Stop it in mid-run: its connections stay open and nothing answers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/api/v2/heartbeat", timeout=1) as response:  # noqa: S310 - loopback
                return bool(response.status == 200)
        except (URLError, OSError):
            return False


class SilentServer:
    """Accepts connections (the kernel does) and never answers."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(64)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        """Stop listening; what waits gets a reset."""
        self._socket.close()
