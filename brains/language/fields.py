"""A text that is but the fields of a record, a line each (`build: 42`), as a program sends it: what of it are words."""

import re
from typing import Final

from brains.language.words import length_in_words

_FIELD: Final = re.compile(r"[a-z_][\w.-]{0,200}: (\S.*)")
"""A name as programs spell it; a person begins such a line with a capital, or with several words."""
_CHANGE: Final = re.compile(r"^\s*(?:feat|fix|docs|chore|refactor|perf|style|revert): ", re.MULTILINE)
"""What programmers begin the sentence of a change with, however short; a record has hardly two of these."""
_FEWEST_WORDS: Final = 4.0


def values_of(text: str, *, title: str) -> list[str] | None:
    """The values of a text that is nothing but fields, after the line that is its title; None for any other text."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    found = [_FIELD.fullmatch(line) for line in lines[len(_titled(text, title)) :]]
    return [one[1] for one in found if one] if found and all(found) else None


def own_words(text: str, *, title: str) -> str:
    """The text; of one that is nothing but fields, its title where it begins with that, and the values."""
    values = values_of(text, title=title)
    return text if values is None else "\n\n".join([*_titled(text, title), *values])


def told_words(text: str, *, title: str) -> str:
    """The same with those values alone that may be told as sentences: a name or a number says nothing by itself."""
    values = values_of(text, title=title)
    if values is None:
        return text
    fewest = _FEWEST_WORDS if len(_CHANGE.findall(text)) <= 1 else 0.0
    return "\n\n".join([*_titled(text, title), *(one for one in values if length_in_words(one) >= fewest)])


def _titled(text: str, title: str) -> list[str]:
    first = text.strip().partition("\n")[0].strip()
    return [first] if first == title.strip() and not _FIELD.fullmatch(first) else []
