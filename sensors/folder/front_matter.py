"""What stands before a text about it: YAML between `---` (Jekyll, Obsidian), TOML between `+++` (Hugo)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import yaml

from sensors.text.dates import parse_date

_LONGEST: Final = 64 * 1024
_FORM = re.compile(r"(?P<mark>---|\+\+\+)[ \t]*\n(?P<head>.*?\n)?(?:(?P=mark)|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LINE = re.compile(r"^([A-Za-z][\w -]{0,40}):[ \t]*(.*)$", re.MULTILINE)
_TITLES: Final = ("title", "headline")
_DATES: Final = ("date", "published", "published_at", "pubdate", "created", "updated")
_LINKS: Final = ("url", "link", "source", "canonical_url", "canonical", "source_url")
_TAGS: Final = ("tags", "tag", "keywords", "categories", "category")
_AUTHORS: Final = ("author", "authors", "by", "creator")
_LANGUAGES: Final = ("lang", "language")
_OUR_POST = re.compile(r"^item_id: .+\nmodels:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What was said there; `published_at` in epoch seconds."""

    title: str | None = None
    published_at: float | None = None
    url: str | None = None
    tags: tuple[str, ...] = ()
    author: str | None = None
    language: str | None = None


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """What stands before the text, and the text; a rule that a text begins with is no front matter."""
    match = _FORM.match(text[:_LONGEST])
    facts = _facts(match["mark"], match["head"] or "") if match else None
    if match is None or facts is None:
        return FrontMatter(), text
    return _front_matter({str(key).strip().lower(): value for key, value in facts.items()}), text[match.end() :]


def is_our_post(text: str) -> bool:
    """Whether it is a post that a desk wrote; what its front matter says at the end of it may be long."""
    return text.startswith("---\n") and _OUR_POST.search(text, 0, _LONGEST) is not None


def _facts(mark: str, head: str) -> Mapping[Any, Any] | None:
    if mark == "+++":
        try:
            return tomllib.loads(head)
        except (tomllib.TOMLDecodeError, RecursionError):
            return None
    try:
        found = yaml.safe_load(head)
    except (yaml.YAMLError, ValueError, RecursionError):
        # People write `title: Part two: the wind`, which is no YAML, but plain enough.
        found = {key: value.strip().strip("\"'") for key, value in _LINE.findall(head)}
    return found if isinstance(found, Mapping) and found else None


def _front_matter(facts: Mapping[str, Any]) -> FrontMatter:
    return FrontMatter(
        title=_first_text(facts, _TITLES),
        published_at=next((at for name in _DATES if (at := _moment(facts.get(name))) is not None), None),
        url=next((url for name in _LINKS if (url := _web_link(facts.get(name))) is not None), None),
        tags=tuple(tag for name in _TAGS for tag in _tags(facts.get(name))),
        author=next((author for name in _AUTHORS if (author := ", ".join(_texts(facts.get(name))))), None),
        language=_first_text(facts, _LANGUAGES),
    )


def _first_text(facts: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names for text in _texts(facts.get(name))), None)


def _texts(value: object) -> list[str]:
    """The texts of a value that may be one, or a list of some."""
    values = value if isinstance(value, list) else [value]
    found = (str(one).strip() for one in values[:50] if isinstance(one, str | int | float | date))
    return [text for text in found if text]


def _tags(value: object) -> list[str]:
    """`[a, b]`, `a, b`, and `#a #b` as some write it."""
    texts = re.split(r"[,;]|\s(?=#)", value) if isinstance(value, str) else _texts(value)
    return [tag for text in texts if (tag := text.strip("[]\"'# \t"))]


def _web_link(value: object) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    return text if text.startswith(("https://", "http://")) else None


def _moment(value: object) -> float | None:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    return parse_date(value) if isinstance(value, str) else None
