"""What a model's judgement of open sentences is worth: it counts only with words that stand in the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TypeVar

from brains.grounding import Sources
from brains.grounding.normal_form import core
from brains.language.detection import base_language
from brains.language.words import content_words, length_in_words
from brains.llm.base import Answer
from brains.schemas import Evidence, Fault, FaultKind, Judgement

Entry = TypeVar("Entry", Fault, Evidence)

_LEAST_EVIDENCE = 3.0
_MOST_TRANSITION = 12.0
_ALIKE = 0.9
_LEAST_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on the open sentences. `evidence` maps a sentence to words of the source."""

    faults: Sequence[Fault] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    judged_by: str = "grounding"


def settle(answer: Answer[Judgement], *, sentences: Sequence[str], sources: Sources, language: str) -> Judged:
    """Turn an answer into verdicts, one for each sentence that was asked about.

    The model's silence, evidence that is not in the source, and evidence too short to say anything are faults. The
    offline provider cannot judge meaning: there a sentence passes when most of its words are the source's words, or
    when it is written in another language (its numbers, dates and names have been checked before).
    """
    if answer.provider == "offline":
        return _settle_by_words(sentences, sources=sources, language=base_language(language) or sources.item.language)
    faults, evidence = [], {}
    for sentence in sentences:
        match _verdict(sentence, answer.value, sources=sources):
            case Fault() as fault:
                faults.append(fault)
            case str(words):
                evidence[sentence] = words
    return Judged(faults, evidence, f"{answer.provider}:{answer.model}")


def _verdict(sentence: str, judgement: Judgement, *, sources: Sources) -> Fault | str | None:
    """The fault, or the words of the source, or None for a sentence that states nothing."""
    if fault := _about(sentence, judgement.faults):
        return fault.model_copy(update={"sentence": sentence})
    given = _about(sentence, judgement.evidence)
    if given is None:
        return _unsupported(sentence, "the reviewer found nothing in the source that says this")
    if not given.source.strip() and length_in_words(sentence) <= _MOST_TRANSITION:
        return None
    if length_in_words(given.source) < min(_LEAST_EVIDENCE, length_in_words(sentence)):
        return _unsupported(sentence, "the reviewer gave no words of the source that say this")
    if not sources.has(given.source):
        return _unsupported(sentence, "the words given as its evidence do not stand in the source")
    return given.source


def _about(sentence: str, entries: Sequence[Entry]) -> Entry | None:
    """The entry for a sentence; models copy almost verbatim, so the most alike one counts when it is alike enough."""
    wanted = core(sentence)
    exact = next((e for e in entries if core(e.sentence) == wanted), None)
    if exact or not entries:
        return exact
    ratio, at = max((SequenceMatcher(None, wanted, core(e.sentence)).ratio(), -i) for i, e in enumerate(entries))
    return entries[-at] if ratio >= _ALIKE else None


def _settle_by_words(sentences: Sequence[str], *, sources: Sources, language: str) -> Judged:
    if language != sources.item.language:
        return Judged()
    texts = [s for source in (sources.item, *sources.memories) for s in (*source.sentences, *source.facts)]
    known = {text: set(content_words(text, language=language)) for text in texts}
    vocabulary = {word for words in known.values() for word in words}
    faults, evidence = [], {}
    for sentence in sentences:
        words = set(content_words(sentence, language=language))
        if len(words & vocabulary) < _LEAST_OVERLAP * len(words):
            faults.append(_unsupported(sentence, "hardly a word of this is in the source"))
        elif words:
            evidence[sentence] = max(known, key=lambda text: len(words & known[text]))
    return Judged(faults, evidence)


def _unsupported(sentence: str, reason: str) -> Fault:
    return Fault(kind=FaultKind.UNSUPPORTED, sentence=sentence, reason=reason)
