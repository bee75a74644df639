"""Where the feed of a page may be that announces none: what the page lets see, and the usual places."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from urllib.parse import urljoin, urlsplit

from sensors.discovery.rules import channel_feed, names_a_feed
from sensors.web.markup import absolute

USUAL_PATHS: Final = ("/feed", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/rss", "/feed.json")
_MOST_LINKED = 3
_VIDEO_HOST = re.compile(r"(?:^|\.)(?:youtube\.com|youtu\.be)$")
_CHANNEL_MARKS = (
    re.compile(r'<link\s+rel="canonical"\s+href="https?://www\.youtube\.com/channel/(UC[\w-]{22})"'),
    re.compile(r'<meta\s+itemprop="(?:identifier|channelId)"\s+content="(UC[\w-]{22})"'),
    re.compile(r'"externalId"\s*:\s*"(UC[\w-]{22})"'),
    re.compile(r'"channelId"\s*:\s*"(UC[\w-]{22})"'),
)
_FEDIVERSE = re.compile(r"^/(?:@|users/)([\w.-]+?)(?:@([\w.-]+\.\w+))?(?:/|$)")
_GENERATOR = re.compile(r"<meta\s[^<>]{0,200}\bname=[\"']?generator\b[^<>]{0,300}>", re.IGNORECASE)
_DISCOURSE_PARTS = re.compile(r"^/(?:t/[\w-]+/\d+|c/[\w/-]+|tags?/[\w/-]+|latest|top)")
_ANCHOR = re.compile(r"<a\s[^<>]{0,1000}?\bhref\s*=\s*(?:\"([^\"<>]{1,1000})\"|'([^'<>]{1,1000})')", re.IGNORECASE)


def feeds_by_page(page: str, *, url: str) -> list[str]:
    """The feeds that a page found at `url` lets see, the surest first: its channel, its software, what it links to."""
    if _VIDEO_HOST.search(urlsplit(url).hostname or ""):
        return list(_channel(page, url=url))
    return list(dict.fromkeys([*_fediverse(url), *_discourse(page, url=url), *_linked(page, url=url)]))


def usual_feeds(url: str) -> list[str]:
    """The usual places of a feed: under the page first, when it is a section of its site, then at the site's root."""
    section = urlsplit(url).path.rstrip("/")
    under = (
        [f"{section}{path}" for path in USUAL_PATHS[:5]] if section and "." not in section.rpartition("/")[2] else []
    )
    return [urljoin(url, path) for path in dict.fromkeys([*under, *USUAL_PATHS])]


def _channel(page: str, *, url: str) -> Iterator[str]:
    """A handle or a video names its channel on its page."""
    for mark in _CHANNEL_MARKS:
        if (named := mark.search(page)) and (feed := channel_feed(named[1], url=url)):
            yield feed
            return


def _fediverse(url: str) -> Iterator[str]:
    """Mastodon and its kin have `/@name.rss`; a name with a host belongs to that host."""
    named = _FEDIVERSE.match(urlsplit(url).path)
    if named:
        base = f"https://{named[2]}/" if named[2] else url
        yield urljoin(base, f"/@{named[1].removesuffix('.rss')}.rss")


def _discourse(page: str, *, url: str) -> Iterator[str]:
    generator = _GENERATOR.search(page)
    if generator and "discourse" in generator[0].lower():
        part = _DISCOURSE_PARTS.match(urlsplit(url).path)
        yield urljoin(url, f"{part[0].rstrip('/')}.rss" if part else "/latest.rss")


def _linked(page: str, *, url: str) -> list[str]:
    """Links for people that look like a feed of the same site."""
    found: dict[str, None] = {}
    for href in ("".join(groups) for groups in _ANCHOR.findall(page)):
        address = absolute(unescape(href), base=url)
        if address and names_a_feed(address) and _site(address) == _site(url):
            found.setdefault(address)
    return list(found)[:_MOST_LINKED]


def _site(address: str) -> str:
    """The host without what stands before the last two names: blogs often have their feed under another one."""
    return ".".join((urlsplit(address).hostname or "").split(".")[-2:])
