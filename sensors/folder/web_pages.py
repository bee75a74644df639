"""Saved web pages: what their heads say of them, and their bodies."""

import re
from typing import Final

from daemon.core.errors import SensorError
from sensors.feeds.raw_entries import RawEntry
from sensors.folder.observing import OUR_POST
from sensors.text.dates import parse_date
from sensors.text.page_titles import Titles, page_title
from sensors.web.markup import attributes, first_heading
from sensors.web.sniffing import title_of

_OUR_GENERATOR: Final = "DavidAgent"
_HEAD_CHARS: Final = 512 * 1024
_TAG = re.compile(r"<(meta|link)\s([^<>]{1,4000})>", re.IGNORECASE)
_LANGUAGE = re.compile(r"<html\s[^<>]{0,2000}?\blang\s*=\s*[\"']?([A-Za-z-]{2,20})", re.IGNORECASE)
_BODY = re.compile(r"<body[\s>]", re.IGNORECASE)
_MAIN = re.compile(r"<(article|main)[\s>].*</\1\s*>", re.IGNORECASE | re.DOTALL)
_AROUND = re.compile(r"<(nav|aside|form|footer)[\s>].*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_LINKS: Final = ("canonical", "og:url")
_DATES: Final = ("article:published_time", "date", "dc.date", "dcterms.date", "pubdate", "datepublished")
_AUTHORS: Final = ("author", "dc.creator", "article:author")
_SITES: Final = ("og:site_name", "application-name", *_LINKS)
_MOST_WORDS_TAGS: Final = ("keywords", "article:tag")


def read_page(page: str, *, modified_at: float | None) -> RawEntry:
    """The page as an entry. What stands around its article (navigation, forms) is left out where the page marks it.

    Raises `SensorError` for a page that a desk wrote.
    """
    said = _said(page[:_HEAD_CHARS])
    if said.get("generator") == _OUR_GENERATOR:
        raise SensorError(OUR_POST)
    content = _content(page)
    tags = [tag.strip() for name in _MOST_WORDS_TAGS for tag in said.get(name, "").split(",")]
    return RawEntry(
        link=_first(said, _LINKS, prefix=("https://", "http://")),
        title=_title(page, said, content=content) or None,
        bodies=(content,),
        author=_first(said, _AUTHORS),
        dates=(parse_date(_first(said, _DATES)), modified_at),
        tags=tuple(tag for tag in tags if tag),
        language=match[1] if (match := _LANGUAGE.search(page[:_HEAD_CHARS])) else None,
    )


def _title(page: str, said: dict[str, str], *, content: str) -> str:
    heading = first_heading(content)
    return page_title(
        Titles(
            named=said.get("og:title", ""),
            title=title_of(page),
            headline=heading if _MAIN.match(content) else "",
            heading=heading,
            sites=tuple(said[name] for name in _SITES if name in said),
        )
    )


def _said(head: str) -> dict[str, str]:
    """What the page says of itself in `meta` and `link` elements; the first word stands."""
    said: dict[str, str] = {}
    for tag in _TAG.finditer(head):
        facts = attributes(tag[2])
        name = facts.get("name") or facts.get("property") or facts.get("rel") or facts.get("itemprop") or ""
        said.setdefault(name.lower(), (facts.get("content") or facts.get("href") or "").strip())
    return said


def _first(said: dict[str, str], names: tuple[str, ...], *, prefix: tuple[str, ...] = ("",)) -> str | None:
    return next((said[name] for name in names if said.get(name) and said[name].startswith(prefix)), None)


def _content(page: str) -> str:
    body = _BODY.search(page)
    page = page[body.start() :] if body else page
    main = _MAIN.search(page)
    return _AROUND.sub(" ", main[0] if main else page)
