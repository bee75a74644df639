"""Sentences that speak to a model, or as one: no evidence where they stand in a source, a fault in a draft.

An item may well write about such sentences; what it only quotes is not taken for an order.
"""

import re
from functools import lru_cache

from brains.language.orders import KEPT_ANSWERS, is_order_to_machine
from brains.language.quotation import quote_spans
from brains.language.words import length_in_words

_LEAST_AROUND_QUOTE = 3.0
_QUOTE_MARKS = '"“”„«»「」 '
_READER = r"(?:summari[sz]ers?|ais?|llms?|(?:language )?models?|(?:ai )?assistants?|chatbots?|ai agents?)"
_WRITING = r"(?:summary|post|answer|output|response|draft|digest|reply)"
_ADDRESSED = re.compile(
    r"(?i)\bas an? (?:ai|large language model|language model)\b.{0,40}\b(?:you|i)\b"
    rf"|\b(?:instruction|note|message|order|task|hint)s? (?:for|to) (?:the |any |all |every )?{_READER}\b[^.]{{0,40}}:"
    r"|\bfrom now on,? you (?:only |always )?(?:answer|respond|reply|act|write|speak|obey|behave)\b"
    rf"|\bmust\b.{{0,60}}\bin your {_WRITING}\b"
    r"|作为(?:一个|一名)?(?:AI|大?语言模型)"
)
_MODEL_TALK = re.compile(
    r"(?i)\bas an? (?:ai|artificial intelligence|(?:large )?language model|assistant)\b"
    r"|\bi(?:'m| am) (?:an ai|unable to|sorry)\b"
    r"|\bi (?:cannot|can't|can not|will not|won't) (?:help|assist|comply|fulfil|follow|write|provide|summari[sz]e)"
    r"|^(?:sure|certainly|of course|okay|ok)[,!.] (?:here|i\b|let me|below|this is)"
    r"|^here(?:'s| is| are) (?:the|your|a|my) (?:post|draft|summary|article|answer|rewritten)"
    r"|\b(?:my|your|these|the) (?:system )?(?:instructions|prompt)\b.*\b(?:follow|say|tell|told|ask|obey|ignor)"
    r"|\bas (?:instructed|requested)\b"
    r"|作为(?:一个|一名)?(?:AI|人工智能|大?语言模型|智能助手)|^(?:好的|当然)[，,！!]|以下是(?:文章|摘要|草稿|帖子)"
    r"|(?:系统提示词?|按照(?:您|你)的(?:要求|指示))"
)


@lru_cache(maxsize=KEPT_ANSWERS)
def speaks_to_machine(sentence: str) -> bool:
    """Whether a sentence itself speaks to a machine; one that only quotes an order does not."""
    own = own_words(sentence)
    return is_order_to_machine(own) or _ADDRESSED.search(own) is not None


def speaks_as_model(sentence: str) -> bool:
    """Whether a sentence gives an order to a machine, or talks like one about its task."""
    return speaks_to_machine(sentence) or _MODEL_TALK.search(outside_quotes(sentence)) is not None


def own_words(sentence: str) -> str:
    """What the sentence says itself; all of it when it is hardly more than one quotation."""
    own = outside_quotes(sentence)
    return own if length_in_words(own) >= _LEAST_AROUND_QUOTE else sentence


def order_quotes(sentence: str) -> list[str]:
    """The quotations in a sentence that are orders to a machine."""
    quotes = [sentence[start:end] for start, end in quote_spans(sentence)]
    return [quote for quote in quotes if is_order_to_machine(quote.strip(_QUOTE_MARKS))]


def outside_quotes(sentence: str) -> str:
    """The sentence without what stands in quotation marks."""
    parts, at = [], 0
    for start, end in quote_spans(sentence):
        parts.append(sentence[at:start])
        at = end
    return " ".join((*parts, sentence[at:])).strip()
