"""The feeds that a web page announces in its head: `<link rel="alternate" type="application/rss+xml" href="…">`."""

import re
from dataclasses import dataclass

from sensors.web.headers import media_type
from sensors.web.markup import absolute, attributes

MOST_ANNOUNCED = 20
_LONGEST_TITLE = 200
_LINK_TAG = re.compile(r"<link\s[^<>]{1,2000}>", re.IGNORECASE)
_BASE_TAG = re.compile(r"<base\s[^<>]{1,2000}>", re.IGNORECASE)
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
    for fields in map(attributes, _LINK_TAG.findall(page)):
        told = _FORMATS.get(media_type(fields.get("type", "")))
        if told is None or not _is_alternate(fields):
            continue
        address = absolute(fields.get("href", ""), base=base)
        if address is not None:
            title = " ".join(fields.get("title", "").split())[:_LONGEST_TITLE]
            found.setdefault(address, Announced(address, title, told))
    return list(found.values())[:MOST_ANNOUNCED]


def _is_alternate(fields: dict[str, str]) -> bool:
    """Pages that forget to say what the link is for are taken at their type."""
    return not {"alternate", "feed"}.isdisjoint(fields.get("rel", "alternate").lower().split())


def _base_of(page: str, *, url: str) -> str:
    tag = _BASE_TAG.search(page)
    href = attributes(tag[0]).get("href", "") if tag else ""
    return absolute(href, base=url) or url
