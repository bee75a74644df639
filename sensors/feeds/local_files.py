"""Feeds in local files: the operator's own configuration may name one; a redirect never can."""

import asyncio
import os
from pathlib import Path
from stat import S_ISREG
from typing import Final
from urllib.parse import unquote, urlsplit

from daemon.core.errors import PermanentError
from sensors.web.bodies import BodyTooLargeError
from sensors.web.fetching import Fetched
from sensors.web.headers import Validators, http_date_of

# Without O_NONBLOCK, opening a pipe would wait for somebody who writes to it.
_PLAIN: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def local_path(address: str) -> Path | None:
    """The path that a `file:` URL or a plain path names; None for an address on the network."""
    if address.lower().startswith("file:"):
        parts = urlsplit(address)
        return Path(unquote(parts.path)) if parts.netloc in {"", "localhost"} else None
    if "://" in address:
        return None
    # `Path.expanduser` raises for the home of somebody who is not there; such a file is not there either.
    return Path(os.path.expanduser(address))  # noqa: PTH111 - leaves alone what it does not know


async def read_file(path: Path, *, validators: Validators, limit: int) -> Fetched:
    """The file's bytes, or 304 when neither its time nor its size has changed. Raises `PermanentError`."""
    return await asyncio.to_thread(_read, path, validators, limit)


def _read(path: Path, validators: Validators, limit: int) -> Fetched:
    try:
        handle = os.open(path, _PLAIN)
        try:
            return _answer(handle, path, validators=validators, limit=limit)
        finally:
            os.close(handle)
    except FileNotFoundError as error:
        raise PermanentError(f"there is no file {path}; an address on the web begins with https://") from error
    except OSError as error:
        raise PermanentError(f"{path} cannot be read: {error.strerror or error}") from error


def _answer(handle: int, path: Path, *, validators: Validators, limit: int) -> Fetched:
    stat = os.fstat(handle)
    if not S_ISREG(stat.st_mode):
        raise PermanentError(f"{path} is not a file")
    tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    headers = {"etag": tag, "last-modified": http_date_of(stat.st_mtime)}
    if validators.etag == tag:
        return Fetched(status=304, url=path.absolute().as_uri(), headers=headers)
    if stat.st_size > limit:
        raise BodyTooLargeError(f"{path} is {stat.st_size:,} bytes, more than {limit:,} (sensors.max_body)")
    # No more than it has: what the kernel makes up while it is read (/proc) says it has nothing, and may never end.
    with os.fdopen(handle, "rb", closefd=False) as file:
        body = file.read(stat.st_size)
    return Fetched(status=200, url=path.absolute().as_uri(), headers=headers, body=body)
