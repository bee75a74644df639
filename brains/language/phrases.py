"""Key phrases: what a text is about, in two to six short phrases of its own words."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from brains.language.chinese import names_a_thing, segment
from brains.language.detection import has_han
from brains.language.stopwords import is_stopword
from brains.language.words import fold

_CHUNK: Final = re.compile(r"[^\W_]+(?:[.'’+-][^\W_]+)*[+#]{0,2}|[^\s\w]|_")
_LONGEST: Final = 3
_MOST: Final = 6
_LENGTH: Final = (1.0, 2.2, 2.6)
"""What a phrase of one, two, three words is worth: longer ones say more."""
_VERB_LIKE: Final = re.compile(r"(?:ing|ed|ly|ize|ise)$")
_DULL_LIST: Final = """
    company companies people year years month months week weeks day days time times number part way lot thing
    things example percent million billion work works working place question problem case point end world group
    result results kind bit abstract paper section figure appendix post article story news report reports
    spokesperson statement according available different important possible several various whole full small large
    big high low early late better best monday tuesday wednesday thursday friday saturday sunday january february
    march april june july august september october november december hours minutes seconds metres kilometres
    pounds euros dollars one two three four five six seven eight nine ten find found finds open opens expected
    lost 小时 分钟 公司 计划 时间 数据 摄氏度 公里 记者 项目
    """
_DULL: Final = frozenset(fold(word) for word in _DULL_LIST.split())
_NOUN_PHRASE: Final = re.compile(
    r"(?i)\b(?:the|an?|of|its|their|his|her|our|this|that|these|those|for|with|in|on|by|from|each|every|no|\d+)\s"
    r"(?:[^\W\d_][\w-]*\s){0,2}?([^\W\d_][\w-]*)(?=[.,;:!?)]|\s(?:of|in|on|at|and|or|is|are|was|were|has|have|will|can|to|that|by|for"
    r"|with|from|but|who|which|as)\b)"
)
_NAME_INSIDE: Final = re.compile(r"(?<=[a-z,] )([A-Z][\w-]+)")
_HAN_WORD: Final = re.compile(r"^[\u4e00-\u9fff]{2,8}$|^[A-Za-z][\w.+#-]{1,20}$")

Tokens = Sequence[str]


def key_phrases(text: str, *, title: str, language: str, most: int = _MOST) -> list[str]:
    """The phrases that come often, early, and in the title; the best first, none inside another."""
    nominal = _nominal(f"{title}.\n{text}") if language == "en" else None
    chinese = language in {"zh", "ja"} or has_han(text[:200])
    runs = list(_chinese_runs(f"{title}\n{text}") if chinese else _runs(f"{title}.\n{text}", language=language))
    counts, surfaces, firsts = _count(runs)
    wanted = {fold(word) for word in _CHUNK.findall(title)} if not chinese else set(segment(title))
    keys = [key for key in counts if len(key) > 1 or nominal is None or key[0] in nominal]
    scores = {key: _score(key, count=counts[key], first=firsts[key], wanted=wanted) for key in keys}
    ranked = sorted(scores, key=lambda key: (-scores[key], firsts[key], key))
    joint = "" if chinese else " "
    best = [key for key in ranked if scores[key] > 0]
    return _distinct([_surface(surfaces[key], joint=joint) for key in best], most=most)


def _surface(written: Counter[Tokens], *, joint: str) -> str:
    """How a phrase is written most often, without a possessive at its end."""
    return joint.join(written.most_common(1)[0][0]).removesuffix("'s").removesuffix("’s")


def _runs(text: str, *, language: str) -> Iterator[Tokens]:
    """Stretches of words with meaning, between stop words and punctuation."""
    run: list[str] = []
    for token in _CHUNK.findall(text):
        is_word = token[0].isalnum() and not token[0].isdigit() and len(token) > 1
        if is_word and not is_stopword(token, language=language) and not _is_adverb(token):
            run.append(token)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _nominal(text: str) -> set[str]:
    """Folded words that end a noun phrase somewhere ("the cold river"), or are written as names."""
    found = {fold(match.group(1)) for match in _NOUN_PHRASE.finditer(text)}
    return found | {fold(match.group(1)) for match in _NAME_INSIDE.finditer(text)}


def _is_adverb(token: str) -> bool:
    return token.endswith("ly") and len(token) > 4  # noqa: PLR2004 - "ally", "only" are short


def _chinese_runs(text: str) -> Iterator[Tokens]:
    run: list[str] = []
    for word in segment(text):
        if _HAN_WORD.match(word) and names_a_thing(word) and not is_stopword(word, language="zh"):
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _count(
    runs: Sequence[Tokens],
) -> tuple[Counter[tuple[str, ...]], dict[tuple[str, ...], Counter[Tokens]], dict[tuple[str, ...], int]]:
    """How often each phrase of up to three words comes, how it is written, and at which word it first comes."""
    counts: Counter[tuple[str, ...]] = Counter()
    surfaces: dict[tuple[str, ...], Counter[Tokens]] = defaultdict(Counter)
    firsts: dict[tuple[str, ...], int] = {}
    at = 0
    for run in runs:
        for start in range(len(run)):
            for length in range(1, min(_LONGEST, len(run) - start) + 1):
                words = tuple(run[start : start + length])
                key = tuple(fold(word) for word in words)
                counts[key] += 1
                surfaces[key][words] += 1
                firsts.setdefault(key, at + start)
        at += len(run)
    return counts, surfaces, firsts


def _score(key: tuple[str, ...], *, count: int, first: int, wanted: set[str]) -> float:
    """Often, early, in the title; 0 for what tells nothing."""
    if key[0] in _DULL or key[-1] in _DULL or len(set(key)) < len(key):
        return 0.0
    if count < 2:  # noqa: PLR2004 - the title counts too: what comes once in all is not what it is about
        return 0.0
    shared = sum(1 for word in key if word in wanted) / len(key)
    last_verb = 0.5 if _VERB_LIKE.search(key[-1]) else 1.0
    often = math.pow(count, 0.7)
    return often * _LENGTH[len(key) - 1] * (1 + shared) * last_verb * (1 + 8 / (8 + first))


def _distinct(phrases: Sequence[str], *, most: int) -> list[str]:
    """The first phrases without those that share most of their words with one before."""
    kept: list[str] = []
    for phrase in phrases:
        folded = _parts(phrase)
        if not any(_is_covered(folded, _parts(other)) for other in kept):
            kept.append(phrase)
        if len(kept) == most:
            break
    return kept


def _parts(phrase: str) -> set[str]:
    return set(phrase) if has_han(phrase) else {fold(word) for word in phrase.split()}


def _is_covered(parts: set[str], other: set[str]) -> bool:
    return len(parts & other) * 2 >= min(len(parts), len(other)) + (1 if len(parts) > 1 else 0)
