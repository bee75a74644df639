"""Files that appear whole or not at all."""

import os
from pathlib import Path

from daemon.core.errors import OutcomeUnknownError, PublishError


def write_atomically(path: Path, content: str) -> None:
    """Write UTF-8 text so that a reader, or a crash, sees the old file or the new one, never a part.

    The temporary file stands in the same folder under a name of its own that a second try overwrites, so a crash
    leaves no litter that grows. Blocks; run it in a thread. Raises `PublishError` when the file is certainly not
    there, `OutcomeUnknownError` when it is but may not survive a power cut.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_through(temporary, content.encode(errors="replace"))
        temporary.replace(path)
    except OSError as error:
        _forget(temporary)
        raise PublishError(f"{path} cannot be written: {_why(error)}") from error
    try:
        _sync_folder(path.parent)
    except OSError as error:
        raise OutcomeUnknownError(f"{path} is written but its folder cannot be synced: {_why(error)}") from error


def read_if_there(path: Path) -> str | None:
    """The file's text, or None when there is none. Raises `PublishError` when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PublishError(f"{path} cannot be read: {_why(error)}") from error


def is_there(path: Path) -> bool:
    """Whether the file exists; False also when that cannot be seen (then the write that follows says why)."""
    try:
        return path.exists()
    except OSError:
        return False


def _write_through(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        return  # the folder is gone or read-only: then there is nothing of ours in it


def _why(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return reason[:1].lower() + reason[1:]
