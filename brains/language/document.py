"""An item's text as the sentences that are its story, with what each stands in; furniture and orders are gone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from brains.language.blocks import Block, BlockKind, read_blocks, squeeze
from brains.language.detection import guess_language
from brains.language.fields import told_words
from brains.language.furniture import (
    has_address,
    is_cut_off,
    is_furniture,
    looks_like_code,
    without_last_link,
    without_stamps,
)
from brains.language.orders import without_orders
from brains.language.sentences import split_sentences

LONGEST: Final = 120_000
"""Characters of a text that are read; what comes after is left out (about 20,000 English words)."""
_MOST_SENTENCES: Final = 1_500
_PROSE: Final = frozenset({BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE})
_LINKED: Final = 0.8
_SHORT_LINK: Final = 70
_LONGEST_TITLE: Final = 160
_WHOSE: Final = re.compile(r"([^\n]{1,160}?) \(https?://[^\s()]{1,2000}\)[:：]\n")
"""The line over a quoted post that says whose it is."""
_BYLINE: Final = 40
"""A line that repeats the title and adds at most so many letters (authors, a year) tells nothing new."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the story. `text` is verbatim plain text of one line; `at` is its place among all of them."""

    at: int
    text: str
    block: int
    kind: BlockKind
    opens_block: bool
    is_cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """What there is to tell. `intros` are lines that end in a colon, by the number of the block they introduce.

    A quoted post is introduced by the name of its author.
    """

    title: str
    language: str
    sentences: tuple[Sentence, ...]
    intros: dict[int, str]

    @property
    def text(self) -> str:
        """All sentences, a block per line."""
        lines: dict[int, list[str]] = {}
        for sentence in self.sentences:
            lines.setdefault(sentence.block, []).append(sentence.text)
        return "\n".join(" ".join(line) for line in lines.values())


def read_document(text: str, *, title: str, hint: str | None = None) -> Document:
    """Read an item's Markdown-like text; tables count when there is no prose. `hint`: the language its feed claims.

    Of a record's fields those are read that are sentences.
    """
    heading = clean_title(title)
    text = told_words(text[:LONGEST], title=title)
    blocks = read_blocks(text)
    language = guess_language("\n".join(b.text for b in blocks if b.kind in _PROSE) or heading, hint=hint)
    found, intros = _collect(blocks, title=heading, language=language, kinds=_PROSE)
    if not found:
        found, intros = _collect(blocks, title=heading, language=language, kinds=_PROSE | {BlockKind.TABLE})
    if not found and is_from_text(heading, text=text):
        found, intros = _collect(blocks, title="", language=language, kinds=_PROSE)
    return Document(title=heading, language=language, sentences=_without_repeats(found), intros=intros)


def _collect(
    blocks: Sequence[Block], *, title: str, language: str, kinds: frozenset[BlockKind]
) -> tuple[list[Sentence], dict[int, str]]:
    """The sentences of the blocks of these kinds, and the lines that introduce the block after them."""
    found: list[Sentence] = []
    intros: dict[int, str] = {}
    for number, given in enumerate(blocks):
        whose, block = _whose(given)
        if whose:
            intros[number] = whose
        kept = _story_of(block, title=title, language=language) if block.kind in kinds else []
        if kept and _introduces(kept[-1]):
            intros[number + 1] = kept.pop()
        for place, sentence in enumerate(kept):
            found.append(_sentence(sentence, at=len(found), block=number, kind=block.kind, opens_block=place == 0))
    return found, intros


def is_from_text(title: str, *, text: str) -> bool:
    """Whether a title is but the beginning of the text, as that of a post without one of its own."""
    bare = _bare(title)
    return bool(bare) and any(_bare(block.text).startswith(bare) for block in read_blocks(text))


def _whose(block: Block) -> tuple[str, Block]:
    """Who wrote a quoted post, as a line that introduces it, and the post without that line."""
    found = _WHOSE.match(block.text) if block.kind is BlockKind.QUOTE else None
    if found is None:
        return "", block
    line = f"{squeeze(found[1])}:"
    return (line if without_orders([line])[0] else ""), replace(block, text=block.text[found.end() :])


def clean_title(title: str) -> str:
    """The first line of a title, its Markdown and spaces cleaned; an overlong one is cut at a word."""
    lines = [squeeze(block.text) for block in read_blocks(title.strip().split("\n")[0])]
    line = without_stamps(next(iter(lines), ""))
    if len(line) <= _LONGEST_TITLE:
        return line
    return line[:_LONGEST_TITLE].rsplit(" ", 1)[0].rstrip(",;:，；、") + "…"


def _sentence(text: str, *, at: int, block: int, kind: BlockKind, opens_block: bool) -> Sentence:
    return Sentence(at=at, text=text, block=block, kind=kind, opens_block=opens_block, is_cut_off=is_cut_off(text))


def _story_of(block: Block, *, title: str, language: str) -> list[str]:
    """The block's sentences that are worth keeping."""
    if _is_navigation(block):
        return []
    split = split_sentences(block.text, language=language)
    sentences = [without_last_link(squeeze(sentence)) for sentence in split]
    sentences = [s for s, keep in zip(sentences, without_orders(sentences), strict=True) if keep]
    return [s for s in sentences if _is_story(s, title=title)]


def _is_navigation(block: Block) -> bool:
    """A block that is all link and short leads elsewhere; it says nothing itself, unless it says whose words follow."""
    return block.link_share >= _LINKED and len(block.text) <= _SHORT_LINK and not _introduces(block.text)


def _is_story(sentence: str, *, title: str) -> bool:
    bare, bare_title = _bare(sentence), _bare(title)
    most = 1 if is_cut_off(title) else _BYLINE
    if not bare or (bare_title and bare.startswith(bare_title) and len(bare) - len(bare_title) < most):
        return False
    return not (is_furniture(sentence) or has_address(sentence) or looks_like_code(sentence))


def _introduces(sentence: str) -> bool:
    return sentence.endswith((":", "："))


def _bare(text: str) -> str:
    """Letters and digits alone, for telling whether two lines say the same."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _without_repeats(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences without exact repetitions (teasers, captions), numbered anew."""
    kept = list(_first_of_each(sentences))[:_MOST_SENTENCES]
    return tuple(
        Sentence(at=at, text=s.text, block=s.block, kind=s.kind, opens_block=s.opens_block, is_cut_off=s.is_cut_off)
        for at, s in enumerate(kept)
    )


def _first_of_each(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    seen: set[str] = set()
    for sentence in sentences:
        bare = _bare(sentence.text)
        if bare not in seen:
            seen.add(bare)
            yield sentence
