"""Where the quotation marks of a text open and close."""

import re
from typing import Final

_PAIRS: Final = {"“": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』", "‹": "›", "‚": "‘’"}
_OPENERS: Final = re.compile(f'["{"".join(_PAIRS)}]')
_LONGEST: Final = 700
"""A quotation longer than this is taken for a mark that never closed."""
_MOST_TRIES: Final = 4
"""Marks that may open another quotation before one must close this."""
_STRAIGHT_OPENS: Final = re.compile(r"(?:^|[\s(\[—–:：，。-])$")


def quote_spans(text: str) -> list[tuple[int, int]]:
    """Start and end (the marks included) of every outermost quotation, in order; unclosed marks are left out."""
    spans: list[tuple[int, int]] = []
    opening = _OPENERS.search(text)
    while opening is not None:
        end = _closing(text, opening=opening.start())
        if end is not None:
            spans.append((opening.start(), end))
        opening = _OPENERS.search(text, end or opening.end())
    return spans


def _closing(text: str, *, opening: int) -> int | None:
    """Where the quotation that opens here ends (after its mark), or None when none opens here or it never closes."""
    mark = text[opening]
    if mark == '"':
        return _straight_closing(text, opening=opening)
    closers = _PAIRS.get(mark)
    if closers is None:
        return None
    reach = text[opening + 1 : opening + _LONGEST]
    if not any(closer in reach for closer in closers):
        return None
    depth = 0
    for at in range(opening + 1, min(len(text), opening + _LONGEST)):
        if text[at] in closers:
            if depth == 0:
                return at + 1
            depth -= 1
        elif text[at] == mark:
            depth += 1
    return None


def _straight_closing(text: str, *, opening: int) -> int | None:
    if not _STRAIGHT_OPENS.search(text[max(0, opening - 1) : opening]):
        return None
    at = opening
    for _ in range(_MOST_TRIES):
        at = text.find('"', at + 1, opening + _LONGEST)
        if at < 0 or not _STRAIGHT_OPENS.search(text[at - 1 : at]):
            break
    return at + 1 if at > opening + 1 else None
