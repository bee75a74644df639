"""The lock file: who the board's one writer is.

The lock is the system's (`flock`), so it ends with the process, however that ends. The text in the file only tells
others whom they would have to ask.
"""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from daemon.blackboard.sqlite.faults import translated
from daemon.core.errors import BlackboardError, WriterLockedError

LOCK_NAME = "blackboard.lock"
_TRIES = 10
_PAUSE_SECONDS = 0.01
_TEXT_BYTES = 1024
_HELD: set[int] = set()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who the writer is. `address` is where its HTTP listener is (`http://127.0.0.1:8787`), None when it has none."""

    pid: int | None = None
    boot_id: str | None = None
    started_at: float | None = None
    address: str | None = None


class WriterLock:
    """The lock on one home, held from `take` to `free`."""

    def __init__(self, descriptor: int, holder: Holder) -> None:
        self._descriptor = descriptor
        self._holder = holder

    @classmethod
    def take(cls, home: Path, holder: Holder) -> "WriterLock":
        """Become the writer. Raises `WriterLockedError` (pid, address) when another process is."""
        path = home / LOCK_NAME
        with translated(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        # A reader of the lock holds it for an instant, so one refusal says nothing yet.
        for _ in range(_TRIES):
            if _try_lock(descriptor, fcntl.LOCK_EX):
                break
            time.sleep(_PAUSE_SECONDS)
        else:
            found = _read(descriptor)
            os.close(descriptor)
            raise WriterLockedError(_sentence(home, found), pid=found.pid, address=found.address)
        _HELD.add(descriptor)
        lock = cls(descriptor, holder)
        lock._write()
        return lock

    def set_address(self, address: str | None) -> None:
        """Tell others where the writer listens."""
        held = self._holder
        self._holder = Holder(pid=held.pid, boot_id=held.boot_id, started_at=held.started_at, address=address)
        self._write()

    def free(self) -> None:
        """Stop being the writer. The file stays: removing it would let two writers hold two files of one name."""
        if self._descriptor in _HELD:
            _HELD.discard(self._descriptor)
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)

    def _write(self) -> None:
        # Of one length and in one write, so that who reads meanwhile sees the old text or the new one.
        os.pwrite(self._descriptor, json.dumps(asdict(self._holder)).encode().ljust(_TEXT_BYTES), 0)


def read_holder(home: Path) -> Holder | None:
    """Who the writer of this home is, or None when there is none. Opens the lock file only, never the board.

    Raises `BoardReadOnlyError` when the file may not be read.
    """
    path = home / LOCK_NAME
    try:
        with translated(path):
            descriptor = os.open(path, os.O_RDONLY)
    except BlackboardError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            return None
        raise
    try:
        return None if _try_lock(descriptor, fcntl.LOCK_SH) else _read(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> Holder:
    try:
        told = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(**{name: told.get(name) for name in Holder.__dataclass_fields__})
    except (ValueError, AttributeError):
        return Holder()


def _sentence(home: Path, found: Holder) -> str:
    who = f"process {found.pid}" if found.pid else "another process"
    where = f", reached at {found.address}" if found.address else ""
    return f"the board in {home} is written by {who}{where}; act through it, or stop it first"


def _forget_in_child() -> None:
    """A forked child shares the lock and would keep it after its parent's death."""
    for descriptor in _HELD:
        os.close(descriptor)
    _HELD.clear()


os.register_at_fork(after_in_child=_forget_in_child)
