"""Choosing the sentences of a digest: the best, no two that say the same, none that hangs in the air."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from brains.language.document import Document, Sentence
from brains.language.ranking import Ranking, is_dangling
from brains.language.words import length_in_words

_SAMENESS: Final = 0.45
"""How much likeness to what is chosen already counts against a sentence."""
_TOO_ALIKE: Final = 0.86
WHOLE: Final = 110.0
"""A text of at most so many words is told whole."""
_SHARE: Final = 0.4
_FEWEST_WORDS: Final = 100.0
_MOST_WORDS: Final = 280.0
_MOST_SENTENCES: Final = 11
_WORTHLESS: Final = -0.1


@dataclass(slots=True)
class _Choice:
    """What is chosen so far, and how many words may still come."""

    words_left: float
    chosen: list[int] = field(default_factory=list)

    def take(self, sentence: Sentence) -> None:
        self.chosen.append(sentence.at)
        self.words_left -= length_in_words(sentence.text)


def choose_sentences(document: Document, *, ranking: Ranking, without: frozenset[int] = frozenset()) -> list[Sentence]:
    """The sentences to tell, in the order of the source. `without`: places of sentences that must not be told."""
    open_ones = [s for s in document.sentences if s.at not in without]
    told = [s for s in open_ones if not s.is_cut_off] or open_ones
    total = sum(length_in_words(s.text) for s in told)
    if total <= WHOLE:
        return _not_too_alike(told, ranking=ranking)
    choice = _Choice(words_left=min(_MOST_WORDS, max(_FEWEST_WORDS, _SHARE * total)))
    _fill(choice, told, ranking=ranking)
    return [document.sentences[at] for at in sorted(choice.chosen)]


def _not_too_alike(sentences: Sequence[Sentence], *, ranking: Ranking) -> list[Sentence]:
    worthy = [s for s in sentences if ranking.scores[s.at] > _WORTHLESS] or sentences
    kept: list[Sentence] = []
    for sentence in worthy:
        if not any(ranking.likeness(sentence.at, other.at) > 0.97 for other in kept):  # noqa: PLR2004 - the same words
            kept.append(sentence)
    return kept


def _fill(choice: _Choice, sentences: Sequence[Sentence], *, ranking: Ranking) -> None:
    """Take the best again and again, as long as there is room."""
    by_place = {s.at: s for s in sentences}
    remaining = dict(by_place)
    while remaining and len(choice.chosen) < _MOST_SENTENCES:
        at = max(remaining, key=lambda n: (_worth(n, chosen=choice.chosen, ranking=ranking), -n))
        sentence = remaining.pop(at)
        group = _with_what_it_leans_on(sentence, by_place=by_place, chosen=choice.chosen)
        if _fits(group, choice=choice, ranking=ranking):
            for member in group:
                remaining.pop(member.at, None)
                choice.take(member)


def _worth(at: int, *, chosen: Sequence[int], ranking: Ranking) -> float:
    alike = max((ranking.likeness(at, other) for other in chosen), default=0.0)
    return ranking.scores[at] - _SAMENESS * alike


def _with_what_it_leans_on(
    sentence: Sentence, *, by_place: dict[int, Sentence], chosen: Sequence[int]
) -> tuple[Sentence, ...]:
    """The sentence, and the one before it when it leans on that; nothing when it would hang in the air."""
    before = by_place.get(sentence.at - 1)
    if not is_dangling(sentence.text) or sentence.at - 1 in chosen:
        return (sentence,)
    is_sound = before is not None and before.block >= sentence.block - 1 and not is_dangling(before.text)
    return (before, sentence) if before is not None and is_sound else ()


def _fits(group: tuple[Sentence, ...], *, choice: _Choice, ranking: Ranking) -> bool:
    if not group or any(ranking.scores[s.at] <= _WORTHLESS for s in group):
        return False
    words = sum(length_in_words(s.text) for s in group)
    has_room = words <= choice.words_left or not choice.chosen
    is_new = all(ranking.likeness(s.at, other) < _TOO_ALIKE for s in group for other in choice.chosen)
    return has_room and is_new
