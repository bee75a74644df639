"""Numbers written as words: `twenty-five thousand`, `三百二十`, `百分之四`, `drei`."""

import re
from dataclasses import dataclass
from fractions import Fraction

_ENGLISH_ONES = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
    """
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_GERMAN_ONES = "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"
_ONES, _TENS, _GERMAN = _ENGLISH_ONES.split(), _ENGLISH_TENS.split(), _GERMAN_ONES.split()

SMALL: dict[str, int] = {w: n for n, w in enumerate(_ONES)} | {w: 20 + 10 * n for n, w in enumerate(_TENS)}
GERMAN: dict[str, int] = {w: n for n, w in enumerate(_GERMAN)}
SCALES: dict[str, int] = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}

_WORD = "|".join(sorted((*SMALL, *SCALES), key=len, reverse=True))
ENGLISH = re.compile(
    rf"(?i)(?<![\w-])(?:(?P<half>half a )|(?P<a>a )(?=(?:hundred|thousand|million|billion|trillion|dozen)\b))?"
    rf"(?P<words>(?:{_WORD}|dozen)(?:(?:[ -]|(?<=hundred) and |(?<=thousand) and )(?:{_WORD}))*)(?![^\W\d_])"
)
GERMAN_WORD = re.compile(rf"(?i)(?<!\w)(?P<words>{'|'.join(sorted(GERMAN, key=len, reverse=True))})(?!\w)")

_HAN_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000}
HAN = re.compile(r"[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number that was written as words."""

    value: Fraction
    is_small: bool
    """A counting word up to twelve, as a writer puts it for what he counts himself."""


def read_english(match: re.Match[str]) -> Spelled | None:
    """The value of an `ENGLISH` match; None when the words make no number (`hundred` alone)."""
    words = [w for w in re.split(r"[ ,-]+", match["words"].casefold()) if w != "and"]
    if words == ["dozen"]:
        return Spelled(Fraction(12), is_small=True)
    if words[0] in SCALES and not (match["a"] or match["half"]):
        return None
    total = _sum_words(words) * (Fraction(1, 2) if match["half"] else 1)
    return Spelled(total, is_small=len(words) == 1 and total <= 12)  # noqa: PLR2004 - what people count in words


def _sum_words(words: list[str]) -> Fraction:
    total, group = 0, 0
    for word in words:
        if word in SMALL:
            group += SMALL[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        else:
            total, group = total + max(group, 1) * SCALES[word], 0
    return Fraction(total + group)


def read_han(text: str) -> Fraction | None:
    """The value of a Chinese number; None when the characters make none (`千万`, `万`)."""
    whole, _, part = text.partition("点")
    if whole[0] not in _HAN_DIGITS and not whole.startswith("十"):
        return None
    value = _digits(whole) if not any(c in _HAN_SCALES or c in "万亿" for c in whole) else _scaled(whole)
    if part:
        value += Fraction(int("".join(str(_HAN_DIGITS[c]) for c in part)), 10 ** len(part))
    return value


def _digits(text: str) -> Fraction:
    return Fraction(int("".join(str(_HAN_DIGITS[c]) for c in text)))


def _scaled(text: str) -> Fraction:
    total, section, digit = 0, 0, 0
    for char in text:
        if char in _HAN_DIGITS:
            digit = _HAN_DIGITS[char]
        elif char in _HAN_SCALES:
            section, digit = section + (digit or 1) * _HAN_SCALES[char], 0
        elif char == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    return Fraction(total + section + digit)
