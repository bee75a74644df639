"""An item read once: its sentences, their ranking, the best of them, and the quotations worth showing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from brains.digest.correcting import plain_lines, put_right, without_title
from brains.language.blocks import BlockKind, squeeze
from brains.language.detection import uses_spaces
from brains.language.document import Document, Sentence, read_document
from brains.language.ranking import Embedder, Ranking, is_dangling, quoted_share, speaks_to_reader
from brains.language.selection import WHOLE, choose_sentences
from brains.language.sentences import is_ended
from brains.language.speech import FoundQuote, find_quotes
from brains.language.words import length_in_words

_SUMMARY_WORDS: Final = 58.0
_LONG_LEAD: Final = 34.0
"""A lead sentence this long is a summary by itself."""
_MOST_QUOTED: Final = 0.5
_MOST_QUOTES: Final = 3
_LONGEST_QUOTE: Final = 70.0
_FAVOUR: Final = 0.08
_CORRECTED: Final = 2.0
"""A sentence that a person has put right is told before all others."""
_EARLY: Final = 0.2
_FIRST: Final = 0.1
_NEXT: Final = 0.1
_TO_READER: Final = 0.25
_FEWEST_WORDS: Final = 4.0
_NEAR: Final = 3
"""The two sentences of a summary stand at most so far apart; two from different chapters do not read as one."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A quotation with the sentences it stands in, all by one speaker."""

    sentences: tuple[Sentence, ...]
    quotes: tuple[FoundQuote, ...]

    @property
    def speaker(self) -> str | None:
        """Who said it, as the source names them."""
        return next((quote.speaker for quote in self.quotes if quote.speaker), None)


@dataclass(frozen=True, slots=True)
class Story:
    """What a digest is made of, each list in the order of the source. No sentence is in two of them."""

    document: Document
    ranking: Ranking
    summary: tuple[Sentence, ...]
    rest: tuple[Sentence, ...]
    sayings: tuple[Saying, ...]
    shut: frozenset[int] = frozenset()
    """Places of sentences that must not be told."""

    @property
    def told(self) -> list[Sentence]:
        """Summary and rest together."""
        return sorted((*self.summary, *self.rest), key=lambda s: s.at)

    @property
    def is_long(self) -> bool:
        """Whether the source is longer than its digest."""
        return sum(length_in_words(s.text) for s in self.document.sentences) > WHOLE


def read_story(
    text: str,
    *,
    title: str,
    hint: str | None,
    embedder: Embedder,
    blocked: Sequence[str] = (),
    favoured: Sequence[str] = (),
    corrected: Sequence[str] = (),
) -> Story:
    """Read an item.

    `blocked`: sentences that must not be told; `favoured`: such as others found telling; `corrected`: sentences by a
    person that are told in the places of those of the source that say most of them.
    """
    wrong = plain_lines(blocked)
    document, right = put_right(read_document(text, title=title, hint=hint), corrected)
    document = without_title(document, blocked=wrong)
    ranking = Ranking(document, embedder=embedder)
    for at in _places(document, favoured):
        ranking.scores[at] += _FAVOUR
    for at in right:
        ranking.scores[at] += _CORRECTED
    shut = _places(document, wrong) - right
    is_long = sum(length_in_words(s.text) for s in document.sentences) > WHOLE
    sayings = _sayings(document, ranking=ranking, without=shut) if is_long else ()
    spoken = frozenset(s.at for saying in sayings for s in saying.sentences)
    chosen = choose_sentences(document, ranking=ranking, without=shut | spoken)
    summary = _summary(chosen, ranking=ranking)
    rest = tuple(s for s in chosen if s not in summary)
    return Story(document=document, ranking=ranking, summary=summary, rest=rest, sayings=sayings, shut=shut)


def quotes_of(document: Document) -> Iterator[tuple[Sequence[Sentence], FoundQuote]]:
    """Every quotation of a document, with the sentences it stands in."""
    joint = " " if uses_spaces(document.language) else ""
    for _, group in groupby(document.sentences, key=lambda s: s.block):
        block = list(group)
        paragraph, spans = _joined(block, joint=joint)
        for quote in find_quotes(paragraph):
            inside = [
                s for s, (start, end) in zip(block, spans, strict=True) if start < quote.end and quote.start < end
            ]
            yield inside, quote


def _joined(block: Sequence[Sentence], *, joint: str) -> tuple[str, list[tuple[int, int]]]:
    """The block as one line, and where each sentence stands in it."""
    spans: list[tuple[int, int]] = []
    at = 0
    for sentence in block:
        spans.append((at, at + len(sentence.text)))
        at += len(sentence.text) + len(joint)
    return joint.join(sentence.text for sentence in block), spans


def _places(document: Document, texts: Iterable[str]) -> frozenset[int]:
    """The places of the sentences that are, or are part of, one of these texts, or hold one of them."""
    wanted = [flat for text in texts if (flat := squeeze(text))]
    return frozenset(
        s.at for s in document.sentences for flat in wanted if s.text in flat or (flat in s.text and len(flat) > 1)
    )


