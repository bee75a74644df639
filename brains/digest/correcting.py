"""What people said of an earlier draft, taken into the document a digest is made of.

A corrected sentence is told in a person's words where the source supports it: it takes the place of the sentence of the
source that says most of it. What the source does not support is not told at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from brains.digest.reviewing import judge
from brains.grounding import Sources, Verdict, check_sentence, read_source
from brains.language.blocks import plain_text, squeeze
from brains.language.document import Document
from brains.language.words import content_words

_LONGEST: Final = 600
"""Characters of a correction that may stand as a sentence."""


def plain_lines(passages: Iterable[str]) -> list[str]:
    """Passages as one line each: as they were given, and as they read without Markdown."""
    return [line for one in passages for line in dict.fromkeys((squeeze(one), squeeze(plain_text(one)))) if line]


def supported(corrections: Iterable[Mapping[str, str]], *, text: str, title: str) -> list[str]:
    """The corrected sentences, in plain words, that the source supports: by its facts, and by its words."""
    sources = Sources(read_source(text, facts=(title,)))
    lines = (squeeze(plain_text(one["corrected"])) for one in corrections)
    return [line for line in lines if 0 < len(line) <= _LONGEST and _is_supported(line, sources=sources, text=text)]


def put_right(document: Document, corrected: Sequence[str]) -> tuple[Document, frozenset[int]]:
    """The document with corrected sentences in the places of those that say most of them, and these places."""
    texts = [sentence.text for sentence in document.sentences]
    places: dict[int, list[str]] = {}
    for line in corrected if texts else ():
        places.setdefault(_nearest(line, texts=texts, language=document.language), []).append(line)
    sentences = tuple(
        replace(sentence, text=" ".join(places[sentence.at]), is_cut_off=False) if sentence.at in places else sentence
        for sentence in document.sentences
    )
    return replace(document, sentences=sentences), frozenset(places)


def without_title(document: Document, *, blocked: Sequence[str]) -> Document:
    """The document without its title when that was found wrong, and without introducing lines that were."""
    is_wrong = squeeze(document.title) in blocked
    intros = {block: line for block, line in document.intros.items() if squeeze(line) not in blocked}
    return replace(document, title="" if is_wrong else document.title, intros=intros)


def _is_supported(line: str, *, sources: Sources, text: str) -> bool:
    """Word for word; or with facts that are all in the source, in words most of which one place of it has."""
    verdict = check_sentence(line, sources=sources, language=sources.item.language).verdict
    if verdict is not Verdict.OPEN:
        return verdict is Verdict.SUPPORTED
    judgement = judge([line], text=text)
    return bool(judgement.evidence) and not judgement.faults


def _nearest(line: str, *, texts: Sequence[str], language: str) -> int:
    words = set(content_words(line, language=language))
    shares = [len(words & set(content_words(text, language=language))) for text in texts]
    return shares.index(max(shares))
