"""The text that evidence is looked up in: the item, and apart from it what the desk remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache

from brains.envelope import disarm
from brains.grounding.addressed import order_quotes, own_words, speaks_to_machine
from brains.grounding.dates import Day, find_dates, without_dates
from brains.grounding.names import NameIndex
from brains.grounding.normal_form import contains, core, fold
from brains.grounding.quantities import Quantity, find_quantities
from brains.language.blocks import plain_text, read_blocks
from brains.language.detection import base_language, guess_language
from brains.language.orders import without_orders
from brains.language.sentences import split_sentences
from daemon.blackboard.records import Claim

MAX_CHARACTERS = 400_000
"""A longer text is looked at up to here; checking takes about a second for it."""
_LONGEST_KEPT = 10_000
"""Characters of a text that is kept once it is read."""


@dataclass(frozen=True)
class SourceText:
    """Sentences that count as evidence, with the facts found in them.

    `facts` are the item record's own: title, source, author, tags. Sentences addressed to a machine are no evidence:
    what stands only there is not known.
    """

    sentences: tuple[str, ...]
    language: str
    facts: tuple[str, ...] = ()
    days: tuple[Day, ...] = ()
    """Dates of the record itself: when it was published."""
    quoted_orders: tuple[str, ...] = ()
    """Orders to a machine that the text only quotes: they may be quoted again, and are evidence of nothing."""

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """Each sentence in the form that is searched."""
        return tuple(fold(s) for s in self.sentences)

    @cached_property
    def whole(self) -> str:
        """Everything in one folded string, the title first; quotations may run over sentences."""
        return fold(" ".join((*self.facts[:1], *self.sentences, *self.facts[1:])))

    @cached_property
    def quantities(self) -> tuple[tuple[int, Quantity], ...]:
        """Every number with the index of its sentence; -1 for those of the record."""
        texts = (*enumerate(self.sentences), *((-1, fact) for fact in self.facts))
        return tuple((i, q) for i, text in texts for q in find_quantities(without_dates(text), language=self.language))

    @cached_property
    def dates(self) -> tuple[tuple[int, Day], ...]:
        """Every date with the index of its sentence; -1 for those of the record."""
        texts = (*enumerate(self.sentences), *((-1, fact) for fact in self.facts))
        found = [(i, day) for i, text in texts for mark in find_dates(text) for day in mark.readings]
        return (*found, *((-1, day) for day in self.days))

    @cached_property
    def names(self) -> NameIndex:
        """Every word that may be a name."""
        return NameIndex((*self.sentences, *self.facts))

    def text_at(self, index: int) -> str:
        """The sentence with that index; for -1 the facts of the record."""
        return self.sentences[index] if index >= 0 else "; ".join(self.facts)

    def has(self, text: str) -> bool:
        """Whether these words stand in the source, apart from spacing, case and the kind of marks and dashes."""
        return contains(self.whole, core(text))

    def has_quoted(self, text: str) -> bool:
        """Whether these words may stand in quotation marks."""
        return self.has(text) or any(contains(fold(order), core(text)) for order in self.quoted_orders)

    def sentence_with(self, text: str) -> str | None:
        """The sentence these words stand in, or None."""
        needle = core(text)
        return next((s for s, f in zip(self.sentences, self.folded, strict=True) if contains(f, needle)), None)


def read_source(
    text: str, *, language: str | None = None, facts: Sequence[str] = (), days: Sequence[Day] = ()
) -> SourceText:
    """The evidence in a text: its sentences, without those that speak to a machine."""
    read = _read_once if len(text) <= _LONGEST_KEPT else _read
    return read(text, language=language, facts=tuple(f for f in facts if f), days=tuple(days))


def _read(text: str, *, language: str | None, facts: tuple[str, ...], days: tuple[Day, ...]) -> SourceText:
    text = disarm(text[:MAX_CHARACTERS])
    code = base_language(language) or guess_language(text)
    kept = [s for block in read_blocks(text) for s in _kept(split_sentences(block.text, language=code))]
    orders = tuple(quote for sentence in kept for quote in order_quotes(sentence))
    sentences = tuple(_without(sentence, order_quotes(sentence)) for sentence in kept)
    return SourceText(sentences, code, tuple(f for f in facts if not speaks_to_machine(f)), days, orders)


_read_once = lru_cache(maxsize=512)(_read)
"""An item's text is read in two of its steps, and a fresh post is recalled for many drafts."""


def source_of(claim: Claim) -> SourceText:
    """The evidence for an item's post: its text, and the facts of its record."""
    seen, item = claim.observation, claim.item
    title = plain_text(disarm(seen.title or item.title))
    facts = (title, disarm(seen.author or ""), item.source or "", *map(disarm, seen.tags), *item.tags)
    return read_source(seen.text, language=None, facts=facts, days=days_of(seen.published_at))


def memory_source(memory: Mapping[str, object]) -> SourceText:
    """One recalled post as evidence; keys `title`, `text`, `published_at`."""
    title, text = str(memory.get("title") or ""), str(memory.get("text") or "")
    at = memory.get("published_at")
    return read_source(text, facts=(title,), days=days_of(at if isinstance(at, int | float) else None))


def days_of(at: float | None) -> tuple[Day, ...]:
    """The day of a time, in UTC."""
    if at is None:
        return ()
    day = datetime.fromtimestamp(at, UTC)
    return (Day(year=day.year, month=day.month, day=day.day),)


def _kept(sentences: Sequence[str]) -> list[str]:
    keep = without_orders([own_words(s) for s in sentences])
    return [s for s, is_kept in zip(sentences, keep, strict=True) if is_kept and not speaks_to_machine(s)]


def _without(sentence: str, parts: Sequence[str]) -> str:
    for part in parts:
        sentence = sentence.replace(part, " ")
    return sentence
