"""A daemon embeds new sentences for weeks: that must not fill the memory."""

import psutil

from brains.memory.embeddings import WordLlamaEmbeddings
from tests.fakes.stories import story

MOST_GROWTH_BYTES = 5_000_000


def _embed(model: WordLlamaEmbeddings, numbers: range) -> None:
    for number in numbers:
        model.embed(story(number).split(". "))


def test_new_sentences_leave_nothing_behind() -> None:
    """8,000 of them; the tokenizer's cache would keep 27 MB."""
    model, process = WordLlamaEmbeddings(), psutil.Process()
    _embed(model, range(200))
    before = process.memory_info().rss
    _embed(model, range(200, 2200))
    assert process.memory_info().rss - before < MOST_GROWTH_BYTES
