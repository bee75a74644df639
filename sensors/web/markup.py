"""What the tags of a page say, without making a tree of it: enough for a first look, and cheap for any page."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

_ATTRIBUTE = re.compile(r"([a-z:-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.IGNORECASE)
_HEADING = re.compile(r"<h1[^<>]{0,500}>(.{1,2000}?)</h1>", re.IGNORECASE | re.DOTALL)


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag by their names in small letters; the first of each name counts, as in browsers."""
    fields: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(tag):
        fields.setdefault(name.lower(), unescape("".join(values)))
    return fields


def absolute(href: str, *, base: str) -> str | None:
    """The web address that a link on the page at `base` leads to; None where that can be none."""
    try:
        address = urljoin(base, href.strip())
        parts = urlsplit(address)
        return address if href.strip() and parts.scheme in {"http", "https"} and parts.hostname else None
    except ValueError:
        return None


def first_heading(page: str) -> str:
    """What stands in its first `h1`, as markup; empty without one."""
    heading = _HEADING.search(page)
    return heading[1] if heading else ""
