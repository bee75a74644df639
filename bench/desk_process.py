"""The real program as a process, with the times of its start and the memory it holds."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from daemon.blackboard import read_holder
from daemon.blackboard.reading import BoardReader

PATIENCE_SECONDS = 60.0
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a working process: seconds since its start, items published, megabytes held and in the log."""

    seconds: float
    published: int
    resident_mb: float
    log_mb: float


class DeskProcess:
    """`davidagent COMMAND` on one home; `ready_seconds` and `healthy_seconds` count from the start of the process."""

    def __init__(self, config: Path, *, home: Path, command: str = "run") -> None:
        self._config = config
        self._home = home
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self.ready_seconds = 0.0
        self.healthy_seconds = 0.0

    def start(self) -> None:
        """Start it, without waiting."""
        self._launch({})

    def start_and_wait(self) -> None:
        """Start it and wait for READY, as systemd would be told, and for the first answer of its API."""
        address = self._config.with_name("notify.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as service_manager:
            service_manager.bind(str(address))
            service_manager.settimeout(PATIENCE_SECONDS)
            self._launch({"NOTIFY_SOCKET": str(address)})
            while b"READY=1" not in service_manager.recv(4096):
                pass
        self.ready_seconds = time.perf_counter() - self._started
        address.unlink()
        self._check_health()
        self.healthy_seconds = time.perf_counter() - self._started

    def sample(self) -> Sample:
        """What it has done and holds now."""
        board = BoardReader(self._home / "blackboard.db")
        log = board.path.with_name(f"{board.path.name}-wal")
        return Sample(
            seconds=round(time.perf_counter() - self._started, 2),
            published=board.counts()["PUBLISHED"],
            resident_mb=round(psutil.Process(self._pid).memory_info().rss / MEGABYTE, 1),
            log_mb=round(log.stat().st_size / MEGABYTE, 1) if log.exists() else 0.0,
        )

    def watch(self, *, seconds: float, every: float = 1.0) -> list[Sample]:
        """Samples over a while."""
        samples, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(every)
            samples.append(self.sample())
        return samples

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _launch(self, environ: dict[str, str]) -> None:
        self._started = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "daemon", "--config", self._config, self._command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if self._command == "once" else None,
            env={**os.environ, **environ},
        )

    def _check_health(self) -> None:
        holder = read_holder(self._home)
        assert holder is not None
        httpx2.get(f"{holder.address}/api/health", trust_env=False).raise_for_status()

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(timeout=PATIENCE_SECONDS)
