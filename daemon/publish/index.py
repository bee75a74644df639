"""What the index of pages shows of each, and reading it back from the pages after a restart."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

from daemon.core.errors import PublishError
from daemon.publish.base import Post

_PAGE = re.compile(r"\d{4}-\d{2}-\d{2}-.+\.html")
_HEAD_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the index. `file` is the page's name, `at` epoch seconds."""

    file: str
    title: str
    summary: str
    at: float
    source: str
    language: str


def listed_post(post: Post, *, file: str) -> Listed:
    """The line of a post."""
    return Listed(
        file=file,
        title=post.title,
        summary=post.summary,
        at=post.published_at,
        source=post.source or "",
        language=post.language,
    )


def listed_from_folder(folder: Path, *, limit: int) -> Sequence[Listed]:
    """The lines of the newest pages in the folder, by the day in their name. Blocks.

    A page that is not ours, or whose head a person has broken, is left out. Raises `PublishError` when the folder
    cannot be read.
    """
    try:
        pages = sorted((page for page in folder.iterdir() if _PAGE.fullmatch(page.name)), reverse=True)
        listed = (_listed_from_page(page) for page in pages[:limit])
        return [entry for entry in listed if entry is not None]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PublishError(f"{folder} cannot be read: {error.strerror or error}") from error


def _listed_from_page(page: Path) -> Listed | None:
    with page.open("rb") as file:
        head = _Head()
        head.feed(file.read(_HEAD_BYTES).decode(errors="replace").partition("<style>")[0])
    try:
        at = datetime.fromisoformat(head.metas.get("date", "")).timestamp()
    except ValueError:
        return None
    return Listed(
        file=page.name,
        title=head.title,
        summary=head.metas.get("description", ""),
        at=at,
        source=head.metas.get("source", ""),
        language=head.language,
    )


class _Head(HTMLParser):
    """Collects language, title and named metas of a page's head."""

    def __init__(self) -> None:
        super().__init__()
        self.language = "und"
        self.title = ""
        self.metas: dict[str, str] = {}
        self._is_in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._is_in_title = tag == "title"
        if tag == "html":
            self.language = values.get("lang") or "und"
        elif tag == "meta" and (name := values.get("name")):
            self.metas[name] = values.get("content") or ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the signature is the base class's
        self._is_in_title = False

    def handle_data(self, data: str) -> None:
        if self._is_in_title:
            self.title += data
