"""A guess at the language of a text: by its script, by its commonest words, and by what the feed says."""

import re
from collections import Counter
from collections.abc import Mapping

_SAMPLE_CHARS = 1500
_FEWEST_WORDS = 8
_FEWEST_HITS = 3
_WORD = re.compile(r"[^\W\d_]+")
_KANA = re.compile("[\u3040-\u30ff]")
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003134f]")
_SCRIPTS = (
    ("ko", re.compile("[\u1100-\u11ff\uac00-\ud7af]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_COMMON: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and of to is that it was for with as are this be by from or have not which you they an their has",
        "de": "der die und das ist nicht ein eine mit dem den von zu auf für im sich auch wird sind bei nach oder",
        "fr": "le la les des est et une dans qui que pour pas sur au avec sont ce il plus par ne du cette aux",
        "es": "el los las que una es por con para del se su al como más pero sus fue este ha son",
        "it": "il che di è la per una con non del sono gli della si dei nel alla anche più come delle",
        "pt": "o que não uma os com para é do da em por mais dos como foi ao se das são pela",
        "nl": "de het een en van is dat niet zijn op te met voor die ook aan er maar bij naar worden",
        "sv": "och att det som en är för på inte med den av till har ett om de var från men",
        "pl": "i w nie na się z jest do że to jak od o za ale przez po dla są oraz",
        "tr": "ve bir bu için ile da de olarak çok daha gibi olan sonra ancak kadar en ne var",
    }.items()
}
_LANGUAGES_OF: Mapping[str, tuple[str, ...]] = {
    word: tuple(language for language, words in _COMMON.items() if word in words)
    for word in frozenset().union(*_COMMON.values())
}


def guess_language(text: str, *, declared: str | None = None) -> str | None:
    """A code such as `en` or `zh`: from the text when it is long enough to tell, else what the feed declares."""
    sample = text[:_SAMPLE_CHARS]
    return _by_script(sample) or _by_words(sample) or primary(declared)


def primary(tag: str | None) -> str | None:
    """The language of a tag such as `en-US`, `zh_Hant` or `DE`; None for what is no language tag."""
    match = re.match(r"\s*([A-Za-z]{2,3})(?:[-_].*)?\s*$", tag or "")
    return match[1].lower() if match else None


def _by_script(sample: str) -> str | None:
    letters = sum(map(str.isalpha, sample))
    if letters < 2:  # noqa: PLR2004 - a letter or two tell nothing
        return None
    if sample.isascii():
        return None
    han, kana = len(_HAN.findall(sample)), len(_KANA.findall(sample))
    # One Chinese character says as much as a word of Latin letters.
    if (han + kana) * 4 >= letters:
        return "ja" if kana * 10 > han + kana else "zh"
    return next((language for language, script in _SCRIPTS if len(script.findall(sample)) * 2 > letters), None)


def _by_words(sample: str) -> str | None:
    words = _WORD.findall(sample.lower())
    if len(words) < _FEWEST_WORDS:
        return None
    told = Counter(language for word in words for language in _LANGUAGES_OF.get(word, ()))
    (most, language), (second, _) = sorted(((told[one], one) for one in _COMMON), reverse=True)[:2]
    is_clear = most >= _FEWEST_HITS and most * 12 >= len(words) and most * 4 >= second * 5
    return language if is_clear else None
