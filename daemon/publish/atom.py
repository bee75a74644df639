"""The Atom feed: the newest posts in one file, rewritten at most once a second."""

import asyncio
import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path

from daemon.core.clock import Clock, iso
from daemon.core.settings.models import AtomSettings
from daemon.publish.base import Post
from daemon.publish.files import read_if_there, write_atomically
from daemon.publish.names import stem_of
from daemon.publish.rendering import body_html, closing_html
from daemon.publish.rewriting import Rewriting

_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_IDS = uuid.UUID("6f0c3f0a-7a0e-5f0e-9d5b-0d3f9a1c2b44")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Recent = Callable[[int], Sequence[Post]]


class AtomSink:
    """One feed file. The board is its memory: `recent(limit)` answers the newest posts that were sent here.

    `recent` is called once, in a thread, before the first use. The file follows a `send` within a second; whatever a
    crash kept back is in `recent` at the next start, and `flush` then brings the file up to date.
    """

    name = "atom"
    can_look_up = True

    def __init__(self, file: Path, *, settings: AtomSettings, recent: Recent, clock: Clock) -> None:
        self._file = file
        self._settings = settings
        self._recent = recent
        self._clock = clock
        self._posts: dict[str, Post] | None = None
        self._loading = asyncio.Lock()
        self._rewriting = Rewriting(self._write, clock=clock)

    async def look_up(self, post: Post, *, key: str) -> str | None:  # noqa: ARG002 - the item id is the key here
        """The entry's place in the feed, or None: then sending again changes nothing for readers, as ids are stable."""
        return self._location(post) if post.item_id in await self._loaded() else None

    async def send(self, post: Post, *, key: str) -> str:  # noqa: ARG002 - the item id is the key here
        """Take the post into the feed (again: in its old place)."""
        (await self._loaded())[post.item_id] = post
        try:
            await self._rewriting.changed()
        except BaseException:
            (await self._loaded()).pop(post.item_id, None)  # not sent is not to appear later
            raise
        return self._location(post)

    async def flush(self) -> None:
        """Write what was put off; at the first call also what a crash kept back."""
        if self._posts is None:
            await self._loaded()
            await self._rewriting.changed()
        await self._rewriting.flush()

    async def close(self) -> None:
        """Flush, and end the timer."""
        await self._rewriting.close()

    async def _loaded(self) -> dict[str, Post]:
        async with self._loading:
            if self._posts is None:
                posts = await asyncio.to_thread(self._recent, self._settings.limit)
                self._posts = {post.item_id: post for post in posts}
            return self._posts

    async def _write(self) -> None:
        posts = _newest(await self._loaded(), limit=self._settings.limit)
        self._posts = {post.item_id: post for post in posts}
        await asyncio.to_thread(self._write_file, posts)

    def _write_file(self, posts: Sequence[Post]) -> None:
        updated_at = posts[0].published_at if posts else self._clock.now()
        document = atom_document(posts, settings=self._settings, file=self._file, updated_at=updated_at)
        if not (posts and read_if_there(self._file) == document):
            write_atomically(self._file, document)

    def _location(self, post: Post) -> str:
        return f"{self._file}#{entry_id(post.item_id)}"


def entry_id(item_id: str) -> str:
    """The entry's id for ever: a `urn:uuid:` made from the item id."""
    return uuid.uuid5(_IDS, item_id).urn


def atom_document(posts: Sequence[Post], *, settings: AtomSettings, file: Path, updated_at: float) -> str:
    """The feed as XML text, entries in the order given."""
    base = settings.base_url.rstrip("/") if settings.base_url else None
    feed = ET.Element("feed", xmlns=_NAMESPACE)
    _add(feed, "title", settings.title)
    _add(feed, "id", uuid.uuid5(_IDS, f"feed:{base or file.resolve()}").urn)
    _add(feed, "updated", str(iso(updated_at)))
    _add(ET.SubElement(feed, "author"), "name", settings.author)
    _add(feed, "generator", "DavidAgent")
    if base:
        ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=f"{base}/{file.name}")
        ET.SubElement(feed, "link", rel="alternate", type="text/html", href=f"{base}/")
    for post in posts:
        _add_entry(feed, post, base=base)
    ET.indent(feed)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(feed, encoding="unicode")}\n'


def _add_entry(feed: ET.Element, post: Post, *, base: str | None) -> None:
    entry = ET.SubElement(feed, "entry", {_LANG: post.language})
    _add(entry, "title", post.title)
    _add(entry, "id", entry_id(post.item_id))
    _add(entry, "published", str(iso(post.published_at)))
    _add(entry, "updated", str(iso(post.published_at)))
    _add_links(entry, post, base=base)
    for tag in post.tags:
        ET.SubElement(entry, "category", term=_valid(tag))
    if post.summary:
        _add(entry, "summary", post.summary)
    _add(entry, "content", f"{body_html(post.body)}{closing_html(post)}").set("type", "html")


def _add_links(entry: ET.Element, post: Post, *, base: str | None) -> None:
    """The page where there is one, and the source as `via`; else the source alone."""
    if base:
        ET.SubElement(entry, "link", rel="alternate", type="text/html", href=f"{base}/{stem_of(post)}.html")
    if post.link:
        ET.SubElement(entry, "link", rel="via" if base else "alternate", href=post.link)


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = _valid(text)
    return element


def _valid(text: str) -> str:
    """The text without the characters XML 1.0 cannot hold."""
    return _NOT_XML.sub("", text)


def _newest(posts: dict[str, Post], *, limit: int) -> list[Post]:
    return sorted(posts.values(), key=lambda post: (post.published_at, post.item_id), reverse=True)[:limit]
