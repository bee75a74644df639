"""Names of people, organizations, places and products in a text; better one too few than one that is none."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from brains.language.chinese_names import find_chinese_names
from brains.language.detection import has_han
from brains.language.gazetteer import (
    GIVEN_NAMES,
    ORGANIZATION_ENDS,
    ORGANIZATION_STARTS,
    PLACE_ENDS,
    PLACES,
    TITLES,
)
from brains.language.stopwords import STOPWORDS, is_stopword

_CAPITAL: Final = r"[A-ZÀ-ÖØ-Þ]"
_WORD: Final = rf"(?:(?:Dr|Prof|Mr|Mrs|Ms|St)\.(?= {_CAPITAL})|{_CAPITAL}[\w'’&-]*\w|{_CAPITAL}(?:\.(?= {_CAPITAL}))?)"
_LINK: Final = rf"(?: (?:of|of the|for|van|van der|von|de|da|di|del|la|bin|al|and|&)(?= {_CAPITAL}))"
_RUN: Final = re.compile(rf"(?<![\w@#/.°'’-]){_WORD}(?:{_LINK}? {_WORD}){{0,5}}")
_VERSIONED: Final = re.compile(
    rf"(?<![\w@#/.])({_CAPITAL}\w*(?: {_CAPITAL}\w+)?) v?\d{{1,3}}(?:\.\d{{1,3}}){{0,2}}"
    r"(?![\w%,.]*\d|\s*%|\s(?:million|billion|percent))"
)
_CAMEL: Final = re.compile(r"^(?:[A-Z][a-z]+[A-Z]\w*|[a-z]{1,2}[A-Z]\w+)$")
_ACRONYM: Final = re.compile(r"^[A-Z][A-Z0-9&]{1,5}s?$")
_SENTENCE_START: Final = re.compile(r"(?:^|[.!?:;…»”\"“„(\n]|[-–—•])\s*[\"“„'‘(\[]?$")
_CALENDAR_LIST: Final = """
    January February March April May June July August September October November December Monday Tuesday Wednesday
    Thursday Friday Saturday Sunday Januar Februar März Mai Juni Juli Oktober Dezember Montag Dienstag Mittwoch
    Donnerstag Freitag Samstag Sonntag Christmas Easter Internet Web English German French Chinese American
    British European Abstract Figure Table Section Chapter Update Bonus Note Part Step Version
    """
_CALENDAR: Final = frozenset(_CALENDAR_LIST.split())
_SAID_NEAR: Final = re.compile(
    r"^(?:,[^,.]{3,70},)? (?:said|says|told|added|wrote|explained|who\b|sagte|sagt|erklärte)"
    r"|^, (?:\d\d\b|who\b|(?:(?:the|a|an|its|their) )?(?:chief|head|director|professor|founder|co-founder|mayor"
    r"|engineer|spokes\w+|manager|lead)\b)"
)
_SAID_BEFORE: Final = re.compile(r"(?:said|says|added|told|asked|explained|according to|sagte|erklärte) $")
_HUMAN: Final = re.compile(rf"^{_CAPITAL}(?:[a-zß-öø-ÿ]+(?:['’-]{_CAPITAL}?[a-zß-öø-ÿ]+)?|\.)$")
_MOST_PARTS: Final = 4


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name as the text writes it, its kind (`person`, `organization`, `place`, `product`, `other`), how often."""

    name: str
    kind: str
    count: int
    first_at: int


def find_names(text: str, *, language: str) -> list[FoundName]:
    """The names of a text, the most mentioned first; short forms of a longer name are counted with it."""
    if language in {"zh", "ja"}:
        mentions = [(name.start, name.name, name.kind) for name in find_chinese_names(text)]
    else:
        mentions = list(_latin(text, language=language))
    return _counted(mentions, text=text)


def _counted(mentions: Sequence[tuple[int, str, str]], *, text: str) -> list[FoundName]:
    counts = Counter(name for _, name, _ in mentions)
    kinds: dict[str, str] = {}
    first: dict[str, int] = {}
    for start, name, kind in mentions:
        first.setdefault(name, start)
        if kinds.get(name, "other") == "other":
            kinds[name] = kind
    merged = _without_short_forms(counts)
    merged |= {n: max(c, _times(text, n)) for n, c in merged.items() if kinds[n] == "person"}
    found = [FoundName(name=n, kind=kinds[n], count=c, first_at=first[n]) for n, c in merged.items()]
    return sorted(found, key=lambda name: (-name.count, name.first_at))


def _times(text: str, name: str) -> int:
    """How often a person is mentioned, by the full name or the last part of it alone."""
    return len(re.findall(rf"(?<!\w){re.escape(name.rsplit(maxsplit=1)[-1])}(?!\w)", text))


def _without_short_forms(counts: Counter[str]) -> dict[str, int]:
    """Names with their counts; mentions of "Eklund" count for "Marta Eklund"."""
    merged: dict[str, int] = dict(counts)
    for short in sorted(counts, key=len):
        longer = [name for name in counts if name != short and _is_short_for(short, name)]
        if len(longer) == 1:
            merged[longer[0]] = merged.get(longer[0], 0) + merged.pop(short)
    return merged


