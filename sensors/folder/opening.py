"""The bytes of one file of a watched folder, and of nothing else: no link is followed on the way, no pipe opened."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from daemon.core.errors import SensorError
from sensors.folder.fingerprints import fingerprint

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a pipe that took the file's place would wait for somebody who writes to it.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_PIECE_BYTES: Final = 1 << 20


class ChangingError(SensorError):
    """The file was changed while it was read."""


class DiskError(SensorError):
    """The disk fails, or the system is short of something; another try may go well."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes and their SHA-256, in hexadecimal."""

    body: bytes
    digest: str


def read_content(folder: Path, name: str, *, limit: int, seen: bytes | None = None) -> Content:
    """Read the file at `name` within the folder; `seen` is the fingerprint it had when the folder was looked through.

    Many files are read after one look, so that somebody may have begun to write to it since: half of it is no news.

    Raises `ChangingError`, `DiskError`, or `SensorError` for what cannot be read until it is changed.
    """
    try:
        handle = _open(folder, name)
    except OSError as error:
        raise _in_words(error) from error
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise SensorError("it is no regular file any more")
        if seen is not None and fingerprint(name, before) != seen:
            raise ChangingError
        body = _read(handle, limit=limit)
        after = os.fstat(handle)
    except OSError as error:
        raise _in_words(error) from error
    finally:
        os.close(handle)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(body) != after.st_size:
        raise ChangingError
    return Content(body, hashlib.sha256(body).hexdigest())


def _open(folder: Path, name: str) -> int:
    """Every folder on the way is opened by itself, so that none of them can be a link that leads elsewhere."""
    *inner, last = name.split("/")
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for one in inner:
            deeper = os.open(one, _FOLDER, dir_fd=at)
            os.close(at)
            at = deeper
        return os.open(last, _FILE, dir_fd=at)
    finally:
        os.close(at)


def _read(handle: int, *, limit: int) -> bytes:
    body = bytearray()
    while piece := os.read(handle, _PIECE_BYTES):
        body += piece
        if len(body) > limit:
            raise SensorError(f"it is more than {limit:,} bytes (sensors.folders.max_file)")
    return bytes(body)


def _in_words(error: OSError) -> SensorError:
    if isinstance(error, FileNotFoundError):
        return ChangingError("it was gone when it was to be read")
    if isinstance(error, PermissionError):
        return SensorError("reading it is not permitted")
    if isinstance(error, NotADirectoryError | IsADirectoryError) or error.errno == errno.ELOOP:
        return ChangingError("something else has taken its place")
    return DiskError(f"it cannot be read: {error.strerror or error}")
