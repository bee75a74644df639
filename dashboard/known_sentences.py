"""Sentences of the daemon, known by their forms, so that a page can tell them in the viewer's language.

The daemon writes them in English into its events and its board, where they stay. A form's groups are what is particular
in a sentence: a number, an address, somebody's words.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """A sentence of a known form: the key of its text, and its values by their names; empty for what it leaves out."""

    key: str
    values: dict[str, str]


class KnownSentences:
    """Forms, each a regular expression for the whole sentence and the key of its text; the first that fits counts."""

    def __init__(self, *forms: tuple[str, str]) -> None:
        self._forms = tuple((re.compile(pattern, re.DOTALL), key) for pattern, key in forms)

    def find(self, told: str) -> Known | None:
        """The sentence's form and values; None for one of no known form."""
        for pattern, key in self._forms:
            if found := pattern.fullmatch(told):
                return Known(key, {name: value or "" for name, value in found.groupdict().items()})
        return None