def _is_short_for(short: str, name: str) -> bool:
    if has_han(short):
        return name.startswith(short)
    return name.endswith(f" {short}") or name.startswith(f"{short} ")


def _latin(text: str, *, language: str) -> Iterator[tuple[int, str, str]]:
    inside = Counter(m.group() for m in _RUN.finditer(text) if not _opens_sentence(text, m.start()))
    for match in _RUN.finditer(text):
        is_first = _opens_sentence(text, match.start())
        start, run = _trimmed(match.group(), at=match.start(), is_first=is_first, known=inside)
        for offset, name in _pieces(run):
            kind = _kind(
                name,
                before=text[max(0, start + offset - 24) : start + offset],
                after=text[start + offset + len(name) :][:90],
            )
            if kind == "other" and not _is_certain_other(name, language=language, inside=inside):
                continue
            if kind:
                yield start + offset, name, kind
    yield from _versions(text, language=language)


def _versions(text: str, *, language: str) -> Iterator[tuple[int, str, str]]:
    """Products with a version (WildFly 10); a plain word before a number only when it comes again."""
    found = list(_VERSIONED.finditer(text))
    counts = Counter(match.group(1) for match in found)
    for match in found:
        last = match.group(1).split()[-1]
        is_coined = _CAMEL.match(last) is not None or _ACRONYM.match(last) is not None
        is_word = last in _CALENDAR or is_stopword(last, language=language)
        if not is_word and (is_coined or counts[match.group(1)] > 1):
            yield match.start(), match.group(), "product"


def _opens_sentence(text: str, start: int) -> bool:
    return _SENTENCE_START.search(text[max(0, start - 4) : start]) is not None or start == 0


def _trimmed(run: str, *, at: int, is_first: bool, known: Counter[str]) -> tuple[int, str]:
    """The run without a leading word that is capitalised only because it opens a sentence."""
    words = run.split(" ")
    while words and (_is_function_word(words[0]) or words[0] in _CALENDAR):
        at += len(words[0]) + 1
        words = words[1:]
        is_first = False
    if is_first and len(words) > 1 and words[0] not in GIVEN_NAMES | TITLES and known[" ".join(words[1:])]:
        at += len(words[0]) + 1
        words = words[1:]
    while words and (words[-1] in _CALENDAR or _is_function_word(words[-1])):
        words = words[:-1]
    return at, " ".join(words).removesuffix("'s").removesuffix("’s")


def _is_function_word(word: str) -> bool:
    return word.casefold() in STOPWORDS["en"] | STOPWORDS["de"] and not _ACRONYM.match(word)


def _pieces(run: str) -> Iterator[tuple[int, str]]:
    """The run itself; where "and" or "of" joins two names rather than stands in one, both sides."""
    joint = next((word for word in (" and ", " of the ", " of ") if word in run), "")
    head, _, tail = run.partition(joint) if joint else (run, "", "")
    is_human = bool(head) and (head.split()[0] in GIVEN_NAMES or head.split()[0].rstrip(".") in TITLES)
    is_one = joint.startswith(" of") or (bool(tail) and tail.split()[-1] in ORGANIZATION_ENDS)
    if not joint or (is_one and not is_human):
        yield 0, run
        return
    yield 0, head
    for offset, name in _pieces(tail):
        yield len(head) + len(joint) + offset, name


def _kind(name: str, *, before: str, after: str) -> str | None:
    words = name.split()
    if not words or name in _CALENDAR or len(name) == 1:
        return None
    if name in PLACES:
        return "place"
    if len(words) > 1 and (kind := _kind_by_form(words)):
        return kind
    if _is_person(words, before=before, after=after):
        return "person"
    return "product" if len(words) == 1 and _CAMEL.match(name) else "other"


def _kind_by_form(words: Sequence[str]) -> str | None:
    """What the last word says (Tidewater Lab), or the first two (Bank of England)."""
    if words[-1].rstrip(".") in ORGANIZATION_ENDS or (words[0] in ORGANIZATION_STARTS and words[1] == "of"):
        return "organization"
    return "place" if words[-1] in PLACE_ENDS else None


def _is_person(words: Sequence[str], *, before: str, after: str) -> bool:
    if len(words) > _MOST_PARTS or any(word in ORGANIZATION_ENDS for word in words[1:]):
        return False
    previous = (before.split() or [""])[-1].rstrip(".")
    is_titled = words[0].rstrip(".") in TITLES or previous in TITLES
    is_given = words[0] in GIVEN_NAMES and len(words) > 1
    is_near_said = _SAID_NEAR.match(after) is not None or _SAID_BEFORE.search(before) is not None
    is_speaking = len(words) in {2, 3} and all(map(_HUMAN.match, words)) and is_near_said
    return (is_titled and len(words) > (0 if previous in TITLES else 1)) or is_given or is_speaking


def _is_certain_other(name: str, *, language: str, inside: Counter[str]) -> bool:
    """A name of unknown kind counts where nouns are not capitalised, when it stands inside sentences, twice or long."""
    if _ACRONYM.match(name):
        return len(name) > 2 and inside[name] > 1  # noqa: PLR2004 - two letters may be anything
    is_long = len(name.split()) > 1
    return language != "de" and inside[name] >= (1 if is_long else 2)
