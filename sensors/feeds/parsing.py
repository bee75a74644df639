"""Bytes to a raw feed: the fast parser for sound documents, the forgiving one for all others.

Runs in a child process (`parse_worker`), as a hostile document can make any parser slow or worse.
"""

import io
import re
from collections.abc import Iterable
from typing import Any

from daemon.core.errors import SensorError
from sensors.feeds.json_feed import parse_json_feed
from sensors.feeds.raw_entries import Head, RawEntry, RawFeed, read_head
from sensors.feeds.xml_text import Prepared, prepare
from sensors.text.charsets import decode
from sensors.text.dates import from_struct, parse_date
from sensors.web.sniffing import binary_kind, describe_html, is_html

# Markup that is not escaped inside these elements is child elements to an XML parser, whose text the fast one drops.
_CHILD_MARKUP = re.compile(
    r"<(?:title|description|summary|content:encoded)(?:\s[^<>]*)?>[^<]*<(?!/|!\[CDATA\[)", re.IGNORECASE
)


def parse(body: bytes, *, url: str, content_type: str = "") -> tuple[RawFeed, Prepared | None]:
    """Read a document of any feed format; with how it was prepared, when it was XML.

    Raises `SensorError`, in words that say what came instead of a feed.
    """
    kind = binary_kind(body)
    if kind is not None:
        raise SensorError(f"got {kind}, not a feed")
    text, _ = decode(body, content_type=content_type)
    text = text.lstrip("\ufeff\x00 \t\r\n")
    if not text:
        raise SensorError("the document is empty")
    if text[0] in "{[":
        return parse_json_feed(text), None
    if is_html(text):
        raise SensorError(describe_html(text, url=url))
    prepared = prepare(text)
    return _parse_xml(prepared), prepared


def _parse_xml(prepared: Prepared) -> RawFeed:
    xml = prepared.xml.decode("utf-8")
    head = read_head(xml)
    fast = None
    if prepared.fault is None and not _CHILD_MARKUP.search(xml):
        fast = _fast(prepared.xml, head)
        if fast is not None and len(fast.entries) >= prepared.entries:
            return fast
    forgiving = _forgiving(prepared.xml, head, prepared.fault)
    if fast is None and _worth(forgiving) < prepared.entries:
        fast = _fast(prepared.xml, head)
    best = fast if fast is not None and _worth(fast) > _worth(forgiving) else forgiving
    if not best.entries and prepared.fault is not None and not best.title:
        raise SensorError(f"the XML cannot be read: {prepared.fault}")
    return best


def _worth(feed: RawFeed) -> int:
    """How many entries say anything at all."""
    return sum(bool(entry.title or entry.link or entry.bodies) for entry in feed.entries)


def _fast(xml: bytes, head: Head) -> RawFeed | None:
    import fastfeedparser

    try:
        document = fastfeedparser.parse(xml, include_media=True)
    except Exception:  # noqa: BLE001 - whatever it trips over, the forgiving parser comes next
        return None
    feed = document.get("feed", {})
    return RawFeed(
        parser="fastfeedparser",
        entries=tuple(_fast_entry(entry) for entry in document.get("entries", ())),
        title=feed.get("title"),
        home=feed.get("link"),
        language=head.language or feed.get("language"),
        base=head.base,
        ttl_seconds=head.ttl_seconds,
    )


def _fast_entry(entry: Any) -> RawEntry:
    content = (entry.get("content") or [{}])[0]
    media = [str(one.get("description") or one.get("text") or "") for one in entry.get("media_content", ())]
    # The parser makes up a description from the content, cut at 512 characters; the longer of both is taken anyway.
    bodies = (content.get("value"), entry.get("description"), *media[:1])
    published, updated = parse_date(entry.get("published")), parse_date(entry.get("updated"))
    return RawEntry(
        guid=entry.get("id"),
        link=entry.get("link"),
        title=entry.get("title"),
        bodies=_different(bodies),
        author=entry.get("author"),
        dates=(published, updated),
        updated_at=updated,
        tags=_tags(entry),
        enclosures=tuple(dict(one) for one in entry.get("enclosures") or ()),
        comments=entry.get("comments"),
        language=content.get("language"),
        base=content.get("base"),
    )


def _forgiving(xml: bytes, head: Head, fault: str | None) -> RawFeed:
    import feedparser

    try:
        document = feedparser.parse(
            io.BytesIO(xml),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:
        raise SensorError(f"the XML cannot be read: {fault or error}") from error
    feed = document.feed
    return RawFeed(
        parser="feedparser",
        entries=tuple(_forgiving_entry(entry) for entry in document.entries),
        title=feed.get("title"),
        home=feed.get("link"),
        language=head.language or feed.get("language"),
        base=head.base,
        ttl_seconds=head.ttl_seconds,
        fault=fault,
    )


def _forgiving_entry(entry: Any) -> RawEntry:
    contents = [content.get("value") for content in entry.get("content", ())]
    details = [*entry.get("content", ()), entry.get("summary_detail") or {}]
    published, updated = from_struct(entry.get("published_parsed")), from_struct(entry.get("updated_parsed"))
    return RawEntry(
        guid=entry.get("id"),
        link=entry.get("link"),
        title=entry.get("title"),
        bodies=_different((*contents, entry.get("summary"))),
        author=entry.get("author"),
        dates=(published, updated),
        updated_at=updated,
        tags=_tags(entry),
        enclosures=tuple(
            {"url": one.get("href") or one.get("url"), "type": one.get("type"), "length": one.get("length")}
            for one in entry.get("enclosures", ())
        ),
        comments=entry.get("comments"),
        language=next((detail.get("language") for detail in details if detail.get("language")), None),
        base=next((detail.get("base") for detail in details if detail.get("base")), None),
    )


def _different(bodies: Iterable[str | None]) -> tuple[str, ...]:
    """The texts that say something, each once: RSS gives the same one as content and as description."""
    return tuple(dict.fromkeys(body.strip() for body in bodies if body and body.strip()))


def _tags(entry: Any) -> tuple[str, ...]:
    return tuple(str(tag.get("label") or tag.get("term")) for tag in entry.get("tags") or () if tag.get("term"))
