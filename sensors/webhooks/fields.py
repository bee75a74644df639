"""What an object says of a story, by the names that senders commonly use; where they use none, all that it says."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sensors.identity import clean_link
from sensors.text.cleaning import clean, clean_title, title_from
from sensors.text.dates import believable, parse_date
from sensors.text.languages import primary
from sensors.webhooks.json_trees import Numeral, lines_of, nested, sentence_in

Tree = Mapping[str, Any]

TITLES: Final = ("title", "subject", "headline", "name")
TEXTS: Final = (
    *("content", "content_html", "html", "body", "body_html", "text", "content_text", "plain", "markdown"),
    *("message", "description", "summary"),
)
LINKS: Final = ("url", "link", "permalink", "html_url", "canonical_url")
AUTHORS: Final = ("author", "authors", "byline", "creator", "by")
DATES: Final = ("published_at", "date_published", "published", "pub_date", "date", "created_at", "timestamp")
TAGS: Final = ("tags", "keywords", "categories", "labels")
LANGUAGES: Final = ("language", "lang")
_INNER = ("data", "item", "post", "article", "entry", "payload", "object")
_INSIDE = ("rendered", "html", "text", "value", "markdown", "plain", "raw", "name", "title")
"""Where an object stands in the place of a text, as blog software does: its own words."""
_SHARED = frozenset((*AUTHORS, *DATES, *TAGS, *LANGUAGES, "type", "event"))
"""What a list says of each of its entries; its title and its address are its own."""
_USED = _SHARED.union(TITLES, TEXTS, LINKS, ("id",))
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-")
_DEEPEST = 4
_LONGEST_NAME = 200
_MOST_TAGS = 20
_EPOCH = re.compile(r"\d{9,13}(?:\.\d{1,9})?")
_MILLISECONDS_FROM = 1e11


@dataclass(frozen=True, slots=True)
class Told:
    """One story as it was delivered, cleaned."""

    title: str = ""
    text: str = ""
    link: str | None = None
    author: str | None = None
    published_at: float | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    type: str | None = None
    """What kind of event it is, in the sender's word."""

    @property
    def is_anything(self) -> bool:
        """There are words in it."""
        return bool(self.title or self.text)


def told_of(value: Any, *, around: Tree, now: float) -> Told:
    """What an entry tells; `around` is the object whose list it stands in. `now` judges dates."""
    if isinstance(value, str) and not isinstance(value, Numeral):
        value = {"text": value}
    if not isinstance(value, dict):
        return Told()
    levels = [{name: one for name, one in _named(around).items() if name in _SHARED}, *map(_named, _levels(value))]
    found, innermost = _Fields(levels), _levels(value)[-1]
    title, text, kind = found.title(), found.text(), found.type()
    if not text:
        lines = lines_of(innermost, without=_used_in(innermost)) or ("" if title else lines_of(innermost))
        # A headline may be all that was said in words.
        text = "\n\n".join(filter(None, (title, lines)))
        title = title or clean_title(sentence_in(innermost) or (kind if text else ""))
    title = title or clean_title(title_from(text))
    return Told(
        title=title,
        text=text,
        link=found.link(),
        author=found.author(),
        published_at=found.published_at(now=now),
        tags=found.tags(),
        language=found.language(),
        type=kind,
    )


def has_text(tree: Tree) -> bool:
    """The object has words of its own under one of the usual names."""
    named = _named(tree)
    return any(_words(named.get(name)) for name in TEXTS)


def _named(tree: Tree) -> Tree:
    """The same under names of one spelling: `publishedAt`, `Published-At` and `published_at` are one."""
    return {_spelled(name): one for name, one in tree.items()}


def _spelled(name: str) -> str:
    return _WORD_START.sub("_", name).lower()


def _used_in(tree: Tree) -> frozenset[str]:
    return frozenset(name for name in tree if _spelled(name) in _USED)


def _levels(value: Tree) -> list[Tree]:
    """The object and those it only wraps, down to the one that has the words; the outermost first."""
    levels = [value]
    while len(levels) < _DEEPEST and not has_text(levels[-1]):
        named = _named(levels[-1])
        inner = next((named[name] for name in _INNER if isinstance(named.get(name), dict)), None)
        if not inner:
            break
        levels.append(inner)
    return levels


class _Fields:
    """The fields of a story, from the innermost object that has one outwards."""

    def __init__(self, levels: Sequence[Tree]) -> None:
        """`levels`: objects under their usual names, the outermost first."""
        self._levels = list(reversed(levels))

    def text(self) -> str:
        """The longest of its texts: senders add a short form, or the same without marks."""
        texts = [clean(words).text for name in TEXTS if (words := _words(self._levels[0].get(name)))]
        return max(texts, key=len, default="")

    def title(self) -> str:
        """Its headline; that of a wrapper only where it wraps nothing with a name of its own."""
        return next((title for words in self._all(TITLES) if (title := clean_title(words))), "")

    def link(self) -> str | None:
        """Where it stands on the web."""
        return next((link for words in self._all(LINKS) if (link := clean_link(words))), None)

    def author(self) -> str | None:
        """Who wrote it."""
        return next((name[:_LONGEST_NAME] for words in self._all(AUTHORS) if (name := clean_title(words))), None)

    def published_at(self, *, now: float) -> float | None:
        """When, if that can be true."""
        dates = (believable(_moment(words), now=now) for words in self._all(DATES))
        return next((at for at in dates if at is not None), None)

    def tags(self) -> tuple[str, ...]:
        """What it is tagged with; one text of several has commas."""
        several: Any = next((tree[name] for tree in self._levels for name in TAGS if tree.get(name)), [])
        names = several.split(",") if isinstance(several, str) else [_words(one) for one in nested(several)]
        return tuple(dict.fromkeys(tag for name in names if (tag := clean_title(name)[:60])))[:_MOST_TAGS]

    def language(self) -> str | None:
        """Its language, as it says."""
        return next((code for words in self._all(LANGUAGES) if (code := primary(words))), None)

    def type(self) -> str | None:
        """What kind of event it is, by the outermost that says so."""
        kinds = [tree.get(name) for tree in reversed(self._levels) for name in ("type", "event")]
        return next((" ".join(kind.split())[:100] for kind in kinds if isinstance(kind, str) and kind.strip()), None)

    def _all(self, names: Sequence[str]) -> list[str]:
        return [words for tree in self._levels for name in names if (words := _words(tree.get(name)))]


def _words(value: Any) -> str:
    """A text, also where an object or a list stands in its place; empty for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "\n\n".join(words for one in value[:_MOST_TAGS] if (words := _words(one)))
    if isinstance(value, dict):
        return next((one.strip() for name in _INSIDE if isinstance(one := value.get(name), str) and one.strip()), "")
    return ""


def _moment(words: str) -> float | None:
    """Epoch seconds of a date, or of seconds or milliseconds since 1970."""
    if not _EPOCH.fullmatch(words):
        return parse_date(words)
    at = float(words)
    return at / 1000 if at >= _MILLISECONDS_FROM else at if math.isfinite(at) else None
