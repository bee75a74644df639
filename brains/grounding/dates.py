"""Finds the dates of a text, in the usual writings of English, German and Chinese, as exact as they are written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from brains.grounding.normal_form import plain
from brains.grounding.spelled import read_han

_MONTH_NAMES = """
january jan januar jänner janvier enero
february feb februar février febrero
march mar märz mars marzo
april apr avril abril
may mai mayo
june jun juni juin junio
july jul juli juillet julio
august aug août agosto
september sep sept septembre septiembre
october oct oktober octobre octubre okt
november nov novembre noviembre
december dec dezember décembre diciembre dez
"""
_WEEKDAY_NAMES = """
monday montag 星期一 周一 礼拜一
tuesday dienstag 星期二 周二 礼拜二
wednesday mittwoch 星期三 周三 礼拜三
thursday donnerstag 星期四 周四 礼拜四
friday freitag 星期五 周五 礼拜五
saturday samstag 星期六 周六 礼拜六
sunday sonntag 星期日 星期天 周日 礼拜天
"""


def _numbered(lines: str, *, first: int) -> dict[str, int]:
    return {name: number for number, line in enumerate(lines.strip().split("\n"), first) for name in line.split()}


_MONTHS = _numbered(_MONTH_NAMES, first=1)
_WEEKDAYS = _numbered(_WEEKDAY_NAMES, first=0)
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "一": 1, "二": 2, "三": 3, "四": 4}

CALENDAR_WORDS = frozenset(_MONTHS) | frozenset(_WEEKDAYS)
"""Names of months and weekdays, lower case: capitalised, but no names of their own."""

_M = "|".join(sorted(_MONTHS, key=len, reverse=True))
_LONE = "|".join(sorted((m for m in _MONTHS if len(m) > 3 or m in {"may", "mai"}), key=len, reverse=True))  # noqa: PLR2004
_BEFORE_MONTH = "in|by|of|im|en|since|until|early|after|late|before|during|last|next|this|from"
_Y = r"(?:1[5-9]|20)\d{2}"
_HAN_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d.-])(?P<y>{_Y})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})(?!\d)",
        rf"(?<![\d/])(?P<y>{_Y})/(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})(?!\d)",
        rf"(?<![\d.])(?P<d>\d{{1,2}})\.(?P<m>\d{{1,2}})\.(?P<y>{_Y})(?!\d)",
        rf"(?<![\d/])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/(?P<y>{_Y})(?!\d)",
        rf"(?P<y>\d{{4}}|[〇零一二三四五六七八九]{{4}})\s?年\s?(?P<m>{_HAN_NUMBER})\s?月(?:份)?\s?(?:(?P<d>{_HAN_NUMBER})\s?[日号])?",
        rf"(?<!\d)(?P<m>{_HAN_NUMBER})\s?月\s?(?P<d>{_HAN_NUMBER})\s?[日号]",
        r"(?:(?P<y>\d{4}|[〇零一二三四五六七八九]{4})年)?第?(?P<q>[一二三四])季度",
        r"(?<![\d个])(?P<m>\d{1,2})\s?月(?!\s?\d)",
        r"(?<=[年自从至到])(?P<m>[一二三四五六七八九十]{1,2})月",
        r"(?P<y>\d{4}|[〇零一二三四五六七八九]{4})年(?!前|后|来|间|以上)",
        rf"(?<!\w)(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.|er)?(?: of| de)? (?P<m>{_M})\b\.?,?(?: (?:de )?(?P<y>{_Y}))?(?!\w)",
        rf"(?<!\w)(?P<m>{_M})\b\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:%]|\.\d)(?:,? (?P<y>{_Y}))?(?!\w)",
        rf"(?<!\w)(?P<m>{_M})\b\.?,? (?:of |de )?(?P<y>{_Y})(?!\w)",
        rf"(?<!\w)(?:q(?P<q>[1-4])|(?P<qw>first|second|third|fourth)[ -]quarter)(?:,?(?: of)? (?P<y>{_Y}))?(?!\w)",
        rf"(?<!\w)(?:{_BEFORE_MONTH}) (?P<m>{_LONE})(?!\w)",
        rf"(?:(?<![\w.,$€£¥-])|(?<=\d{{4}}-))(?P<y>{_Y})(?![\w%]|[.,]\d|-\d{{3}}(?!\d))",
        rf"(?<!\w)(?P<w>{'|'.join(w for w in _WEEKDAYS if w.isascii())})s?(?!\w)",
        rf"(?P<w>{'|'.join(w for w in _WEEKDAYS if not w.isascii())})",
    )
)


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as it is written: what is not written is None. `weekday`: Monday is 0; `quarter`: 1 to 4."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    quarter: int | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class DateMark:
    """A date in a text; more than one reading where day and month may be swapped. Offsets count in `plain(text)`."""

    text: str
    start: int
    end: int
    readings: tuple[Day, ...]


def find_dates(text: str) -> list[DateMark]:
    """All dates of a text in order, each as long as it can be."""
    flat = plain(text)
    found: list[DateMark] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(flat):
            readings = tuple(_readings(match))
            if readings and not any(match.start() < f.end and f.start < match.end() for f in found):
                found.append(DateMark(match[0].strip(" ,"), match.start(), match.end(), readings))
    return sorted(found, key=lambda mark: mark.start)


def without_dates(text: str) -> str:
    """`plain(text)` with its dates blanked, so that their digits are not taken for numbers."""
    flat = plain(text)
    for mark in find_dates(text):
        flat = flat[: mark.start] + " " * (mark.end - mark.start) + flat[mark.end :]
    return flat


def is_supported(stated: DateMark, known: list[Day]) -> bool:
    """Whether the source's dates say what the draft's date says, at least as exactly.

    A year may stand apart from its day in the source ("On 3 March … of 2026"), a weekday may follow from a full date.
    """
    years = {day.year for day in known if day.year}
    return any(_covers(day, reading, years) for reading in stated.readings for day in known)


def _covers(known: Day, stated: Day, years: set[int]) -> bool:
    if stated.weekday is not None:
        return known.weekday == stated.weekday or _weekday(known) == stated.weekday
    if stated.quarter is not None and stated.quarter != known.quarter:
        return False
    if stated.month not in (None, known.month) or stated.day not in (None, known.day):
        return False
    if stated.year is None:
        return True
    return stated.year == known.year or (known.year is None and stated.year in years)


def _weekday(day: Day) -> int | None:
    if not (day.year and day.month and day.day):
        return None
    return date(day.year, day.month, day.day).weekday()


def _readings(match: re.Match[str]) -> Iterator[Day]:
    parts = {name: value for name, value in match.groupdict().items() if value}
    if "w" in parts:
        yield Day(weekday=_WEEKDAYS[parts["w"].casefold()])
        return
    year = _year(parts)
    if "q" in parts or "qw" in parts:
        quarter = parts.get("q") or parts["qw"].casefold()
        yield Day(year=year, quarter=_QUARTERS.get(quarter) or int(quarter))
        return
    pairs = [(parts["a"], parts["b"]), (parts["b"], parts["a"])] if "a" in parts else [(parts.get("m"), parts.get("d"))]
    for month_text, day_text in pairs:
        day = Day(year=year, month=_number(month_text), day=_number(day_text))
        if _is_possible(day):
            yield day


def _year(parts: dict[str, str]) -> int | None:
    text = parts.get("y")
    if text is None or text.isascii():
        return int(text) if text else None
    value = read_han(text)
    return int(value) if value is not None else None


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if text.casefold() in _MONTHS:
        return _MONTHS[text.casefold()]
    value = int(text) if text.isdigit() else read_han(text)
    return int(value) if value is not None else 0


def _is_possible(day: Day) -> bool:
    if day.month is None:
        return True
    try:
        date(day.year or 2000, day.month, day.day or 1)
    except ValueError:
        return False
    return True
