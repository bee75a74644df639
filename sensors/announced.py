"""The feeds that a web page announces in its head: `<link rel="alternate" type="application/rss+xml" href="…">`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin, urlsplit

MOST_ANNOUNCED = 20
_LONGEST_TITLE = 200
_LINK_TAG = re.compile(r"<link\s[^<>]{1,2000}>", re.IGNORECASE)
_BASE_TAG = re.compile(r"<base\s[^<>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-z-]{1,20})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.IGNORECASE)
_FORMATS = {
    "application/rss+xml": "RSS",
    "application/atom+xml": "Atom",
    "application/rdf+xml": "RDF",
    "application/feed+json": "JSON Feed",
}


@dataclass(frozen=True, slots=True)
class Announced:
    """One feed, as the page tells of it; nobody has looked whether it is there. `title` may be empty."""

    address: str
    title: str
    format: str


def announced_feeds(page: str, *, url: str) -> list[Announced]:
    """The feeds that a page found at `url` announces, in its order, each once, as absolute web addresses."""
    base = _base_of(page, url=url)
    found: dict[str, Announced] = {}
    for fields in map(_attributes, _LINK_TAG.findall(page)):
        told = _FORMATS.get(fields.get("type", "").partition(";")[0].strip().lower())
        if told is None or not _is_alternate(fields):
            continue
        for address in _joined(base, fields.get("href", "")):
            title = " ".join(fields.get("title", "").split())[:_LONGEST_TITLE]
            found.setdefault(address, Announced(address, title, told))
    return list(found.values())[:MOST_ANNOUNCED]


def _is_alternate(fields: dict[str, str]) -> bool:
    """Pages that forget to say what the link is for are taken at their type."""
    return not {"alternate", "feed"}.isdisjoint(fields.get("rel", "alternate").lower().split())


def _base_of(page: str, *, url: str) -> str:
    tag = _BASE_TAG.search(page)
    href = _attributes(tag[0]).get("href", "") if tag else ""
    return next(_joined(url, href), url) if href else url


def _joined(base: str, href: str) -> Iterator[str]:
    """The absolute address, where there is one that can be on the web."""
    try:
        address = urljoin(base, href.strip())
        if href.strip() and urlsplit(address).scheme in {"http", "https"} and urlsplit(address).hostname:
            yield address
    except ValueError:
        return


def _attributes(tag: str) -> dict[str, str]:
    """The first of each name counts, as in browsers."""
    fields: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(tag):
        fields.setdefault(name.lower(), unescape("".join(values)))
    return fields
