"""Looks the facts of one sentence up in the sources: quotations, dates, numbers, names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from brains.grounding.dates import find_dates, is_supported, without_dates
from brains.grounding.names import find_names, is_probable_name, spelled_out
from brains.grounding.normal_form import core, fold, is_cjk, plain
from brains.grounding.quantities import Quantity, find_quantities, says_the_same
from brains.grounding.source import SourceText
from brains.grounding.units import unit_pattern, units_of
from brains.language.quotation import quote_spans
from brains.language.stopwords import is_stopword
from brains.language.words import fold as fold_word
from brains.schemas import FaultKind

_QUOTE_MARKS = "\"“”„«»「」『』‹›‚‘’' "
_GAP = re.compile(r"\s*(?:\.\.\.|…|\[[^\[\]]*\])\s*")
_NEXT_WORD = re.compile(r"[ -]?([^\W\d_]+)")
_AGED = re.compile(r"(?i)\bage[ds]?\b|\bim Alter\b|岁")
_CJK_NOUN = 2
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact of a sentence: where the source says it, or what is wrong. Neither: a model must judge."""

    kind: FaultKind | None = None
    problem: str | None = None
    evidence: str | None = None


def check_quotes(sentence: str, *, known: Sequence[SourceText], language: str) -> Iterator[Finding]:
    """Quoted words must be in a source word for word; `…` and `[…]` leave some out. Translations are left open."""
    for start, end in quote_spans(sentence):
        quoted = sentence[start:end].strip(_QUOTE_MARKS)
        parts = [part for part in _GAP.split(quoted) if core(part)]
        missing = next((part for part in parts if not any(source.has_quoted(part) for source in known)), None)
        if missing is None:
            yield Finding(evidence=_sentence_with(parts[0], known) if parts else None)
        elif all(source.language != language for source in known):
            yield Finding()
        else:
            yield Finding(
                FaultKind.QUOTE, f"the words “{_short(missing)}” are in quotation marks but not in the source"
            )


def check_dates(sentence: str, *, known: Sequence[SourceText], language: str) -> Iterator[Finding]:  # noqa: ARG001 - one shape for all checks
    """Every date must be in a source, at least as exactly."""
    for mark in find_dates(sentence):
        days = [day for source in known for _, day in source.dates]
        if is_supported(mark, days):
            yield Finding(evidence=_dated(mark.text, known))
        elif _is_number_instead(mark.text, known):
            yield Finding()
        else:
            yield Finding(FaultKind.DATE, f"the source does not give the date “{mark.text}”")


def check_numbers(sentence: str, *, known: Sequence[SourceText], language: str) -> Iterator[Finding]:
    """Every number must be in a source with the same value and, where both have one, the same unit."""
    masked = without_dates(sentence)
    for stated in find_quantities(masked, language=language):
        supports = [
            source.text_at(i)
            for source in known
            for i, q in source.quantities
            if _supports(q, source.text_at(i), stated)
        ]
        if supports:
            yield Finding(evidence=supports[0])
        elif stated.is_small_word and not _contradicts(masked, stated=stated, known=known):
            # The writer may have counted what the source lists; programs cannot.
            yield Finding()
        else:
            yield Finding(FaultKind.NUMBER, _number_problem(stated, known))


def check_names(sentence: str, *, known: Sequence[SourceText], language: str) -> Iterator[Finding]:
    """Every name must be in a source; one in letters may be a translation of one in characters."""
    initials = spelled_out(sentence)
    for name in find_names(_without_numbers(sentence, language=language), language=language):
        source = next((source for source in known if source.names.has(name.text)), None)
        if source is None and any(s.names.has_short(run) for s in known for run in initials.get(name.text, ())):
            yield Finding()
        elif source:
            yield Finding(evidence=_sentence_with(name.text, [source]))
        elif _may_be_translated(name.text, known, language=language) or not is_probable_name(name):
            continue
        else:
            yield Finding(FaultKind.NAME, f"the source does not name “{name.text}”")


