"""Knowledge of an item without a model: every entry is words of the source, found by rules."""

import re
from collections.abc import Iterator
from typing import Final

from brains.digest.story import Story, quotes_of
from brains.language.dates import find_dates
from brains.language.document import Document, is_from_text
from brains.language.fields import told_words
from brains.language.figures import find_figures
from brains.language.names import find_names
from brains.language.phrases import key_phrases
from brains.language.words import cjk_characters, length_in_words
from brains.schemas import DateMention, Entity, EntityKind, Figure, Finding, Knowledge, Quote

_FEWEST_WORDS: Final = 8.0
_FEWEST_CJK: Final = 15
_MOST_ENTITIES: Final = 20
_MOST_NUMBERS: Final = 24
_MOST_DATES: Final = 12
_MOST_QUOTES: Final = 10
_FEWEST_TOPICS: Final = 2
_MOST_TOPICS: Final = 4
_TEST: Final = re.compile(
    r"^\W*(?:(?:this is )?(?:just )?(?:an? )?test(?:ing)?(?: (?:post|entry|item|message|feed|please ignore))?"
    r"|hello,? world|lorem ipsum\b.*|foo(?: bar)?(?: baz)?|测试(?:文章|条目|一下|内容)?|测试测试)\W*$",
    re.IGNORECASE,
)


def extract_knowledge(story: Story, *, text: str) -> Knowledge:
    """What the rules find in a story. `text`: the item's whole text, for telling why there is nothing."""
    document = story.document
    gist = " ".join(s.text for s in story.summary[:1]) or document.title
    return Knowledge(
        language=document.language,
        gist=gist,
        claims=[Finding(statement=s.text, evidence=s.text) for s in story.told],
        entities=_entities(document),
        numbers=list(_numbers(document))[:_MOST_NUMBERS],
        dates=list(_dates(document))[:_MOST_DATES],
        quotes=_quotes(document),
        topics=topics_of(document),
        discard_reason=_nothing_to_tell(document, text=text),
    )


def topics_of(document: Document) -> list[str]:
    """Key phrases; a text too short to have them is tagged with the names in it and its title."""
    phrases = key_phrases(document.text, title=document.title, language=document.language)
    if len(phrases) >= _FEWEST_TOPICS:
        return phrases
    names = find_names(f"{document.title}.\n{document.text}", language=document.language)
    certain = [name.name for name in names if name.kind in {"person", "organization", "place"}]
    flat = " ".join(phrases).casefold()
    return [*phrases, *(name for name in certain if name.casefold() not in flat)][:_MOST_TOPICS]


def _entities(document: Document) -> list[Entity]:
    names = find_names(document.text, language=document.language)[:_MOST_ENTITIES]
    return [Entity(name=name.name, kind=EntityKind(name.kind)) for name in names]


def _numbers(document: Document) -> Iterator[Figure]:
    seen: set[str] = set()
    for sentence in document.sentences:
        for figure in find_figures(sentence.text, language=document.language):
            if figure.value not in seen:
                seen.add(figure.value)
                yield Figure(value=figure.value, meaning=figure.meaning, evidence=sentence.text)


def _dates(document: Document) -> Iterator[DateMention]:
    seen: set[str] = set()
    for sentence in document.sentences:
        for date in find_dates(sentence.text):
            if date.text not in seen:
                seen.add(date.text)
                yield DateMention(text=date.text, iso=date.iso, evidence=sentence.text)


def _quotes(document: Document) -> list[Quote]:
    found = [quote for _, quote in quotes_of(document)]
    return [Quote(text=quote.text, speaker=quote.speaker) for quote in found[:_MOST_QUOTES]]


def _nothing_to_tell(document: Document, *, text: str) -> str | None:
    """Why there is nothing to write about, or None."""
    own = document.text
    told = told_words(text, title=document.title)
    is_titled = not is_from_text(document.title, text=told)
    beside = " beside the title" if is_titled else ""
    if not text.strip():
        return "the entry has no text"
    if _TEST.match(own) or (_TEST.match(document.title) and length_in_words(own) < 2 * _FEWEST_WORDS):
        return "a test entry"
    if not own:
        what = "links, code, or page furniture" if told == text else "fields with a word or two"
        return f"the entry has nothing but {what}"
    if not is_titled and document.title.rstrip("…") not in own:
        own = f"{document.title} {own}"
    if cjk_characters(own) * 2 > len(own):
        count = cjk_characters(own)
        return f"too little text: {count} characters{beside}" if count < _FEWEST_CJK else None
    count = round(length_in_words(own))
    noun = "word" if count == 1 else "words"
    return f"too little text: {count} {noun}{beside}" if count < _FEWEST_WORDS else None
