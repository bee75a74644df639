"""Judging sentences of a draft by words alone: does a sentence, or two in a row, of the source say this?

No model reads here, so this is a check of overlap and of plain contradiction (one says "rose", the other "fell"; one
says "not"). It cannot judge a paraphrase in other words, nor a translation: there it finds nothing wrong.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from brains.digest.labels import is_label
from brains.language.blocks import plain_text, squeeze
from brains.language.detection import guess_language
from brains.language.document import read_document
from brains.language.words import content_words
from brains.schemas import Evidence, Fault, FaultKind, Judgement

_ENOUGH: Final = 0.5
"""The share of a sentence's words that one place of the source must have."""
_CLOSE: Final = 0.6
_OPPOSITES: Final = (
    (
        r"\b(?:rose|rise[sn]?|rising|increas\w+|grew|grow\w*|climb\w+|up)\b",
        r"\b(?:fell|fall\w*|declin\w+|decreas\w+|dropp?\w+|shr[aiu]nk\w*|down)\b",
    ),
    (r"\b(?:gain\w*|won|win\w*)\b", r"\b(?:los[st]\w*|lose\w*)\b"),
    (r"\b(?:more|above|over|at least)\b", r"\b(?:fewer|less|below|under|at most)\b"),
    (r"\b(?:open\w*|start\w*|began|launch\w*)\b", r"\b(?:clos\w+|end(?:ed|s)?|stopp?\w*|halt\w*)\b"),
    (r"\b(?:before)\b", r"\b(?:after)\b"),
    (r"\b(?:approv\w+|accept\w+)\b", r"\b(?:reject\w+|refus\w+)\b"),
    (r"上升|增长|增加|提高|上涨", r"下降|减少|降低|下跌|下滑"),
    (r"批准|通过|接受", r"否决|拒绝"),
)
_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|\w+n['’]t|nicht|kein\w*|nie|ohne)\b|不|没有|没|未|无",
    re.IGNORECASE,
)


def judge(sentences: Sequence[str], *, text: str) -> Judgement:
    """Faults and evidence for the sentences, by the words of `text`."""
    document = read_document(text, title="")
    single = [s.text for s in document.sentences]
    places = single + [f"{one} {two}" for one, two in pairwise(single)]
    bags = [set(content_words(place, language=document.language)) for place in places]
    judgement = Judgement()
    for sentence in sentences:
        _judge_one(sentence, places=places, bags=bags, language=document.language, judgement=judgement)
    return judgement


def _judge_one(
    sentence: str, *, places: Sequence[str], bags: Sequence[set[str]], language: str, judgement: Judgement
) -> None:
    plain = squeeze(plain_text(sentence))
    if is_label(plain) or not places:
        return
    words = set(content_words(plain, language=language))
    share, at = max((_share(words, bag), -place) for place, bag in enumerate(bags))
    place = places[-at]
    if share >= _ENOUGH:
        problem = _contradiction(plain, place) if share >= _CLOSE else None
    else:
        is_foreign = guess_language(plain, hint=language) != language
        problem = None if is_foreign or not words else "the source has no sentence that says this"
    if problem:
        judgement.faults.append(Fault(kind=FaultKind.UNSUPPORTED, sentence=sentence, reason=problem))
    elif share >= _ENOUGH:
        judgement.evidence.append(Evidence(sentence=sentence, source=place))


def _share(words: set[str], bag: set[str]) -> float:
    return len(words & bag) / len(words) if words else 0.0


def _contradiction(sentence: str, place: str) -> str | None:
    """What the nearest words of the source say to the contrary, if they plainly do."""
    if squeeze(sentence) in squeeze(place):
        return None
    for pair in _OPPOSITES:
        said, known = ([re.search(p, text, re.IGNORECASE) is not None for p in pair] for text in (sentence, place))
        if said in ([True, False], [False, True]) and known == said[::-1]:
            return f"the source says the contrary: “{place}”"
    if bool(_NEGATION.search(sentence)) != bool(_NEGATION.search(place)):
        return f"one of the two denies it: “{place}”"
    return None
