"""Words of a text, and how long it is for a reader."""

import re
from typing import Final

from brains.language.detection import uses_spaces
from brains.language.stopwords import is_stopword

_WORD: Final = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")
_CJK_CHARACTER: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_CJK_RUN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[\u30a0-\u30ff]+")
_SUFFIXES: Final = ("'s", "’s", "ing", "ies", "ed", "es", "en", "s", "e")
_SHORTEST_STEM: Final = 4
_CHARACTERS_PER_WORD: Final = 1.7
"""Chinese characters that make about one English word."""


def words(text: str, *, language: str) -> list[str]:
    """All words in order, as written. Chinese is segmented; Japanese falls into runs of one script."""
    if language == "zh":
        from brains.language.chinese import segment

        return [word for word in segment(text) if _WORD.match(word)]
    if language == "ja":
        return _CJK_RUN.findall(text) + [word for word in _WORD.findall(text) if word.isascii()]
    return _WORD.findall(text)


def content_words(text: str, *, language: str) -> list[str]:
    """The words that carry meaning, folded so that forms of one word meet."""
    shortest = 1 if uses_spaces(language) else 2
    return [
        fold(word)
        for word in words(text, language=language)
        if not is_stopword(word, language=language) and (len(word) >= shortest or word.isdigit())
    ]


def fold(word: str) -> str:
    """Lower case and without the commonest endings; crude, but the same for every form of most words."""
    folded = word.casefold()
    for suffix in _SUFFIXES:
        if folded.endswith(suffix) and len(folded) - len(suffix) >= _SHORTEST_STEM:
            return folded[: -len(suffix)]
    return folded


def length_in_words(text: str) -> float:
    """How long a text is for a reader, in English words; Chinese and Japanese characters are converted."""
    characters = len(_CJK_CHARACTER.findall(text))
    spaced = len(_WORD.findall(_CJK_CHARACTER.sub(" ", text)))
    return spaced + characters / _CHARACTERS_PER_WORD


def cjk_characters(text: str) -> int:
    """How many Chinese, Japanese or Korean characters there are."""
    return len(_CJK_CHARACTER.findall(text))
