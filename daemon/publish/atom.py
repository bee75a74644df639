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
    """One feed file. After a restart it is made from the board and from what the file holds already.

    `recent(limit)` answers the newest published posts; it is called once, in a thread, before the first use. It tells
    what a crash kept from the file, and the file keeps the entries of items that the board has not finished yet. The
    file follows a `send` within a second; the first `flush` brings it up to date in any case.
    """

    name = "atom"
    can_look_up = True

    def __init__(self, file: Path, *, settings: AtomSettings, recent: Recent, clock: Clock) -> None:
        self._file = file
        self._settings = settings
        self._recent = recent
        self._clock = clock
        self._base = settings.base_url.rstrip("/") if settings.base_url else None
        self._entries: dict[str, ET.Element] | None = None
        self._loading = asyncio.Lock()
        self._rewriting = Rewriting(self._write, clock=clock)

    async def look_up(self, post: Post, *, key: str) -> str | None:  # noqa: ARG002 - the item id is the key here
        """The entry's place in the feed, or None: then sending again changes nothing for readers, as ids are stable."""
        return self._location(post) if entry_id(post.item_id) in await self._loaded() else None

    async def send(self, post: Post, *, key: str) -> str:  # noqa: ARG002 - the item id is the key here
        """Take the post into the feed (again: in its old place)."""
        id_ = entry_id(post.item_id)
        (await self._loaded())[id_] = entry_of(post, base=self._base)
        try:
            await self._rewriting.changed()
        except BaseException:
            (await self._loaded()).pop(id_, None)  # not sent is not to appear later
            raise
        return self._location(post)

    async def flush(self) -> None:
        """Write what was put off; at the first call also what a crash kept back."""
        await self._loaded()
        await self._rewriting.flush()

    async def close(self) -> None:
        """Flush, and end the timer."""
        await self._rewriting.close()

    async def _loaded(self) -> dict[str, ET.Element]:
        async with self._loading:
            if self._entries is None:
                self._entries = await asyncio.to_thread(self._load)
                self._rewriting.touch()
            return self._entries

    def _load(self) -> dict[str, ET.Element]:
        posts = self._recent(self._settings.limit)
        return entries_in(read_if_there(self._file) or "") | {
            entry_id(post.item_id): entry_of(post, base=self._base) for post in posts
        }

    async def _write(self) -> None:
        newest = sorted((await self._loaded()).items(), key=_newness, reverse=True)[: self._settings.limit]
        self._entries = dict(newest)
        await asyncio.to_thread(self._write_file, list(self._entries.values()))

    def _write_file(self, entries: Sequence[ET.Element]) -> None:
        feed = self._frame(str(entries[0].findtext("updated")) if entries else str(iso(self._clock.now())))
        feed.extend(entries)
        ET.indent(feed)
        document = f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(feed, encoding="unicode")}\n'
        if not (entries and read_if_there(self._file) == document):
            write_atomically(self._file, document)

    def _frame(self, updated: str) -> ET.Element:
        """The feed without its entries."""
        feed = ET.Element("feed", xmlns=_NAMESPACE)
        _add(feed, "title", self._settings.title)
        _add(feed, "id", uuid.uuid5(_IDS, f"feed:{self._base or self._file.resolve()}").urn)
        _add(feed, "updated", updated)
        _add(ET.SubElement(feed, "author"), "name", self._settings.author)
        _add(feed, "generator", "DavidAgent")
        if self._base:
            href = f"{self._base}/{self._file.name}"
            ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=href)
            ET.SubElement(feed, "link", rel="alternate", type="text/html", href=f"{self._base}/")
        return feed

    def _location(self, post: Post) -> str:
        return f"{self._file}#{entry_id(post.item_id)}"


def entry_id(item_id: str) -> str:
    """The entry's id for ever: a `urn:uuid:` made from the item id."""
    return uuid.uuid5(_IDS, item_id).urn


def entry_of(post: Post, *, base: str | None = None) -> ET.Element:
    """A post as an entry; `base` is the address its page is served under, without a slash at the end."""
    entry = ET.Element("entry", {_LANG: post.language})
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
    return entry


def entries_in(document: str) -> dict[str, ET.Element]:
    """The entries of a feed this module has written, by id; none when it is not one any more."""
    try:
        feed = ET.fromstring(document.encode())  # noqa: S314 - our own file
    except ET.ParseError:
        return {}
    for element in feed.iter():
        element.tag = element.tag.removeprefix(f"{{{_NAMESPACE}}}")
    return {entry.findtext("id", ""): entry for entry in feed.iter("entry") if entry.findtext("published")}


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


def _newness(pair: tuple[str, ET.Element]) -> tuple[str, str]:
    id_, entry = pair
    return entry.findtext("published", ""), id_
