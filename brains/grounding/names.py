"""Finds the names in a sentence of a draft, and looks them up in the source.

In scripts with capitals a name is a capitalised word that is not merely the first of its sentence; in Chinese it is
what the dictionary or its surroundings mark as one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from brains.grounding.dates import CALENDAR_WORDS
from brains.grounding.lexicon import is_ordinary
from brains.grounding.normal_form import bare, fold, plain
from brains.language.stopwords import is_stopword

_LETTER = r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]"
_PART = r"[^\W\u3040-\u30ff\u3400-\u9fff]"
_TOKEN = re.compile(rf"{_LETTER}{_PART}*(?:[.&'/-]{_PART}+)*|\d+[A-Za-z](?:{_PART}|-)*")
_STARTS = re.compile(r"(?:^|[.!?:;\"(\[—]|\s-|['])\s*$")
_INITIALS = re.compile(r"\b([A-Z])\.(?=[A-Z]\.|\s?[A-Z])")
_TITLE_WORDS = "mr mrs ms miss dr prof sir lady st jr sr ph.d ceo cto cfo coo"
_FILLER_WORDS = "of the and for de la le du des van von der den di da del y e et und für"
_TITLES = frozenset(_TITLE_WORDS.split())
_FILLERS = frozenset(_FILLER_WORDS.split())
_ALIAS_LINES = """
us usa u.s united-states american americans america
uk u.k britain british united-kingdom britons
eu european-union
un united-nations
china chinese prc
germany german germans
france french
netherlands dutch
spain spanish
italy italian
japan japanese
switzerland swiss
denmark danish danes
sweden swedish swedes
finland finnish finns
poland polish poles
norway norwegian
greece greek greeks
ireland irish
portugal portuguese
turkey turkish
ukraine ukrainian
russia russian
brazil brazilian
canada canadian
wales welsh
scotland scottish scots
europe european europeans
asia asian
africa african
taiwan taiwanese
vietnam vietnamese
iceland icelandic
peru peruvian
thailand thai
"""
_ALIAS: dict[str, frozenset[str]] = {
    word: frozenset(line.split()) for line in _ALIAS_LINES.strip().split("\n") for word in line.split()
}
_LONG_WORD = 4
_TITLE_CASE_SHARE = 0.6
_SHORTEST_DEMONYM = 4
_LONGEST_ENDING = 3


@dataclass(frozen=True, slots=True)
class Name:
    """A word that may be a name.

    `is_certain`: it cannot be anything else. `is_coined`: by its own form (`GPT-5`, `NASA`), in any language.
    """

    text: str
    is_certain: bool
    is_coined: bool = False


class NameIndex:
    """The words of a source, for looking names up."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def has(self, name: str) -> bool:
        """Whether the source has this name, or a form of it (possessive, nationality, its initials)."""
        if re.search(r"[^\x00-\u024f]", name):
            return fold(name) in self._folded
        key = bare(name)
        return self._has_word(key) or self._has_spelling(key) or key in self._initials or self._has_run(key)

    def _has_word(self, key: str) -> bool:
        if key in self._words or key.rstrip("s") in self._words or key + "s" in self._words:
            return True
        if any(w in self._words or w.replace("-", " ") in self._folded for w in _ALIAS.get(key, ())):
            return True
        return len(key) >= _SHORTEST_DEMONYM and any(_is_form(key, word) for word in self._by_start.get(key[:4], ()))

    def _has_spelling(self, key: str) -> bool:
        """`GPT-5` is also written `GPT 5` and `GPT5`."""
        parts = re.findall(r"[^\W\d_]+|\d+", key)
        if len(parts) < 2:  # noqa: PLR2004 - one part has one spelling
            return False
        return (
            re.search(r"(?<!\w)" + r"[\s.&'/-]?".join(map(re.escape, parts)) + r"(?!\w)", self._bare_text) is not None
        )

    def has_short(self, run: str) -> bool:
        """Whether the source has the initials of a run of words: `WHO` for `World Health Organization`."""
        return len(run) > 1 and run in self._words

    def _has_run(self, key: str) -> bool:
        """`EU` stands for a run of words with these initials, `European Union`; `AI` for `artificial intelligence`."""
        letters = key.replace(".", "")
        return len(letters) > 1 and letters in self._run_initials

    @cached_property
    def _folded(self) -> str:
        return fold(" ".join(self._texts))

    @cached_property
    def _bare_text(self) -> str:
        return bare(" ".join(self._texts))

    @cached_property
    def _words(self) -> frozenset[str]:
        tokens = [bare(t) for text in self._texts for t in _TOKEN.findall(plain(text))]
        return frozenset(tokens) | {bare(part) for t in tokens for part in re.split(r"[-/&']", t) if part}

    @cached_property
    def _by_start(self) -> dict[str, list[str]]:
        starts: dict[str, list[str]] = {}
        for word in self._words:
            starts.setdefault(word[:4], []).append(word)
        return starts

    @cached_property
    def _initials(self) -> frozenset[str]:
        return frozenset(m[1].casefold() for text in self._texts for m in _INITIALS.finditer(plain(text)))

    @cached_property
    def _run_initials(self) -> frozenset[str]:
        runs = (run for text in self._texts for run in (*_capitalised_runs(plain(text)), *_long_word_runs(plain(text))))
        return frozenset(_initials(run) for run in runs)


