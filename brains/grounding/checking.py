"""The deterministic check of a draft: what programs can decide about a sentence, before a model judges the rest."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from brains.grounding.addressed import speaks_as_model, speaks_to_machine
from brains.grounding.addresses import find_addresses, has_markup
from brains.grounding.facts import Finding, check_dates, check_names, check_numbers, check_quotes
from brains.grounding.normal_form import contains, core, fold
from brains.grounding.source import SourceText
from brains.language.blocks import BlockKind, plain_text, read_blocks
from brains.language.detection import base_language
from brains.language.quotation import quote_spans
from brains.language.sentences import split_sentences
from brains.schemas import Draft, Fault, FaultKind

_LETTER = re.compile(r"[^\W\d_]")
_LABEL_WORDS = 6
_LABEL_CHARACTERS = 12


class Verdict(StrEnum):
    """What the check knows of one sentence."""

    SUPPORTED = "supported"
    """It stands in the source word for word."""
    FAULT = "fault"
    OPEN = "open"
    """Its numbers, dates, names and quotations are in the source; what it says of them is for a judge."""
    LABEL = "label"
    """A heading without a fact of its own."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One sentence of a draft and what is known of it. `evidence`: the sentence of the source nearest to it."""

    sentence: str
    verdict: Verdict
    faults: tuple[Fault, ...] = ()
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What a draft may draw on: the item, and each recalled post with its title."""

    item: SourceText
    memories: tuple[SourceText, ...] = ()

    def has(self, text: str) -> bool:
        """Whether these words stand in the item or in a recalled post."""
        return any(source.has(text) for source in (self.item, *self.memories))

    def sentence_with(self, text: str) -> str | None:
        """The sentence they stand in."""
        return next((s for source in (self.item, *self.memories) if (s := source.sentence_with(text))), None)


def check_draft(draft: Draft, *, sources: Sources) -> list[Checked]:
    """Every sentence of title, summary and body with its verdict, in order; faults of form come first."""
    language = base_language(draft.language) or sources.item.language
    units = list(_units(draft, language=language))
    checked = [check_sentence(s, sources=sources, language=language, is_heading=h) for s, h in units]
    return [*_faults_of_form(draft), *_hidden_links(draft, [s for s, _ in units], sources=sources), *checked]


def check_sentence(sentence: str, *, sources: Sources, language: str, is_heading: bool = False) -> Checked:
    """What programs can say of one sentence, written in `language`."""
    is_verbatim = sources.has(sentence)
    if faults := tuple(_forbidden(sentence, sources=sources, is_verbatim=is_verbatim)):
        return Checked(sentence, Verdict.FAULT, faults)
    if is_verbatim:
        return Checked(sentence, Verdict.SUPPORTED, evidence=sources.sentence_with(sentence) or sentence)
    findings = list(_findings(sentence, sources=sources, language=language))
    faults = tuple(Fault(kind=f.kind, sentence=sentence, reason=f.problem) for f in findings if f.problem and f.kind)
    evidence = _most_telling([f.evidence for f in findings if f.evidence])
    if faults:
        return Checked(sentence, Verdict.FAULT, faults, evidence)
    is_label = not _LETTER.search(sentence) or (is_heading and not findings and _is_short(sentence))
    return Checked(sentence, Verdict.LABEL if is_label else Verdict.OPEN, evidence=evidence)


def _findings(sentence: str, *, sources: Sources, language: str) -> Iterator[Finding]:
    """Facts of the sentence. What it says of a recalled post, named by its title, is looked up in that post as well."""
    mentioned = [m for m in sources.memories if m.facts and contains(fold(sentence), core(m.facts[0]))]
    known = [sources.item, *mentioned]
    for check in (check_quotes, check_dates, check_numbers, check_names):
        yield from check(sentence, known=known, language=language)


def _forbidden(sentence: str, *, sources: Sources, is_verbatim: bool) -> Iterator[Fault]:
    for address in find_addresses(sentence, is_known=sources.item.has):
        reason = f"a post has no address in its text, but this has {address}"
        yield Fault(kind=FaultKind.LINK, sentence=sentence, reason=reason)
    # An item may well write of assistants and instructions; in its own words that is no sign of a model talking.
    if speaks_to_machine(sentence) or (speaks_as_model(sentence) and not is_verbatim):
        reason = "this speaks to or as a language model instead of telling what the item says"
        yield Fault(kind=FaultKind.INSTRUCTION, sentence=sentence, reason=reason)


def _faults_of_form(draft: Draft) -> Iterator[Checked]:
    for name, text in (("title", draft.title), ("body", draft.body)):
        if not _LETTER.search(text):
            yield _malformed(text, reason=f"the {name} is empty")
        elif has_markup(text):
            yield _malformed(text[:120], reason=f"the {name} has an image or HTML in it")


def _malformed(text: str, *, reason: str) -> Checked:
    return Checked(text, Verdict.FAULT, (Fault(kind=FaultKind.FORM, sentence=text, reason=reason),))


def _hidden_links(draft: Draft, sentences: Sequence[str], *, sources: Sources) -> Iterator[Checked]:
    """Addresses that a reader of the plain sentences does not see: the targets of links."""
    seen = {a for s in sentences for a in find_addresses(s, is_known=sources.item.has)}
    for line in f"{draft.title}\n{draft.summary}\n{draft.body}".split("\n"):
        hidden = [a for a in find_addresses(line, is_known=sources.item.has) if a not in seen]
        if hidden:
            reason = f"a post has no links in its text, but this links to {hidden[0]}"
            yield Checked(line, Verdict.FAULT, (Fault(kind=FaultKind.LINK, sentence=line, reason=reason),))


def _units(draft: Draft, *, language: str) -> Iterator[tuple[str, bool]]:
    """The sentences of the draft as a reader sees them, each with whether it is a heading."""
    if draft.title.strip():
        yield draft.title.strip(), False
    yield from ((s, False) for s in split_sentences(plain_text(draft.summary), language=language))
    for block in read_blocks(draft.body):
        if block.kind is BlockKind.CODE:
            yield block.text, False
        elif block.kind is BlockKind.QUOTE and not quote_spans(block.text):
            yield f"“{block.text.strip()}”", False
        else:
            yield from ((s, block.kind is BlockKind.HEADING) for s in split_sentences(block.text, language=language))


def _most_telling(evidence: Sequence[str]) -> str | None:
    """The source sentence most of the facts stand in."""
    return max(evidence, key=evidence.count) if evidence else None


def _is_short(text: str) -> bool:
    return len(text.split()) <= _LABEL_WORDS and (text.isascii() or len(text) <= _LABEL_CHARACTERS * 2)