def _summary(chosen: Sequence[Sentence], *, ranking: Ranking) -> tuple[Sentence, ...]:
    """One or two of the chosen sentences that tell the story by themselves; what it quotes are another's words."""
    chosen = [s for s in chosen if s.kind is not BlockKind.QUOTE]
    able = [s for s in chosen if _can_lead(s, chosen=chosen)] or chosen
    if not able:
        return ()
    last = max(s.at for s in able) or 1
    # Sentences from deep in a long text are central, but they seldom say what it is about.
    fitness = {s.at: ranking.scores[s.at] + _lead_bonus(s, last=last) for s in able}
    lead = max(able, key=lambda s: (fitness[s.at], -s.at))
    after = next((s for s in chosen if s.at == lead.at + 1), None)
    if after is not None and is_dangling(after.text):
        # It leans on the lead: it must follow at once or not at all.
        near = [after]
    else:
        near = [
            s for s in able if s is not lead and abs(s.at - lead.at) <= _NEAR and not _is_leaned_on(s, chosen=chosen)
        ]
    more = [s for s in near if _adds(s, lead=lead, ranking=ranking)]
    second = max(more, key=lambda s: ranking.scores[s.at] + _NEXT * (s is after), default=None)
    return (lead,) if second is None else tuple(sorted((lead, second), key=lambda s: s.at))


def _lead_bonus(sentence: Sentence, *, last: int) -> float:
    """What speaks for a sentence as the first of a digest, apart from its score."""
    early = _EARLY * (1 - sentence.at / last) ** 2
    return early + _FIRST * (sentence.at == 0) - _TO_READER * speaks_to_reader(sentence.text)


def _adds(sentence: Sentence, *, lead: Sentence, ranking: Ranking) -> bool:
    """Whether a second sentence of the summary says something new and leaves it short."""
    length, more = length_in_words(lead.text), length_in_words(sentence.text)
    fits = length < _LONG_LEAD and more >= _FEWEST_WORDS and length + more <= _SUMMARY_WORDS
    return fits and is_ended(lead.text) and ranking.likeness(lead.at, sentence.at) < 0.7  # noqa: PLR2004 - nearly the same said twice


def _is_leaned_on(sentence: Sentence, *, chosen: Sequence[Sentence]) -> bool:
    return any(s.at == sentence.at + 1 and is_dangling(s.text) for s in chosen)


def _can_lead(sentence: Sentence, *, chosen: Sequence[Sentence]) -> bool:
    """Whether it stands by itself, and none that stays behind leans on it."""
    leaned_on = _is_leaned_on(sentence, chosen=chosen) and sentence is not chosen[0]
    is_question = sentence.text.endswith(("?", "？"))
    is_spoken = quoted_share(sentence.text) > _MOST_QUOTED
    is_item = sentence.kind is BlockKind.ITEM
    return not (
        leaned_on
        or speaks_to_reader(sentence.text)
        or is_question
        or is_spoken
        or is_item
        or sentence.is_cut_off
        or is_dangling(sentence.text)
    )


def _sayings(document: Document, *, ranking: Ranking, without: frozenset[int]) -> tuple[Saying, ...]:
    """The best quotations whose speaker the source names, at most three and one of each speaker."""
    named = [s for s in _all_sayings(document) if s.speaker and not any(p.at in without for p in s.sentences)]
    short = [s for s in named if sum(length_in_words(p.text) for p in s.sentences) <= _LONGEST_QUOTE]
    ranked = sorted(short, key=lambda s: (-max(ranking.scores[p.at] for p in s.sentences), s.sentences[0].at))
    heard: list[Saying] = []
    for saying in ranked:
        if saying.speaker not in {other.speaker for other in heard} and len(heard) < _MOST_QUOTES:
            heard.append(saying)
    return tuple(sorted(heard, key=lambda s: s.sentences[0].at))


def _all_sayings(document: Document) -> Iterator[Saying]:
    """Quotations joined where one speaker goes on in the next sentence of the paragraph."""
    current: Saying | None = None
    for sentences, quote in quotes_of(document):
        if sum(quoted_share(s.text) for s in sentences) <= _MOST_QUOTED * len(sentences) * 0.6:
            continue
        if current and _goes_on(current, sentences=sentences, quote=quote):
            merged = dict.fromkeys((*current.sentences, *sentences))
            current = Saying(sentences=tuple(merged), quotes=(*current.quotes, quote))
            continue
        if current:
            yield current
        current = Saying(sentences=tuple(sentences), quotes=(quote,))
    if current:
        yield current


def _goes_on(saying: Saying, *, sentences: Sequence[Sentence], quote: FoundQuote) -> bool:
    last = saying.sentences[-1]
    is_near = sentences[0].block == last.block and sentences[0].at - last.at <= 1
    return is_near and quote.speaker == saying.speaker
