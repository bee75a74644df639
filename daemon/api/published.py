"""Published files over HTTP: whole, told apart by their ETag, and none that lies elsewhere."""

import errno
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path

from fastapi import Request, Response

from daemon.core.errors import NotFoundError, PublishError
from daemon.publish.locations import ATOM_FILE

INDEX = "index.html"
_HTML = ".html"
_DATED = re.compile(r"\d{4}-\d\d-\d\d-(.+\.html)")
_TYPES = {_HTML: "text/html; charset=utf-8", ".atom": "application/atom+xml; charset=utf-8"}
_NOT_THERE = frozenset(
    {errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ENXIO}
)
# A page has its style inside and nothing else; a person may have added pictures to it.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file as it was read."""

    content: bytes
    media_type: str
    etag: str
    changed_at: int
    """Epoch seconds."""


def read_published(folder: Path, name: str) -> PublishedFile:
    """A page or the feed of this folder. Blocks. Raises `NotFoundError` for every other name, and what is no file.

    A link is not followed: it may lead anywhere.
    """
    kind = _TYPES.get(Path(name).suffix)
    if kind is None or not _is_published_name(name):
        raise _no_post(name)
    try:
        content, facts = _read(folder / name)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in _NOT_THERE:
            raise PublishError(f"the post {name} cannot be read: {error.strerror}") from error
        raise _no_post(name) from error
    etag = f'"{facts.st_mtime_ns:x}-{len(content):x}"'
    return PublishedFile(content, kind, etag, int(facts.st_mtime))


def dated_name(folder: Path, slug_name: str) -> str:
    """The name of the page `2026-11-20-slug.html` that is asked for as `slug.html`. Blocks.

    Who knows a post from its event knows its slug, not the day under which its page lies. Raises `NotFoundError`.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            dated = _DATED.fullmatch(entry.name)
            if dated and dated[1] == slug_name:
                return entry.name
    raise _no_post(slug_name)


def answer_with(file: PublishedFile, request: Request) -> Response:
    """The file, or 304 when the caller has it."""
    headers = {
        "ETag": file.etag,
        "Last-Modified": formatdate(file.changed_at, usegmt=True),
        "Cache-Control": "private, no-cache",
    }
    if _has_it(request, file):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Security-Policy"] = _POLICY
    return Response(file.content, media_type=file.media_type, headers=headers)


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise IsADirectoryError(errno.EISDIR, "no file", path)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(), facts
    finally:
        os.close(descriptor)


def _is_published_name(name: str) -> bool:
    """A page's, or the feed's; hidden files are half-written ones."""
    is_plain = "/" not in name and "\\" not in name and not name.startswith(".")
    return is_plain and (name == ATOM_FILE or name.endswith(_HTML))


def _has_it(request: Request, file: PublishedFile) -> bool:
    if (known := request.headers.get("if-none-match")) is not None:
        tags = [one.strip().removeprefix("W/") for one in known.split(",")]
        return "*" in tags or file.etag in tags
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
        return file.changed_at <= since.timestamp()
    except (ValueError, OverflowError):
        return False


def _no_post(name: str) -> NotFoundError:
    return NotFoundError(f"there is no post {name}")
