"""The title of a web page: what its maker calls it, else its headline; never with the name of its site."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sensors.text.cleaning import clean_title

_SPLIT: Final = re.compile(r"(\s+[|｜–—·•»›:~-]{1,2}\s+|\s*[|｜]\s*|_(?=[\u3400-\u9fff]))")
_BARS: Final = frozenset("|｜_")
"""What stands behind these is hardly ever of the title itself; a dash may well be."""
_LEAST_LABEL: Final = 4
_WORD: Final = re.compile(r"[\u3400-\u9fff]|\w{4,}")


@dataclass(frozen=True, slots=True)
class Titles:
    """What a page says of its title, uncleaned; empty for what it does not say."""

    named: str = ""
    """`og:title`: for those who tell of the page elsewhere."""
    title: str = ""
    """What its window is called, mostly with the name of the site."""
    headline: str = ""
    """The first heading of its article."""
    heading: str = ""
    """Its first heading, which may be the name of the site."""
    sites: tuple[str, ...] = ()
    """By what names it calls its site, and its address."""


def page_title(said: Titles) -> str:
    """The best of them, cleaned; empty for a page that says nothing."""
    named, title, headline, heading = map(clean_title, (said.named, said.title, said.headline, said.heading))
    sites = [name for one in said.sites if (name := _name(one))]
    if named and not _is_site(named, sites):
        return _without_site(named, sites, headings=(headline, heading))
    if headline and not _is_site(headline, sites):
        return _fuller(title, headline) or headline
    if heading and not _is_site(heading, sites) and _is_of_page(heading, title):
        return _fuller(title, heading) or heading
    return _without_site(title, [*sites, _bare(heading)], headings=()) or heading or named


def _name(site: str) -> str:
    """A site's name without its signs; of an address, the part that is the name."""
    host = urlsplit(site).hostname if "://" in site else None
    if host is None:
        return _bare(site)
    labels = host.removeprefix("www.").split(".")
    label = max(labels[:-1] or labels, key=len)
    return _bare(label) if len(label) >= _LEAST_LABEL else ""


def _without_site(title: str, sites: list[str], *, headings: Iterable[str]) -> str:
    """The title without the names of the site and of its parts at both ends."""
    pieces = _SPLIT.split(title)
    while len(pieces) > 1 and not any(_is_same("".join(pieces), one) for one in headings):
        rest = "".join(pieces[:-2])
        if _is_site(pieces[-1], sites) or (pieces[-2].strip() in _BARS and len(pieces[-1]) <= len(rest)):
            pieces = pieces[:-2]
        elif _is_site(pieces[0], sites):
            pieces = pieces[2:]
        else:
            break
    return "".join(pieces).strip()


def _fuller(title: str, heading: str) -> str:
    """The part of the title that has the heading and more words in it; empty without one."""
    parts = _SPLIT.split(title)[::2]
    words = f" {heading} ".casefold()
    return next((one for one in parts if words in f" {one} ".casefold() and not _is_same(one, heading)), "")


def _is_of_page(heading: str, title: str) -> bool:
    """A heading outside the article may be the name of the site, or of a box: then the window's title says more."""
    pieces = _SPLIT.split(title)
    if len(pieces) > 1 and _is_same(pieces[-1], heading):
        return False
    is_alike = _bare(heading) in _bare(title) or not _words(heading).isdisjoint(_words(title))
    return is_alike or len(heading) >= len(title)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _is_site(part: str, sites: list[str]) -> bool:
    bare = _bare(part)
    return bool(bare) and any(bare.removeprefix("the") == name.removeprefix("the") for name in sites)


def _is_same(one: str, other: str) -> bool:
    return bool(_bare(one)) and _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