def _supports(known: Quantity, context: str, stated: Quantity) -> bool:
    """Whether they say the same; a number that counts nothing may have its unit elsewhere in its sentence."""
    if not says_the_same(stated, known):
        return False
    if not stated.dimensions or stated.dimensions & known.dimensions:
        return True
    counted = _counted(context, known)
    is_apart = not known.dimensions and (counted is None or is_cjk(counted))
    return is_apart and bool(stated.dimensions & _units_in(context))


def _units_in(context: str) -> set[str]:
    matches = re.finditer(rf"(?:(?<![A-Za-z])|(?=[ -])){unit_pattern().pattern}", plain(context))
    found = {unit.dimension for m in matches for unit in units_of(m["symbol"] or m["word"] or m["han"])}
    return found | ({"age"} if _AGED.search(context) else set())


def _contradicts(text: str, *, stated: Quantity, known: Sequence[SourceText]) -> bool:
    """Whether a source counts the same things and comes to another number."""
    if any(reading.count == 1 for reading in stated.readings):
        return False  # "one year" is a way of speaking as often as a measure
    noun = _counted(text, stated)
    if stated.dimensions:
        return True
    return noun is not None and any(
        _counted(source.text_at(i), quantity) == noun for source in known for i, quantity in source.quantities
    )


def _counted(text: str, quantity: Quantity) -> str | None:
    """What stands right after a number: the thing counted."""
    after = plain(text)[quantity.end :]
    if after[:1] and is_cjk(after[0]):
        return after[:_CJK_NOUN]
    match = _NEXT_WORD.match(after)
    return fold_word(match[1]) if match and not is_stopword(match[1], language="en") else None


def _number_problem(stated: Quantity, known: Sequence[SourceText]) -> str:
    same_unit = [q.text for source in known for _, q in source.quantities if stated.dimensions & q.dimensions]
    same_value = [q.text for source in known for _, q in source.quantities if _same_digits(stated.text, q.text)]
    instead = list(dict.fromkeys((*same_value, *same_unit)))[:_SHOWN]
    hint = f"; it has {', '.join(instead)}" if instead else ""
    return f"the source does not have the number “{stated.text}”{hint}"


def _same_digits(left: str, right: str) -> bool:
    digits = re.sub(r"\D", "", left)
    return bool(digits) and digits == re.sub(r"\D", "", right)


def _without_numbers(sentence: str, *, language: str) -> str:
    """The sentence with dates and numbers blanked: a unit is no name."""
    flat = without_dates(sentence)
    for quantity in find_quantities(flat, language=language):
        flat = flat[: quantity.start] + " " * (quantity.end - quantity.start) + flat[quantity.end :]
    return flat


def _is_number_instead(text: str, known: Sequence[SourceText]) -> bool:
    """Whether four digits that look like a year are a number of the source (`2,026 people`)."""
    found = find_quantities(text) if text.isdigit() else []
    return any(says_the_same(stated, q) for stated in found for source in known for _, q in source.quantities)


def _dated(text: str, known: Sequence[SourceText]) -> str | None:
    marks = find_dates(text)
    for source in known:
        for i, day in source.dates:
            if marks and is_supported(marks[0], [day]):
                return source.text_at(i)
    return None


def _may_be_translated(name: str, known: Sequence[SourceText], *, language: str) -> bool:
    is_in_characters = is_cjk(name)
    if is_in_characters:
        return all(source.language != language for source in known)
    return all(source.language in {"zh", "ja", "ko"} for source in known) and language not in {"zh", "ja", "ko"}


def _sentence_with(text: str, known: Sequence[SourceText]) -> str | None:
    found = next((s for source in known if (s := source.sentence_with(text))), None)
    if found:
        return found
    word = fold(text)
    return next((s for source in known for s in source.sentences if word in fold(s)), None)


def _short(text: str, *, limit: int = 80) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
