"""Which language a text is in: by its script, and for Latin script by its stop words."""

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from brains.language.stopwords import STOPWORDS

_SAMPLE: Final = 6_000
"""Characters that are looked at; more tells no more."""

_KANA: Final = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff]")
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_HANGUL: Final = re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")
_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]")
_OTHER_SCRIPTS: Final = {
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}
_UKRAINIAN: Final = re.compile(r"[іїєґ]", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

WITHOUT_SPACES: Final = frozenset({"zh", "ja"})
"""Languages written without spaces between words."""


def guess_language(text: str, *, hint: str | None = None) -> str:
    """An ISO 639-1 code such as `en` or `zh`. `hint` (what the feed says) decides only what the text leaves open."""
    return _shown_by(text[:_SAMPLE]) or base_language(hint) or "en"


def base_language(tag: str | None) -> str | None:
    """`zh` for `zh-Hans-CN`; None when the tag is empty or no language tag at all."""
    code = (tag or "").strip().lower().replace("_", "-").partition("-")[0]
    return code if re.fullmatch(r"[a-z]{2}", code) else None


def uses_spaces(language: str) -> bool:
    """Whether words are parted by spaces in that language."""
    return language not in WITHOUT_SPACES


def has_han(text: str) -> bool:
    """Whether there is a Chinese character in the text."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=256)
def _shown_by(sample: str) -> str | None:
    """What script and words show. Kept, because every step of an item asks it of the same text."""
    return _by_script(sample) or _by_stopwords(sample)


def _by_script(sample: str) -> str | None:
    latin = len(_LATIN.findall(sample))
    han, kana, hangul = (len(p.findall(sample)) for p in (_HAN, _KANA, _HANGUL))
    # One Chinese character says about as much as three Latin letters.
    if 3 * (han + kana) > latin and han + kana > 0:
        return "ja" if kana * 10 > han else "zh"
    if 2 * hangul > latin:
        return "ko"
    return _by_other_script(sample, latin=latin)


def _by_other_script(sample: str, *, latin: int) -> str | None:
    for language, pattern in _OTHER_SCRIPTS.items():
        if len(pattern.findall(sample)) > latin:
            return "uk" if language == "ru" and len(_UKRAINIAN.findall(sample)) * 50 > len(sample) else language
    return None


def _by_stopwords(sample: str) -> str | None:
    counts = Counter(word.casefold().replace("’", "'") for word in _WORD.findall(sample))
    scores = {
        language: sum(count for word, count in counts.items() if word in words)
        for language, words in STOPWORDS.items()
        if language != "zh"
    }
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    (best, most), (_, second) = ranked[0], ranked[1]
    is_clear = most >= 2 and most > second  # noqa: PLR2004 - one stop word may be a name or a loan word
    return best if is_clear else None
