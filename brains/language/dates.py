"""Dates in a text, and which day or month they certainly mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

_MONTH_NAMES: Final = {
    "en": "january february march april may june july august september october november december",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
_SHORT_ENGLISH: Final = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9}
_MONTHS: Final = {
    **{name: number for names in _MONTH_NAMES.values() for number, name in enumerate(names.split(), start=1)},
    **_SHORT_ENGLISH,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR: Final = r"(?P<year>(?:1[5-9]|20|21)\d\d)"
_LONGEST: Final = 4_000
"""Characters that are read: dates are looked for sentence by sentence."""
_YEAR_AFTER: Final = (
    r"in|since|by|until|before|after|from|during|of|between|around|to|im\s+Jahr|seit|bis|en|depuis|desde|nel"
)
_DAY: Final = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|º)?"

_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d-]){_YEAR}-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?!\d)",
        rf"(?<!\d){_YEAR}\s?年\s?(?P<month>1?\d)\s?月(?:\s?(?P<day>[0-3]?\d)\s?[日号])?",
        rf"(?<!\d){_YEAR}\s?年(?!代)",
        r"(?<!\d)(?P<month>1?\d)\s?月\s?(?P<day>[0-3]?\d)\s?[日号]",
        rf"(?<![\d.,]){_DAY}\.?\s+(?:de\s+|of\s+)?(?P<name>{_MONTH})\b\.?(?:,?\s+(?:de\s+)?{_YEAR}\b)?",
        rf"\b(?P<name>{_MONTH})\b\.?\s+{_DAY}(?:\s*,\s*{_YEAR})?(?![\d:%,.]*\d)(?!\s*(?:%|percent|million|billion))",
        rf"\b(?P<name>{_MONTH})\b\.?,?\s+(?:de\s+)?{_YEAR}\b",
        rf"(?<!\d)(?P<day>[0-3]?\d)\.(?P<month>[01]?\d)\.{_YEAR}(?!\d)",
        rf"\b(?:{_YEAR_AFTER})\s+(?P<only>{_YEAR})\b(?![-.,]?\d|\s*(?:people|years|homes|[kM]W|km|%|percent))",
    )
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date as the text writes it, where it stands, and `YYYY-MM-DD`, `YYYY-MM` or `YYYY` when that is certain."""

    text: str
    start: int
    end: int
    iso: str | None


def find_dates(text: str) -> list[FoundDate]:
    """The dates of a text in order; what overlaps goes to the longest. Weekdays and "yesterday" are left out."""
    taken: list[FoundDate] = []
    for found in sorted(_candidates(text[:_LONGEST]), key=lambda d: (d.start - d.end, d.start)):
        if not any(found.start < other.end and other.start < found.end for other in taken):
            taken.append(found)
    return sorted(taken, key=lambda d: d.start)


def _candidates(text: str) -> Iterator[FoundDate]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            found = _read(match)
            if found is not None:
                yield found


def _read(match: re.Match[str]) -> FoundDate | None:
    parts = match.groupdict()
    # "may" and "march" are months only when the text writes them as names.
    if parts.get("name") and not _is_written_as_name(match):
        return None
    iso = _iso(year=parts.get("year"), month=_month(parts), day=parts.get("day"))
    if iso == "":
        return None
    group = "only" if parts.get("only") else 0
    return FoundDate(text=match.group(group).rstrip(" ,."), start=match.start(group), end=match.end(group), iso=iso)


def _is_written_as_name(match: re.Match[str]) -> bool:
    name = match.group("name")
    return name[0].isupper() or name.casefold() not in {"may", "march", "mar", "mai", "august", "sep", "dec", "jan"}


def _month(parts: dict[str, str | None]) -> int | None:
    if name := parts.get("name"):
        return _MONTHS[name.casefold()]
    month = parts.get("month")
    return int(month) if month else None


def _iso(*, year: str | None, month: int | None, day: str | None) -> str | None:
    """None when the year is not given; the empty string when there is no such date."""
    try:
        checked = date(int(year or 2000), month or 1, int(day or 1))
    except ValueError:
        return ""
    if year is None:
        return None
    return checked.isoformat()[: 10 if day else 7 if month else 4]
