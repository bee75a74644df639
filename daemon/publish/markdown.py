"""Posts as Markdown files with YAML front matter that Hugo and Obsidian read."""

import asyncio
import re
from pathlib import Path
from typing import Any

import yaml

from daemon.core.clock import iso
from daemon.publish.base import Post
from daemon.publish.files import is_there, write_atomically
from daemon.publish.names import stem_of
from daemon.publish.rendering import closing_markdown
from daemon.publish.words import words_for

_SUFFIX = ".md"


class MarkdownSink:
    """A folder with a file per post, `2026-11-20-title-id.md`; the same post has the same name always."""

    name = "markdown"
    can_look_up = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def look_up(self, post: Post, *, key: str) -> str | None:  # noqa: ARG002 - the item id is the key here
        """The path of the post's file, or None."""
        path = self._path(post)
        return str(path) if await asyncio.to_thread(is_there, path) else None

    async def send(self, post: Post, *, key: str) -> str:  # noqa: ARG002 - the item id is the key here
        """Write the file, or leave the one that is there, and answer its path."""
        return str(await asyncio.to_thread(self._write, post))

    async def flush(self) -> None:
        """Nothing is ever put off."""

    async def close(self) -> None:
        """Nothing is open."""

    def _write(self, post: Post) -> Path:
        path = self._path(post)
        if not is_there(path):  # a file that is there is whole; a person may have edited it since
            write_atomically(path, markdown_document(post))
        return path

    def _path(self, post: Post) -> Path:
        return self._folder / f"{stem_of(post)}{_SUFFIX}"


def markdown_document(post: Post) -> str:
    """The whole file: front matter, body, closing lines."""
    matter = yaml.dump(_front_matter(post), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**20)
    parts = [f"---\n{matter}---", post.body.strip(), closing_markdown(post)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _front_matter(post: Post) -> dict[str, Any]:
    matter = {
        "title": post.title,
        "date": _Timestamp(iso(post.published_at)),
        "description": post.summary,
        "source": post.source,
        "link": post.link,
        "source_date": None if post.source_date is None else _Timestamp(iso(post.source_date)),
        "author": post.author,
        "tags": [_tag(tag) for tag in post.tags],
        "language": post.language,
        "item_id": post.item_id,
        "models": list(post.models),
        "digest": post.is_digest,
        "digest_label": words_for(post.language).digest if post.is_digest else None,
        "evidence": [{"sentence": claim.sentence, "source": claim.source} for claim in post.claims],
    }
    known = {key: value for key, value in matter.items() if value is not None and value != ""}
    return known | {"cost_usd": post.cost_usd}  # null says: the price is not known


def _tag(tag: str) -> str:
    """The tag as Obsidian takes it: no blanks, nothing but letters, digits, `-`, `_` and `/`, and not only digits."""
    word = "".join(c for c in re.sub(r"\s+", "-", tag) if c.isalnum() or c in "-_/").strip("-/")
    return f"{word}-" if word.isdigit() else word


class _Timestamp(str):
    """An ISO time that stands unquoted in YAML, as Hugo and Obsidian like it."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Block style, indented lists, and quotes wherever any YAML reader might see something else than text."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the signature is PyYAML's
        super().increase_indent(flow, indentless=False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML quotes by YAML 1.1 only: an id such as 06e2345678901 would stand bare, and be a float to Hugo.
    style = '"' if re.match(r"[\d.+-]", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_time(dumper: yaml.SafeDumper, time: _Timestamp) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", str(time))


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(_Timestamp, _represent_time)
