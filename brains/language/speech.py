"""Who said what: quotations in a text, each with the speaker the text names, if it names one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from brains.language.chinese_names import SAID, find_people
from brains.language.detection import has_han
from brains.language.quotation import quote_spans
from brains.language.words import cjk_characters, length_in_words

_FEWEST_WORDS: Final = 4.0
_FEWEST_CJK: Final = 8
_REACH: Final = 160
"""Characters around a quotation in which its speaker is looked for."""

_VERBS: Final = """
    said says added adds wrote writes told explained explains noted notes recalled recalls argued argues warned
    warns asked replied claimed insisted concluded admitted announced continued commented observed remarked
    stressed joked sagte sagt erklärte erklärt meinte meint betonte betont berichtete berichtet ergänzte ergänzt
    schrieb so warnte
    """
_SAID: Final = rf"(?:{'|'.join(_VERBS.split())})"
_PARTICLE: Final = r"(?:van|von|der|den|de|da|di|del|la|le|bin|al|ten|zu|zur|y)"
_CAPITAL: Final = r"[A-ZÀ-ÖØ-Þ]"
_NAME: Final = (
    rf"(?:(?:Dr|Prof|Mr|Mrs|Ms|Sir)\.?\s+)?{_CAPITAL}[\w'’-]*\w"
    rf"(?:\s+(?:{_PARTICLE}\s+){{0,2}}(?:{_CAPITAL}\.\s+)?{_CAPITAL}[\w'’-]*\w){{0,3}}"
)
_ROLE: Final = r"(?:,\s[^,.\"“”]{3,90}(?:,\s[^,.\"“”]{3,50})?,)?"
_ROLE_WORDS: Final = r"(?:(?:the|its|their|our|die|der|Herr|Frau|a|an)\s+)?(?:[a-z][\w'’-]*,?\s+){0,5}"
_OFFICE: Final = r"(?:(?:the|its|their|our|a|an|die|der)\s+(?:[a-z][\w'’-]*,?\s+){1,5})?"
_AFTER: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^[,.]?\s*{_SAID}\s+{_ROLE_WORDS}(?P<name>{_NAME})",
        rf"^[,.]?\s*{_OFFICE}(?P<name>{_NAME}){_ROLE},?\s+(?:\w+ly\s+|has\s+|hat\s+)?{_SAID}\b",
        rf"^[,.]?\s*(?:according\s+to|laut)\s+{_ROLE_WORDS}(?P<name>{_NAME})",
        rf"^\s*[—–-]{{1,2}}\s*(?P<name>{_NAME})",
    )
)
_BEFORE: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<name>{_NAME}){_ROLE}\s+(?:\w+ly\s+|has\s+|hat\s+)?{_SAID}(?:\s+[a-z][\w\s]{{1,40}})?\s*[,:]?\s*$",
        rf"(?P<name>{_NAME}){_ROLE}:\s*$",
        rf"\b(?i:according\s+to|in\s+the\s+words\s+of|as)\s+{_ROLE_WORDS}(?P<name>{_NAME}){_ROLE}(?:\s+{_SAID}|\s+put\s+it)?[,:]?\s*$",
    )
)
_PRONOUN: Final = re.compile(
    rf"^[,.]?\s*(?:(?:he|she|they|er|sie)\s+(?:\w+ly\s+)?{_SAID}|{_SAID}\s+(?:he|she|er|sie))\b"
)
_NO_NAMES: Final = """
    The A An It He She They We I This That These Those There When While And But As If In On At For Er Sie Es Wir
    Das Die Der Ein Eine One Some Many Most What Who How Why So Now Then Here His Her Their Our My Its According
    Also Still Another
    """
_NO_NAME: Final = frozenset(_NO_NAMES.split())
_SENTENCE_END: Final = re.compile(r"[.!?]\s+(?=[A-ZÀ-ÖØ-Þ\"“„])(?<!Dr\.\s)(?<!Mr\.\s)(?<!Ms\.\s)|[。！？”」]")
_CHINESE_LEAD: Final = re.compile(rf"{SAID}[^，。：；“”]{{0,8}}[:：，,]?\s*$|[:：]\s*$")
_CHINESE_TAIL: Final = re.compile(rf"^[，,。]?[^，。：；“”]{{0,30}}?{SAID}")


@dataclass(frozen=True, slots=True)
class FoundQuote:
    """Quoted words without their marks, where they stand (marks included), and who said them, if the text says so."""

    text: str
    start: int
    end: int
    speaker: str | None


def find_quotes(paragraph: str) -> list[FoundQuote]:
    """The quotations of one paragraph that are long enough to be speech, in order.

    A later part of a broken quotation ("…," said X. "…") has the speaker of the part before it.
    """
    found: list[FoundQuote] = []
    for start, end in quote_spans(paragraph):
        words = paragraph[start + 1 : end - 1].strip()
        if is_speech(words):
            speaker = _speaker(paragraph, start=start, end=end) or _continued(
                paragraph, start=start, end=end, told=found
            )
            found.append(FoundQuote(text=words, start=start, end=end, speaker=speaker))
    return found


def is_speech(words: str) -> bool:
    """Whether quoted words are long enough to be speech, not a title or a term in quotation marks."""
    if has_han(words):
        return cjk_characters(words) >= _FEWEST_CJK
    return length_in_words(words) >= _FEWEST_WORDS


def _speaker(text: str, *, start: int, end: int) -> str | None:
    before = _last_sentence(text[max(0, start - _REACH) : start])
    after = _first_sentence(text[end : end + _REACH])
    if has_han(before + after):
        return _chinese_speaker(before, after)
    for patterns, context in ((_AFTER, after), (_BEFORE, before)):
        for pattern in patterns:
            match = pattern.search(context)
            if match and (name := _as_name(match.group("name"))):
                return name
    return None


def _chinese_speaker(before: str, after: str) -> str | None:
    """The last person of the words that lead to the quotation, or the last before "said" in those that follow."""
    if _CHINESE_LEAD.search(before):
        people = find_people(before)
        return people[-1].name if people else None
    tail = _CHINESE_TAIL.match(after)
    people = find_people(tail.group()) if tail else []
    return people[-1].name if people else None


def _as_name(run: str) -> str | None:
    """The run without words that only start a sentence; None when nothing is left."""
    parts = run.split()
    while parts and parts[0] in _NO_NAME:
        parts = parts[1:]
    name = " ".join(parts)
    for ending in ("'s", "’s"):
        name = name.removesuffix(ending)
    return name or None


def _continued(text: str, *, start: int, end: int, told: Sequence[FoundQuote]) -> str | None:
    """The speaker of the part before, when only that attribution, or a "she said", lies between."""
    if not told or told[-1].speaker is None:
        return None
    between = text[told[-1].end : start]
    is_part = told[-1].speaker in between and _sentences_in(between) <= 1
    is_pronoun = _PRONOUN.match(text[end : end + _REACH]) is not None
    return told[-1].speaker if is_part or is_pronoun else None


def _sentences_in(text: str) -> int:
    return len([part for part in _SENTENCE_END.split(text) if part.strip(" .,。，")])


def _last_sentence(text: str) -> str:
    return _SENTENCE_END.split(text)[-1]


def _first_sentence(text: str) -> str:
    return _SENTENCE_END.split(text.lstrip(".") if text[:1] == "." else text)[0] if text else ""
