"""Notices a model that says the same thing again and again, in Latin and in Chinese writing.

Two rules, both on the newest text only (document 003, 2.3.2, asks for the n-gram repetition of a stream):

- the same stretch stands there at least four times in a row, and fills 200 characters (100 in Chinese);
- of the newest 200 words' 5-grams (in Chinese: of characters) less than a fifth are distinct.

What repeats because the source does so is a copy, and no loop.
"""

import re
from itertools import islice

_CHECKED_EVERY = 48
_COUNTED_EVERY = 512
"""Characters between two looks, by the first and the second rule: so each character costs the same."""
_LONGEST_STRETCH = 800
_TIMES = 4
_WINDOW = _TIMES * _LONGEST_STRETCH
_ANCHOR = 24
"""By so many characters an earlier place is found that may be one stretch back."""
_TRIES = 6
_FILLED = 200
_FILLED_CHINESE = 100
_FILLED_MARKS = 1000
"""For what has fewer than two different letters: lines in tables, zeros, dots."""
_WORDS = 200
_GRAM = 5
_LEAST_DISTINCT = 0.2

_CHINESE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_WORD = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\\W_\u3040-\u30ff\u3400-\u9fff]+")
_QUOTED = 60


class Repetition:
    """Fed with the text as it comes. `source`: what the model was given to read."""

    def __init__(self, *, source: str = "") -> None:
        self._source = source
        self._tail = ""
        self._new: list[str] = []
        self._unchecked = 0
        self._uncounted = 0

    def feed(self, text: str) -> str | None:
        """What is repeated, in words, when that is what the text has come to."""
        self._new.append(text)
        self._unchecked += len(text)
        if self._unchecked < _CHECKED_EVERY:
            return None
        self._uncounted += self._unchecked
        self._unchecked = 0
        self._tail = "".join((self._tail, *self._new))[-_WINDOW:]
        self._new.clear()
        return self._stretch() or self._grams()

    def _stretch(self) -> str | None:
        tail = self._tail
        end = len(tail) - 1
        start = max(0, end - _LONGEST_STRETCH - _ANCHOR)
        for _ in range(_TRIES):
            at = tail.rfind(tail[-_ANCHOR:], start, end)
            if at < 0:
                return None
            length = len(tail) - _ANCHOR - at
            if self._is_repeated(length):
                return f"the same {length} characters again and again: {tail[-length:][:_QUOTED]!r}"
            end = at + _ANCHOR - 1
        return None

    def _is_repeated(self, length: int) -> bool:
        tail = self._tail
        if not _repeats(tail, length, filled=max(_TIMES * length, _FILLED_CHINESE)):
            return False
        filled = max(_TIMES * length, _least_filled(tail[-length:]))
        return _repeats(tail, length, filled=filled) and tail[-filled:] not in self._source

    def _grams(self) -> str | None:
        if self._uncounted < _COUNTED_EVERY:
            return None
        self._uncounted = 0
        words = self._words()
        if len(words) < _WORDS:
            return None
        shifted = (islice(words, start, None) for start in range(_GRAM))
        distinct = len(set(zip(*shifted, strict=False)))
        if distinct >= _LEAST_DISTINCT * (_WORDS - _GRAM + 1) or self._tail[-_FILLED:] in self._source:
            return None
        return f"{distinct} distinct {_GRAM}-grams in {_WORDS} words, the last: {self._tail[-_QUOTED:]!r}"

    def _words(self) -> list[str]:
        """The newest words; in Chinese they stand close together, and few characters hold enough of them."""
        for length in (_WINDOW // 8, _WINDOW // 2, _WINDOW):
            words: list[str] = _WORD.findall(self._tail[-length:])
            if len(words) >= _WORDS:
                break
        return words[-_WORDS:]


def _repeats(tail: str, length: int, *, filled: int) -> bool:
    """Whether the last `filled` characters are the same stretch of this length again and again."""
    return len(tail) >= filled and tail[length - filled :] == tail[-filled:-length]


def _least_filled(stretch: str) -> int:
    """How many characters a repeated stretch has to fill before it is one."""
    letters = {character for character in stretch if character.isalpha()}
    if len(letters) < 2:  # noqa: PLR2004 - one letter is a line of a table as well
        return _FILLED_MARKS
    is_chinese = 2 * len(_CHINESE.findall(stretch)) >= len(stretch)
    return _FILLED_CHINESE if is_chinese else _FILLED
