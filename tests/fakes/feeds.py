"""Feeds for tests: documents, entries, sources."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from daemon.blackboard.records import FetchState, Source

LONG_TEXT = (
    "The observatory on the northern ridge measured a wind of 212 kilometres per hour on Tuesday night, the highest"
    " value since the station opened in 1934. Nobody was hurt, but the road to the valley stays closed until the"
    " fallen trees have been cleared away, the district said on Wednesday morning."
)


def rss(*items: str, head: str = "", title: str = "Example feed") -> bytes:
    """An RSS 2.0 document."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>https://example.org/</link>{head}{''.join(items)}</channel></rss>"
    ).encode()


def item(number: int = 1, *, text: str = "", date: str = "", guid: str | None = None, extra: str = "") -> str:
    """An RSS item with its own link."""
    guid_tag = f'<guid isPermaLink="false">{guid if guid is not None else f"entry-{number}"}</guid>'
    return (
        f"<item><title>Entry {number}</title><link>https://example.org/{number}</link>{guid_tag}"
        f"<description>{text or f'Text of entry {number}.'}</description>"
        f"{f'<pubDate>{date}</pubDate>' if date else ''}{extra}</item>"
    )


def atom(*entries: str, attributes: str = "") -> bytes:
    """An Atom document."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"{attributes}>'
        f"<title>Example feed</title><id>urn:example</id>{''.join(entries)}</feed>"
    ).encode()


def source(address: str, *, fetch: FetchState | None = None, tags: Sequence[str] = (), **more: Any) -> Source:
    """A source on the board."""
    fields: dict[str, Any] = {
        "id": 1,
        "kind": "rss",
        "address": address,
        "name": "Example",
        "origin": "config",
        "every_seconds": None,
        "tags": tuple(tags),
        "is_enabled": True,
        "settings": {},
        "fetch": fetch or FetchState(),
        "created_at": 0.0,
    }
    return Source(**{**fields, **more})


def seen(before: Source, fetch: FetchState) -> Source:
    """The source after a poll."""
    return replace(before, fetch=fetch)
