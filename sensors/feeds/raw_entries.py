"""A feed as its parser gives it, in one form for all parsers."""

import re
from dataclasses import dataclass
from typing import Any

_HEAD_CHARS = 64 * 1024
_ENTRY = re.compile(r"<(?:rss:|atom:)?(?:item|entry)[\s>]", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"<(?:dc:)?language[^<>]{0,100}>\s*(?:<!\[CDATA\[\s*)?([A-Za-z-]{2,20})\s*(?:\]\]>)?\s*<", re.IGNORECASE
)
_XML_LANG = re.compile(
    r"<(?:\w+:)?(?:rss|feed|rdf|channel)\s[^<>]*?xml:lang\s*=\s*[\"']([A-Za-z-]{2,20})", re.IGNORECASE
)
_XML_BASE = re.compile(
    r"<(?:\w+:)?(?:rss|feed|rdf|channel)\s[^<>]*?xml:base\s*=\s*[\"']([^\"'<>]{1,2000})", re.IGNORECASE
)
_TTL = re.compile(r"<ttl[^<>]{0,100}>\s*(\d{1,9})\s*<", re.IGNORECASE)
_PERIOD = re.compile(
    r"<(?:sy|syn)?:?updatePeriod[^<>]{0,100}>\s*(hourly|daily|weekly|monthly|yearly)\s*<", re.IGNORECASE
)
_FREQUENCY = re.compile(r"<(?:sy|syn)?:?updateFrequency[^<>]{0,100}>\s*(\d{1,6})\s*<", re.IGNORECASE)
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One entry, uncleaned. `bodies` are its texts in any form, `dates` in order of trust (epoch seconds or None)."""

    guid: str | None = None
    link: str | None = None
    title: str | None = None
    bodies: tuple[str, ...] = ()
    is_plain: bool = False
    """The bodies are plain text, not HTML."""
    author: str | None = None
    dates: tuple[float | None, ...] = ()
    updated_at: float | None = None
    tags: tuple[str, ...] = ()
    enclosures: tuple[dict[str, Any], ...] = ()
    comments: str | None = None
    language: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A feed with its entries, uncleaned. `ttl_seconds` is what the document asks for between two readings."""

    parser: str
    entries: tuple[RawEntry, ...]
    title: str | None = None
    home: str | None = None
    language: str | None = None
    base: str | None = None
    ttl_seconds: float | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What the document says of itself before its first entry."""

    language: str | None
    base: str | None
    ttl_seconds: float | None


def read_head(xml: str) -> Head:
    """Language, base address and reading interval (RSS ttl, or the syndication module's period), where given."""
    head = xml[:_HEAD_CHARS]
    entry = _ENTRY.search(head)
    # In RSS 2.0 the channel's own fields may also stand after its items, but hardly anyone does that.
    head = head[: entry.start()] if entry else head
    language = _LANGUAGE.search(head) or _XML_LANG.search(head)
    base = _XML_BASE.search(head)
    return Head(
        language=language[1] if language else None,
        base=base[1] if base else None,
        ttl_seconds=_ttl_seconds(head),
    )


def _ttl_seconds(head: str) -> float | None:
    ttl = _TTL.search(head)
    if ttl:
        return float(ttl[1]) * 60 or None
    period = _PERIOD.search(head)
    if not period:
        return None
    frequency = _FREQUENCY.search(head)
    return _PERIODS[period[1].lower()] / max(1, int(frequency[1]) if frequency else 1)
