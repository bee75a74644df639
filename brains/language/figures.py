"""Numbers that say something: with their unit, and the words that tell what they measure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from brains.language.dates import find_dates

_AMOUNT: Final = r"(?:\d{1,3}(?:[,.'\u00a0\u202f]\d{3}){1,5}(?:[.,]\d{1,9})?|\d{1,15}(?:[.,]\d{1,9})?)"
_SCALE: Final = (
    r"(?:(?:thousand|million|billion|trillion|bn|mn|millions?|milliards?|millones|Millionen|Milliarden)\b"
    r"|(?:Mio|Mrd)\.|[kKmM]\b)"
)
_CURRENCY: Final = r"(?:US\$|A\$|C\$|HK\$|[$€£¥₹₩]|\b(?:USD|EUR|GBP|CHF|CNY|RMB)\s?)"
_MONEY_WORD: Final = (
    r"(?:euros?|Euro|dollars?|US-Dollar|pounds?|francs?|yuan|yen|rupees?|kronor|kroner|cents?|EUR|USD|GBP|CHF|CNY)"
)
_SYMBOLS: Final = (
    r"(?:[kMGT]Wh?|[kMG]?Wp|[kMGT]i?B|[kMGT]bit/s|[kMG]?Hz|[kmcµn]?m[²³]?|km/h|mph|[kmµ]?g|ml|[kM]?V|mAh|Ah|[kM]?J|dB"
    r"|ppm|ms|µs|ns|ha|psi|[kMG]?Pa|bar|fps)(?![\w-])"
)
_UNIT_WORDS: Final = (
    r"(?:(?:kilo|mega|giga|tera|milli|micro|nano|centi)?(?:watts?(?:-hours?)?|met(?:re|er)s?|grams?|lit(?:re|er)s?"
    r"|bytes?|hertz|tonnes?|seconds?)|(?:square|cubic)\s+(?:kilomet(?:re|er)s|met(?:re|er)s|feet|miles)"
    r"|(?:Quadrat|Kubik|Kilo)?[Mm]eter|(?:Mega|Giga|Kilo)watt(?:stunden)?|Tonnen|Stunden|Jahren?|Tagen?|Wochen?|Monaten?)\b"
)
_SHARE: Final = (
    r"(?:%|percent(?:age\s+points?)?\b|per\s+cent\b|Prozent\b|pour\s+cent\b|por\s+ciento\b|°\s?[CF]\b"
    r"|degrees\b(?:\s+(?:Celsius|Fahrenheit))?)"
)
_UNIT: Final = rf"(?:{_SHARE}|{_SYMBOLS}|{_UNIT_WORDS})"
_PER: Final = r"(?:\s+(?:per|an?)\s+(?:second|minute|hour|day|week|month|year|head|person|square\s+met(?:re|er))\b)?"
_NO_NOUN: Final = (
    r"(?!(?:and|or|of|in|on|at|to|by|is|as|was|were|has|the|this|his|its|but|from|with|for|than|per|times|plus|minus"
    r"|versus|that|which|when|while|because|does|goes|says|means|makes|gives|takes|uses|needs|runs|gets|shows|cents)\b)"
)
_NOUN: Final = (
    rf"(?:(?:{_NO_NOUN}[a-z]+(?:-[a-z]+)?\s+){{0,2}}?{_NO_NOUN}[a-z]+(?<!s)(?<!u)s(?:\s+points)?\b"
    r"|people\b|children\b|men\b|women\b|staff\b)"
)
_BEFORE: Final = r"(?<![\w.,:/#@$€£¥+-])"
_SPACED: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\w.,])[-+−]?{_CURRENCY}\s?{_AMOUNT}(?:\s?{_SCALE})?(?:\s+(?:per|a)\s+[a-z]+(?:-[a-z]+)?)?",
        rf"{_BEFORE}[-+−]?{_AMOUNT}\s?(?:{_SCALE}\s+)?{_MONEY_WORD}\b(?:\s+(?:per|a)\s+[a-z]+(?:-[a-z]+)?)?",
        rf"{_BEFORE}[-+−]?{_AMOUNT}(?:\s?[-–]\s?{_AMOUNT}|\s+to\s+{_AMOUNT})?[\s\u00a0-]?(?:{_SCALE}\s+)?{_UNIT}{_PER}",
        rf"{_BEFORE}{_AMOUNT}\s+(?:out\s+)?of\s+(?:the\s+)?{_AMOUNT}(?:\s{_NOUN})?",
        rf"{_BEFORE}{_AMOUNT}\s?{_SCALE}(?:\s{_NOUN})?{_PER}",
        rf"{_BEFORE}(?:{_AMOUNT}(?:\s?[-–]\s?|\s+(?:to|or)\s+))?{_AMOUNT}\s{_NOUN}{_PER}",
        (
            rf"{_BEFORE}{_AMOUNT}-(?:year|day|month|week|hour|minute|member|person|page|seat|bed|mile|met(?:re|er)"
            r"|kilomet(?:re|er))\b(?:-old)?"
        ),
    )
)
_GERMAN_COUNT: Final = re.compile(rf"{_BEFORE}{_AMOUNT}\s(?:neue\s|weitere\s)?[A-ZÄÖÜ][a-zäöüß]{{2,}}\b")
_VERSION_OF: Final = re.compile(
    r"(?:(?<=[^\W_]\s)[A-Z]\w*|\w[A-Z]\w*|[Vv]ersion|[Cc]hapter|[Ss]ection|[Pp]age|[Ff]igure)\s$"
)
"""A name right before a number: "iOS 10 includes" counts nothing."""
_ZH_ONE: Final = r"\d[\d,]{0,15}(?:\.\d{1,9})?"
_ZH_AMOUNT: Final = rf"{_ZH_ONE}(?:\s?[-–~至到]\s?{_ZH_ONE})?"
_ZH_SYMBOL: Final = r"\s?(?:%|％|‰|°C|℃|[kMGT]Wh?|[kMGT]B|[kMG]?Hz|km|kg|nm|mm|cm|m|V)(?![A-Za-z])"
_ZH_COUNTED: Final = (
    "个百分点|平方公里|平方千米|平方米|立方米|公里|千米|海里|厘米|毫米|微米|纳米|米|公斤|千克|克|吨|升|兆瓦时|千瓦时|吉瓦时"
    "|兆瓦|千瓦|吉瓦|度电|伏|摄氏度|度|元人民币|人民币|美元|欧元|日元|港元|港币|元|人次|人|名|位|家|个(?:小时|月|城市|站点|项目"
    "|国家|工作日|省份)?|台|辆|座|套|件|项|册|卷|页|张|颗|枚|片|次|倍|层|条|种|户|幅|站|趟|班|分钟|小时|秒|毫秒|天|周|年|岁|字"
    "|篇|票|成|亩|公顷|英寸|栋|部|例|起|场|棵|只|头|艘|架|所|间"
)
_ZH_UNIT: Final = rf"(?:{_ZH_SYMBOL}|\s?[余多]?\s?[万亿千百]{{0,2}}[余多]?\s?(?:{_ZH_COUNTED})|\s?[万亿]{{1,2}})"
_CHINESE: Final = re.compile(rf"(?<![\d.,A-Za-z年月-])(?:[￥¥$]\s?|零下)?{_ZH_AMOUNT}{_ZH_UNIT}")
_CLAUSE_END: Final = re.compile(r"(?<!\d)[,:]|[,:](?!\d)|[;，；：、。!?！？()（）—]|\s[–-]\s|\.(?:\s|$)")
_LONGEST_MEANING: Final = 90
_LONGEST: Final = 2_000
"""Characters of a sentence that are read; no honest sentence is longer."""


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """A number with its unit as the text writes it, where it stands, and the clause that says what it measures."""

    value: str
    start: int
    end: int
    meaning: str


def find_figures(sentence: str, *, language: str = "en") -> list[FoundFigure]:
    """The numbers of one sentence that carry a unit or count something, in order. Dates and bare numbers are not.

    `language` matters only where nouns are capitalised (German): elsewhere "10 Downing" counts nothing.
    """
    sentence = sentence[:_LONGEST]
    dates = [(found.start, found.end) for found in find_dates(sentence)]
    taken: list[tuple[int, int]] = []
    for start, end in _candidates(sentence, language=language):
        if not any(start < other_end and other_start < end for other_start, other_end in [*dates, *taken]):
            taken.append((start, end))
    return [_figure(sentence, start=start, end=end) for start, end in sorted(taken)]


def _candidates(sentence: str, *, language: str) -> Iterator[tuple[int, int]]:
    patterns = (*_SPACED, _GERMAN_COUNT) if language == "de" else (*_SPACED, _CHINESE)
    for pattern in patterns:
        for match in pattern.finditer(sentence):
            if not _VERSION_OF.search(sentence, 0, match.start()):
                yield match.start(), match.end()


def _figure(sentence: str, *, start: int, end: int) -> FoundFigure:
    value = sentence[start:end].strip()
    return FoundFigure(value=value, start=start, end=end, meaning=_clause_around(sentence, start=start, end=end))


def _clause_around(sentence: str, *, start: int, end: int) -> str:
    """The clause the number stands in, verbatim; what is overlong is cut at a word."""
    begin = max((m.end() for m in _CLAUSE_END.finditer(sentence, 0, start)), default=0)
    after = _CLAUSE_END.search(sentence, end)
    clause = sentence[begin : after.start() if after else len(sentence)].strip(" \"“”„'’")
    if len(clause) <= _LONGEST_MEANING:
        return clause
    tail = sentence[max(begin, end - _LONGEST_MEANING) : end]
    return tail.partition(" ")[2] or tail
