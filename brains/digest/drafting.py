"""A digest of an item: its own sentences, the telling numbers, who said what, and the names. No word is invented."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from brains.digest.extracting import topics_of
from brains.digest.labels import Labels, labels_for
from brains.digest.story import Saying, Story
from brains.language.blocks import BlockKind, as_markdown
from brains.language.detection import base_language, uses_spaces
from brains.language.document import Document, Sentence
from brains.language.figures import find_figures
from brains.language.furniture import has_address, without_last_link
from brains.language.names import find_names
from brains.language.ranking import is_dangling
from brains.language.sentences import is_ended, split_sentences
from brains.language.words import length_in_words
from brains.schemas import Draft

_MOST_NUMBERS: Final = 4
_FEWEST_NUMBERS: Final = 2
_LONGEST_NUMBER_LINE: Final = 38.0
_MOST_NAMES: Final = 8
_FEWEST_NAMES: Final = 2
_NAMED_KINDS: Final = frozenset({"person", "organization", "place"})
_PARAGRAPH_WORDS: Final = 36.0
_LEAST_SCORE: Final = 0.15


def write_draft(story: Story, *, wanted_language: str | None, topics: Sequence[str] = ()) -> Draft:
    """The digest. It stays in the language of the source, and says so when another one is wanted."""
    document = story.document
    summary = _joint(story).join(s.text for s in story.summary) or document.title
    found = list(topics) or topics_of(document)
    return Draft(
        language=document.language,
        title=_headline(document) or summary,
        summary=summary,
        body="\n\n".join(_parts(story, wanted=base_language(wanted_language))),
        topics=found[:6],
    )


def _headline(document: Document) -> str:
    """The title without the addresses that stand in it: a post has one link, that of its item."""
    if not has_address(document.title):
        return document.title.rstrip(" :：")
    sentences = split_sentences(document.title, language=document.language)
    told = [without_last_link(sentence) for sentence in sentences]
    return " ".join(sentence for sentence in told if not has_address(sentence))


def _parts(story: Story, *, wanted: str | None) -> Iterator[str]:
    labels = labels_for(story.document.language)
    if not story.told:
        yield as_markdown(story.document.title)
        return
    if story.summary:
        yield as_markdown(_joint(story).join(s.text for s in story.summary))
    yield from _paragraphs(story)
    if story.is_long:
        yield from _numbers(story, labels=labels)
        yield from _quotes(story, labels=labels)
        yield from _names(story, labels=labels)
    if wanted and wanted != story.document.language:
        yield f"*{labels_for(wanted).other_language}*"


def _joint(story: Story) -> str:
    return " " if uses_spaces(story.document.language) else ""


def _paragraphs(story: Story) -> Iterator[str]:
    """The rest of the sentences: prose in short paragraphs; lists and quotes under the line that led to them."""
    intros = story.document.intros
    for group in _grouped(story.rest, intros=intros):
        lines = [as_markdown(line) for line in _by_block(group, joint=_joint(story))]
        kind, intro = group[0].kind, intros.get(group[0].block)
        if intro and (kind is BlockKind.QUOTE or (kind is BlockKind.ITEM and len(lines) > 1)):
            yield as_markdown(intro)
        if kind is BlockKind.QUOTE:
            yield "\n>\n".join(f"> {line}" for line in lines)
        elif kind is BlockKind.ITEM and len(lines) > 1:
            yield "\n".join(f"- {line}" for line in lines)
        else:
            yield as_markdown(_joint(story).join(s.text for s in group))


def _grouped(sentences: Sequence[Sentence], *, intros: Mapping[int, str]) -> Iterator[list[Sentence]]:
    """Runs of sentences that make one paragraph, one list or one quote."""
    current: list[Sentence] = []
    for sentence in sentences:
        if current and _breaks(current, sentence, intros=intros):
            yield current
            current = []
        current.append(sentence)
    if current:
        yield current


def _breaks(current: Sequence[Sentence], sentence: Sentence, *, intros: Mapping[int, str]) -> bool:
    if current[-1].kind != sentence.kind:
        return True
    if sentence.kind is BlockKind.QUOTE:
        return sentence.block != current[-1].block and sentence.block in intros
    if sentence.kind is BlockKind.ITEM:
        return sentence.block - current[-1].block > 3  # noqa: PLR2004 - another list
    if not is_ended(current[-1].text):
        return True
    is_full = sum(length_in_words(s.text) for s in current) >= _PARAGRAPH_WORDS
    return sentence.block != current[-1].block and is_full and not is_dangling(sentence.text)


def _by_block(items: Sequence[Sentence], *, joint: str) -> list[str]:
    lines: dict[int, list[str]] = {}
    for sentence in items:
        lines.setdefault(sentence.block, []).append(sentence.text)
    return [joint.join(line) for line in lines.values()]


def _numbers(story: Story, *, labels: Labels) -> Iterator[str]:
    """Sentences with telling numbers that the digest has not told yet; a list when there are two or more."""
    language = story.document.language
    best = sorted(_number_lines(story), key=lambda s: s.at)
    if len(best) >= _FEWEST_NUMBERS:
        yield f"## {labels.numbers}"
        yield "\n".join(f"- {_with_bold_figures(s.text, language=language)}" for s in best)


def _number_lines(story: Story) -> list[Sentence]:
    """The best of them, each with a number that is new."""
    language = story.document.language
    told = [*story.told, *(s for saying in story.sayings for s in saying.sentences)]
    known = {figure.value for s in told for figure in find_figures(s.text, language=language)}
    open_ones = [s for s in story.document.sentences if s not in told and s.at not in story.shut]
    able = [s for s in open_ones if _is_number_line(s, story=story)]
    lines: list[Sentence] = []
    for sentence in sorted(able, key=lambda s: (-story.ranking.scores[s.at], s.at)):
        values = {figure.value for figure in find_figures(sentence.text, language=language)}
        if values - known and len(lines) < _MOST_NUMBERS:
            lines.append(sentence)
            known |= values
    return lines


def _is_number_line(sentence: Sentence, *, story: Story) -> bool:
    is_alike = any(story.ranking.likeness(sentence.at, s.at) > 0.8 for s in story.told)  # noqa: PLR2004 - told already
    return not (
        is_alike
        or sentence.kind is BlockKind.QUOTE
        or is_dangling(sentence.text)
        or sentence.is_cut_off
        or length_in_words(sentence.text) > _LONGEST_NUMBER_LINE
        or story.ranking.scores[sentence.at] < _LEAST_SCORE
    )


def _with_bold_figures(text: str, *, language: str) -> str:
    """The sentence with its numbers in bold, wherever Markdown can set them so."""
    parts: list[str] = []
    at = 0
    for figure in find_figures(text, language=language):
        if _can_be_bold(text, start=figure.start, end=figure.end):
            parts += [as_markdown(text[at : figure.start]), f"**{as_markdown(text[figure.start : figure.end])}**"]
            at = figure.end
    return "".join([*parts, as_markdown(text[at:])])


def _can_be_bold(text: str, *, start: int, end: int) -> bool:
    """CommonMark opens bold before a sign such as $ only after a space or a sign, and closes it likewise."""
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    opens = text[start].isalnum() or not before.isalnum()
    closes = text[end - 1].isalnum() or not after.isalnum()
    return opens and closes and not text[start:end].startswith(" ") and not text[start:end].endswith(" ")


def _quotes(story: Story, *, labels: Labels) -> Iterator[str]:
    if story.sayings:
        yield f"## {labels.quotes}"
        yield "\n\n".join(_quotation(saying, joint=_joint(story)) for saying in story.sayings)


def _quotation(saying: Saying, *, joint: str) -> str:
    """The sentences it stands in, which mostly name the speaker; else the speaker on a line of its own."""
    text = joint.join(s.text for s in saying.sentences)
    lines = [f"> {as_markdown(text)}"]
    if saying.speaker and saying.speaker not in text:
        lines += [">", f"> — {as_markdown(saying.speaker)}"]
    return "\n".join(lines)


def _names(story: Story, *, labels: Labels) -> Iterator[str]:
    found = find_names(story.document.text, language=story.document.language)
    names = [as_markdown(name.name) for name in found if name.kind in _NAMED_KINDS][:_MOST_NAMES]
    if len(names) >= _FEWEST_NAMES:
        yield f"**{labels.names}** {labels.joint.join(names)}"
