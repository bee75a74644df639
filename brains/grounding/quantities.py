"""Finds the numbers of a text, in any common writing, and tells whether one says the same as another."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from brains.grounding.normal_form import plain
from brains.grounding.spelled import ENGLISH, GERMAN, GERMAN_WORD, HAN, read_english, read_han
from brains.grounding.units import Unit, currency_pattern, unit_pattern, units_of

_COMMA_DECIMAL = frozenset(
    {"de", "fr", "es", "it", "pt", "nl", "ru", "pl", "sv", "da", "nb", "no", "fi", "cs", "tr", "uk"}
)
_LITERAL = re.compile(
    r"(?<!\w)(?<!\d[.,])(?<![A-Za-z][-_])(?:\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,']\d+)*)"
    r"|(?<=[\u3040-\u30ff\u3400-\u9fff])\d+(?:[.,]\d+)*"
)
_MAGNITUDES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "mn": 10**6, "bn": 10**9, "tn": 10**12, "tausend": 10**3, "millionen": 10**6, "mio.": 10**6, "mio": 10**6,
    "milliarden": 10**9, "mrd.": 10**9, "mrd": 10**9, "milliarde": 10**9, "lakh": 10**5, "crore": 10**7,
    "millions": 10**6, "billions": 10**9, "milliards": 10**9, "millones": 10**6,
}  # fmt: skip
_LETTERS = {"k": 10**3, "K": 10**3, "m": 10**6, "M": 10**6, "b": 10**9, "B": 10**9}
_HAN_MAGNITUDES = {"百": 100, "千": 10**3, "万": 10**4, "亿": 10**8}
_MAGNITUDE = re.compile(
    rf"[ -]?(?P<word>(?i:{'|'.join(sorted(map(re.escape, _MAGNITUDES), key=len, reverse=True))}))(?![^\W\d_])"
    r"|(?P<letter>[kKmMbB])(?![A-Za-z²³/])|(?P<han>[百千]?[万亿]+|[百千])(?!分)"
)
_HALF = re.compile(r"(?i)(?<!\w)half(?: an?)?(?=[ -](?:hour|day|year|decade|mile)s?\b)")
_HEDGE = re.compile(
    r"(?i)\b(?:about|around|roughly|approximately|nearly|almost|over|more than|some|close to|under|less than|up to|"
    r"at least|circa|rund|etwa|fast|knapp|über|mehr als|environ|plus de)\s+\S{0,3}$"
    r"|(?:约|近|超过|大约|逾|超|将近|接近)$"
)
_HEDGE_AFTER = re.compile(r"^(?:多|余|左右|上下)")
_PERCENT_BEFORE = re.compile(r"百分之$")
_ORDINAL_AFTER = re.compile(r"^(?:st|nd|rd|th)\b|^\.(?= [A-ZÄÖÜ][a-zäöü])")
_VERSION = re.compile(r"\d+(?:\.\d+){2,}")
_CLOCK = re.compile(
    r"(?<![\d:])(?P<h>\d{1,2}):(?P<min>\d{2})(?!\d)(?: ?(?P<half>[ap])\.?m\b\.?)?"
    r"|(?<![\d:.])(?P<h2>\d{1,2}) ?(?P<half2>[ap])\.?m\b\.?",
    re.IGNORECASE,
)
_CLOCK_ELSEWHERE = re.compile(
    r"(?P<part>上午|下午|晚上|凌晨|早上|中午|傍晚)?(?<![\d.,])(?P<h>\d{1,2})[点时](?![间代候])(?:(?P<min>\d{1,2})分?)?"
    r"|(?<![\d.,])(?P<h2>\d{1,2})(?:[.:](?P<min2>\d{2}))? Uhr\b"
)
_HAN_COUNTERS = "天日个名位人家次倍成元岁年月周吨米台座架项种层期届场户条部辆艘间所只头株秒分度"
_HAN_SMALL_MAX = 12
_TOLERANCE = Fraction(1, 20)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a number: `count` of a unit that makes it `factor` times the base unit of `dimension`.

    No dimension: no known unit stands with it.
    """

    count: Fraction
    dimension: str | None = None
    factor: Fraction = Fraction(1)

    def says(self, other: "Reading") -> bool:
        """Whether the values are equal; a unit that only one of them has is left out of the comparison."""
        left, right = self.comparable(other)
        return left == right

    def comparable(self, other: "Reading") -> tuple[Fraction, Fraction]:
        """The two values as they can be compared."""
        if self.dimension is None or other.dimension is None:
            return self.count, other.count
        return self.count * self.factor, other.count * other.factor


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text. `start` and `end` count in `plain(text)`."""

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    is_hedged: bool = False
    is_small_word: bool = False

    @property
    def dimensions(self) -> frozenset[str]:
        """Every dimension it may have."""
        return frozenset(r.dimension for r in self.readings if r.dimension)


def find_quantities(text: str, *, language: str = "en") -> list[Quantity]:
    """All numbers of a text in order. `language` tells what a comma inside a number means."""
    flat = plain(text)
    found: list[Quantity] = []
    for quantity in sorted(_candidates(flat, language=language), key=lambda q: (q.start, -q.end)):
        if not found or quantity.start >= found[-1].end:
            found.append(quantity)
    return found


def says_the_same(stated: Quantity, known: Quantity) -> bool:
    """Whether `known` (of the source) supports `stated` (of the draft).

    The values must be equal, and the units too where both are known. Only behind a word such as `about` may the stated
    number be a rounder form of the known one, within five percent.
    """
    pairs = [(s, k) for s in stated.readings for k in known.readings if _fits(s.dimension, k.dimension)]
    if any(s.says(k) for s, k in pairs):
        return True
    return stated.is_hedged and any(
        _rounds_to(exact, rounded) for s, k in pairs for rounded, exact in [s.comparable(k)]
    )


def _fits(left: str | None, right: str | None) -> bool:
    return left is None or right is None or left == right


def _rounds_to(exact: Fraction, rounded: Fraction) -> bool:
    if not exact or abs(exact - rounded) > exact * _TOLERANCE:
        return False
    return _significant(rounded) < _significant(exact)


def _significant(value: Fraction) -> int:
    digits = f"{float(value):.12g}".partition("e")[0].replace(".", "").strip("0")
    return len(digits)


def _candidates(flat: str, *, language: str) -> Iterator[Quantity]:
    yield from _clock_times(flat)
    for match in _LITERAL.finditer(flat):
        literal = _literal(flat, match=match, language=language)
        # Digits that run on into letters and are no unit belong to a name: 5G, 1BR.
        if not re.match("[A-Za-z]", flat[literal.end :]) or not flat[literal.end - 1].isdigit():
            yield literal
    for match in ENGLISH.finditer(flat):
        spelled = read_english(match)
        if spelled and (spelled.value != 1 or unit_pattern().match(flat, match.end())):
            yield _build(flat, start=match.start(), end=match.end(), values=[spelled.value], is_small=spelled.is_small)
    for match in _HALF.finditer(flat):
        yield _build(flat, start=match.start(), end=match.end(), values=[Fraction(1, 2)])
    for match in HAN.finditer(flat):
        if quantity := _han(flat, match=match):
            yield quantity
    if language == "de":
        yield from _german(flat)


def _clock_times(flat: str) -> Iterator[Quantity]:
    for match in _CLOCK.finditer(flat):
        hour, minute = int(match["h"] or match["h2"]), int(match["min"] or 0)
        half = (match["half"] or match["half2"] or "").casefold()
        yield _clock(match, hour=hour, minute=minute, half=half)
    for match in _CLOCK_ELSEWHERE.finditer(flat):
        half = "" if not match["part"] else "a" if match["part"] in "上午凌晨早上" else "p"
        hour, minute = int(match["h"] or match["h2"]), int(match["min"] or match["min2"] or 0)
        yield _clock(match, hour=hour, minute=minute, half=half)


def _clock(match: re.Match[str], *, hour: int, minute: int, half: str) -> Quantity:
    """A time of day in minutes; `half` is a or p, or empty where the writing leaves it open."""
    open_hours = [hour] if hour > 12 else [hour, (hour + 12) % 24]  # noqa: PLR2004 - the clock has twelve hours
    hours = {"a": [hour % 12], "p": [hour % 12 + 12], "": open_hours}[half]
    readings = tuple(Reading(Fraction(h * 60 + minute), "clock") for h in hours)
    return Quantity(match[0], match.start(), match.end(), readings)


def _literal(flat: str, *, match: re.Match[str], language: str) -> Quantity:
    text = match[0]
    if _VERSION.fullmatch(text) and not re.fullmatch(r"\d{1,3}(?:\.\d{3})+", text):
        return Quantity(text, match.start(), match.end(), (Reading(Fraction(1), f"version {text}"),))
    return _build(flat, start=match.start(), end=match.end(), values=_values(text, language=language))


def _values(text: str, *, language: str) -> list[Fraction]:
    """What the digits mean; more than one value where spaces may part two numbers."""
    decimal, group = (",", ".") if language in _COMMA_DECIMAL else (".", ",")
    if " " in text:
        return [_values(text.replace(" ", ""), language=language)[0]]
    if re.fullmatch(rf"\d{{1,3}}(?:[{group}']\d{{2,3}})*[{group}']\d{{3}}(?:[{decimal}]\d+)?", text):
        return [Fraction(text.replace(group, "").replace("'", "").replace(decimal, "."))]
    # Not grouped by threes: a single point or comma is a decimal mark in every language.
    if re.fullmatch(r"\d+[.,]\d+", text):
        return [Fraction(text.replace(",", "."))]
    return [Fraction(re.sub(r"\D", "", text))]


def _han(flat: str, *, match: re.Match[str]) -> Quantity | None:
    value = read_han(match[0])
    before, after = flat[: match.start()], flat[match.end() :]
    if value is None or before[-1:].isdigit():
        return None
    is_percent = bool(_PERCENT_BEFORE.search(before))
    is_counted = after[:1] in _HAN_COUNTERS or bool(unit_pattern().match(after)) or before.endswith("第")
    if not (is_percent or is_counted or len(match[0]) > 2) or _is_idiom(flat, match=match):  # noqa: PLR2004
        return None
    if after.startswith("成") and value < 10:  # noqa: PLR2004 - 三成 is thirty percent
        return Quantity(f"{match[0]}成", match.start(), match.end() + 1, (Reading(value * 10, "percent"),))
    return _build(
        flat, start=match.start(), end=match.end(), values=[value], is_small=value <= _HAN_SMALL_MAX and not is_percent
    )


def _is_idiom(flat: str, *, match: re.Match[str]) -> bool:
    """`十分`, `一一`, and `一` without a unit: words, not numbers."""
    if match[0] == "一":
        return not unit_pattern().match(flat, match.end())
    return match[0] == "一一" or (match[0] == "十" and re.match("分(?!钟)", flat[match.end() :]) is not None)


def _german(flat: str) -> Iterator[Quantity]:
    for match in GERMAN_WORD.finditer(flat):
        value = Fraction(GERMAN[match["words"].casefold()])
        yield _build(flat, start=match.start(), end=match.end(), values=[value], is_small=True)


def _build(flat: str, *, start: int, end: int, values: list[Fraction], is_small: bool = False) -> Quantity:
    """The number with its magnitude, its unit and what stands before it."""
    first, before = start, flat[:start]
    currency = currency_pattern().search(before)
    is_percent = bool(_PERCENT_BEFORE.search(before))
    scaled, magnitude_end = _magnified(flat, at=end, values=values)
    alternatives = [(scaled, magnitude_end)]
    if magnitude_end == end + 1 and not currency and flat[end].isascii():
        alternatives.append((values, end))
    readings: list[Reading] = []
    last = end
    for numbers, at in alternatives:
        units, unit_end = _units_at(flat, at=at, currency=currency, is_percent=is_percent)
        if units or at == magnitude_end:
            readings += [Reading(v, u.dimension, u.factor) for v in numbers for u in units] or list(
                map(Reading, numbers)
            )
            last = max(last, unit_end)
    is_small = is_small and magnitude_end == end
    first = currency.start() if currency else first - 3 * is_percent
    is_hedged = bool(_HEDGE.search(flat[max(0, first - 30) : first]) or _HEDGE_AFTER.match(flat[magnitude_end:]))
    return Quantity(flat[first:last].strip(), first, last, tuple(readings), is_hedged=is_hedged, is_small_word=is_small)


def _magnified(flat: str, *, at: int, values: list[Fraction]) -> tuple[list[Fraction], int]:
    match = _MAGNITUDE.match(flat, at)
    if not match:
        return values, at
    if match["word"]:
        factor = _MAGNITUDES[match["word"].casefold()]
    elif match["letter"]:
        factor = _LETTERS[match["letter"]]
    else:
        factor = 1
        for char in match["han"]:
            factor *= _HAN_MAGNITUDES[char]
    return [v * factor for v in values], match.end()


def _units_at(flat: str, *, at: int, currency: re.Match[str] | None, is_percent: bool) -> tuple[tuple[Unit, ...], int]:
    if is_percent:
        return units_of("%"), at
    if currency:
        return units_of(currency["sign"] or currency["code"]), at
    if ordinal := _ORDINAL_AFTER.match(flat[at:]):
        return (), at + ordinal.end()
    skipped = re.match(r"多|余", flat[at:])
    start = at + (skipped.end() if skipped else 0)
    match = unit_pattern().match(flat, start)
    if not match:
        return (), at
    return units_of(match["symbol"] or match["word"] or match["han"]), match.end()
