"""Which of the feeds that a page announces is the one of its site, and which are others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sensors.web.announced import Announced

_COMMENTS = re.compile(r"\b(?:comments?|kommentare?|replies|responses|commentaires|comentarios)\b|评论", re.IGNORECASE)
_PART = re.compile(
    r"/(?:category|categories|tag|tags|topic|topics|author|authors|search)/|[?&](?:cat|tag|s)=", re.IGNORECASE
)
_FORMAT_WORDS = re.compile(
    r"\b(?:rss|atom|json|rdf|xml|feeds?|rss2|syndication|newsfeed|[12]\.0|0\.9[12])\b", re.IGNORECASE
)
_NOT_WORDS = re.compile(r"[\W_]+")
_FORMATS = ("Atom", "RSS", "RDF", "JSON Feed")


@dataclass(frozen=True, slots=True)
class Choice:
    """The feeds of a page in the order in which they should be tried; `others` are no doubles of the first."""

    ranked: tuple[Announced, ...]

    def others(self, chosen: Announced) -> tuple[Announced, ...]:
        """What the page announces beside the chosen feed: not the same again in another format."""
        kept: dict[str, Announced] = {}
        for one in self.ranked:
            if _sameness(one) != _sameness(chosen):
                kept.setdefault(_sameness(one), one)
        return tuple(kept.values())


def choose(feeds: Sequence[Announced], *, title: str, url: str) -> Choice:
    """Rank what a page at `url`, called `title`, announces.

    First what stands under a section that was asked for; then no comments and no category before the whole; then what
    is called like the site; then Atom and RSS before the rest; then the page's own order.
    """

    def rank(one: Announced) -> tuple[bool, bool, bool, bool, bool]:
        return (
            _is_comments(one),
            not _is_under(one, url=url),
            _is_part(one),
            not _is_called(one, title),
            one.format not in _FORMATS[:2],
        )

    return Choice(tuple(sorted(feeds, key=rank)))


def _is_comments(one: Announced) -> bool:
    return bool(_COMMENTS.search(f"{one.title} {unquote(_path(one.address)).replace('-', ' ')}"))


def _is_part(one: Announced) -> bool:
    return bool(_PART.search(_path(one.address)))


def _is_under(one: Announced, *, url: str) -> bool:
    """A section's own feed; everything stands under the root."""
    section = urlsplit(url).path.rstrip("/")
    return bool(section) and _path(one.address).startswith(f"{section}/")


def _is_called(one: Announced, title: str) -> bool:
    name, site = _words(one.title), _words(title)
    return not name or not site or name in site or site in name


def _sameness(one: Announced) -> str:
    """The same for two feeds that say they are the same: by their titles, else by their addresses."""
    return _words(one.title) or f"{urlsplit(one.address).hostname}/{_words(_path(one.address))}"


def _words(text: str) -> str:
    """Lower case, without the words for formats and without signs."""
    return _NOT_WORDS.sub(" ", _FORMAT_WORDS.sub(" ", text.replace("_", " "))).strip().casefold()


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
