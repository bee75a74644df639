"""Grounds what the left brain extracted: what is not in the source word for word is dropped before it is stored."""

from brains.grounding.addressed import speaks_as_model
from brains.grounding.addresses import find_addresses
from brains.grounding.checking import Sources, Verdict, check_sentence
from brains.grounding.dates import find_dates, is_supported
from brains.grounding.quantities import find_quantities, says_the_same
from brains.grounding.source import SourceText
from brains.schemas import DateMention, Figure, Finding, Knowledge, Quote


def ground_knowledge(knowledge: Knowledge, *, source: SourceText) -> tuple[Knowledge, int]:
    """The knowledge that the source bears out, and how much was dropped or put right.

    A claim whose evidence is not verbatim goes; one whose statement says more than its evidence is put in the
    evidence's own words. A gist that does not hold becomes the item's title.
    """
    numbers = [n for n in knowledge.numbers if _has_figure(n, source)]
    dates = [_exact_date(d, source) for d in knowledge.dates if _has_date(d, source)]
    borne_out = [c for c in knowledge.claims if _is_borne_out(c, source)]
    claims = [_faithful(c, source) for c in borne_out]
    entities = [e for e in knowledge.entities if source.has(e.name)]
    quotes = [_attributed(q, source) for q in knowledge.quotes if source.has(q.text)]
    topics = [topic for topic in knowledge.topics if _is_clean(topic, source)]
    gist = (
        knowledge.gist if _holds(knowledge.gist, source, language=knowledge.language) else "; ".join(source.facts[:1])
    )
    grounded = knowledge.model_copy(
        update={
            "gist": gist,
            "claims": claims,
            "entities": entities,
            "numbers": numbers,
            "dates": dates,
            "quotes": quotes,
            "topics": topics,
        }
    )
    mended = sum(1 for before, after in zip(borne_out, claims, strict=True) if before != after)
    return grounded, _dropped(knowledge, grounded) + mended


def _has_figure(figure: Figure, source: SourceText) -> bool:
    if not source.has(figure.evidence):
        return False
    stated = find_quantities(figure.value, language=source.language)
    known = [q for _, q in source.quantities]
    return source.has(figure.value) or (bool(stated) and all(any(says_the_same(s, q) for q in known) for s in stated))


def _has_date(mention: DateMention, source: SourceText) -> bool:
    return source.has(mention.evidence) and source.has(mention.text)


def _exact_date(mention: DateMention, source: SourceText) -> DateMention:
    """The mention, without its ISO date where the source does not give one as exact."""
    stated = find_dates(mention.iso) if mention.iso else []
    days = [day for _, day in source.dates]
    is_exact = bool(stated) and all(is_supported(mark, days) for mark in stated)
    return mention if is_exact else mention.model_copy(update={"iso": None})


def _is_borne_out(claim: Finding, source: SourceText) -> bool:
    return source.has(claim.evidence) and not find_addresses(claim.statement, is_known=source.has)


def _faithful(claim: Finding, source: SourceText) -> Finding:
    if _holds(claim.statement, source, language=source.language):
        return claim
    return claim.model_copy(update={"statement": claim.evidence})


def _attributed(quote: Quote, source: SourceText) -> Quote:
    if quote.speaker is None or source.has(quote.speaker):
        return quote
    return quote.model_copy(update={"speaker": None})


def _holds(text: str, source: SourceText, *, language: str) -> bool:
    return check_sentence(text, sources=Sources(source), language=language).verdict is not Verdict.FAULT


def _is_clean(topic: str, source: SourceText) -> bool:
    return bool(topic.strip()) and not speaks_as_model(topic) and not find_addresses(topic, is_known=source.has)


def _dropped(before: Knowledge, after: Knowledge) -> int:
    lists = ("claims", "entities", "numbers", "dates", "quotes", "topics")
    dropped = sum(len(getattr(before, name)) - len(getattr(after, name)) for name in lists)
    return dropped + (before.gist != after.gist)