def find_names(sentence: str, *, language: str) -> list[Name]:
    """The names of one sentence, in order, each once.

    German writes every noun with a capital: only coined names are found there.
    """
    flat = plain(sentence)
    latin = [name for name in _latin_names(flat, is_title=_is_title_case(flat)) if language != "de" or name.is_coined]
    if language == "zh":
        from brains.grounding.names_zh import chinese_names

        latin = [*latin, *(Name(n, is_certain=True) for n in chinese_names(sentence))]
    return list(dict.fromkeys(latin))


def spelled_out(sentence: str) -> dict[str, set[str]]:
    """For each word in a run of capitalised ones, the initials of the runs it stands in."""
    found: dict[str, set[str]] = {}
    for run in _capitalised_runs(plain(sentence)):
        for word in run:
            found.setdefault(word, set()).add(_initials(run))
    return found


def _latin_names(flat: str, *, is_title: bool) -> Iterator[Name]:
    for match in _TOKEN.finditer(flat):
        is_first = is_title or _STARTS.search(flat[: match.start()]) is not None
        for word in _worth_checking(match[0]):
            if _is_coined(word):
                yield Name(word, is_certain=True, is_coined=True)
            elif word[0].isupper():
                yield Name(word, is_certain=not is_first)


def _worth_checking(token: str) -> Iterator[str]:
    """The token, or the capitalised parts of a compound such as `Berlin-based`; stop words and titles left out."""
    parts = [token] if _is_coined(token) else re.split(r"[-/]", token)
    for part in parts:
        word = re.sub(r"'s?$", "", part)
        low = word.casefold().rstrip(".")
        if len(word) > 1 and low not in CALENDAR_WORDS | _TITLES and not is_stopword(low, language="en"):
            yield word


def _is_coined(word: str) -> bool:
    """Inner capitals, digits or capitals only: `iPhone`, `GPT-5`, `NASA`."""
    letters = re.sub(r"'s$", "", word)
    has_digit = re.search(r"\d", letters) is not None and re.search(r"[A-Za-z]", letters) is not None
    is_counted = re.fullmatch(r"\d+(?:st|nd|rd|th|s|x)", letters) is not None
    return (has_digit and not is_counted) or re.search(r"[^\W\d_][A-Z]", letters) is not None


def is_probable_name(name: Name) -> bool:
    """A certain name, or one whose word is no ordinary word."""
    return name.is_certain or is_ordinary(name.text) is False


def _is_title_case(flat: str) -> bool:
    words = [w for w in re.findall(r"[^\W\d_]+", flat) if len(w) > 3]  # noqa: PLR2004 - short words stay small in titles
    capitals = sum(1 for w in words if w[0].isupper())
    ends = re.search(r"[.!?][\"')]*$", flat) is not None
    return bool(words) and not ends and capitals / len(words) > _TITLE_CASE_SHARE


def _is_form(key: str, word: str) -> bool:
    """`German` and `Germany`, `Berlin` and `Berliners`: one begins with the other and little is added."""
    short, long = sorted((key, word), key=len)
    return len(short) >= _SHORTEST_DEMONYM and long.startswith(short) and len(long) - len(short) <= _LONGEST_ENDING


def _capitalised_runs(flat: str) -> Iterable[list[str]]:
    run: list[str] = []
    for token in _TOKEN.findall(flat):
        if token[0].isupper():
            run.append(token)
        elif not (run and token in _FILLERS):
            yield from _tails(run)
            run = []
    yield from _tails(run)


def _long_word_runs(flat: str) -> Iterator[list[str]]:
    """Two or three long words in a row, which a writer may shorten to their initials."""
    tokens = _TOKEN.findall(flat)
    for at in range(len(tokens)):
        for length in (2, 3):
            run = tokens[at : at + length]
            if len(run) == length and all(len(word) >= _LONG_WORD for word in run):
                yield run


def _tails(run: list[str]) -> Iterable[list[str]]:
    """Every end of the run: its first word may only start the sentence."""
    return (run[i:] for i in range(len(run) - 1))


def _initials(run: list[str]) -> str:
    return "".join(word[0] for word in run).casefold()
