"""Who owns the embedded store: exactly one process, or the files get damaged (Chroma locks nothing itself)."""

import fcntl
import os
from pathlib import Path

from daemon.core.errors import ConnectionFaultError


class Ownership:
    """A lock file that the operating system frees when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "owner.lock"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Become the owner, or stay it. Raises `ConnectionFaultError` naming the process that is."""
        if self._descriptor is not None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise ConnectionFaultError(f"another process ({owner}) owns {self._file.parent}") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor

    def give_up(self) -> None:
        """Free it. The file stays: deleting it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
