"""What the fake provider says: valid answers made of sentences that stand in the request."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.fakes.provider_wire import WireRequest

_BLOCK = re.compile(
    r"<<<(?P<label>[^<>\n]+?) (?P<code>\w+)>>>\n(?P<text>.*?)\n<<<end of (?P=label) (?P=code)>>>", re.DOTALL
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+(?:[.!?](?!\s)[^.!?。！？\n]+)*[.!?。！？]+[”\"’」]?")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_ORDER = re.compile(r"ignore|instruction|system prompt|disregard|you must|忽略|指令", re.IGNORECASE)
_MARKUP = re.compile(r"[\[\]`*|<>]|https?:")
_LINE_MARK = re.compile(r"^\s*(?:>|[-*+]|#+|\d+[.)])\s+")
_FIGURE = re.compile(r"\d[\d.,]*\d%?|\d%?")
_NAME = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
_NUMBERED = re.compile(r"^\s*\[?(\d+)[\].):]?\s+(.+)$", re.MULTILINE)
_MOST_SENTENCES = 6
_LONGEST_TITLE = 80


def write(request: WireRequest) -> str:
    """A valid JSON answer to the request, in the shape its schema asks for."""
    fields = set(request.schema.get("properties", {}))
    if {"claims", "entities", "gist"} <= fields:
        value = _knowledge(request)
    elif {"title", "summary", "body"} <= fields:
        value = _draft(request)
    elif {"faults", "evidence"} <= fields:
        value = _judgement(request)
    else:
        value = _any_value(request.schema, request.schema)
    return json.dumps(value, ensure_ascii=False)


def source_text(prompt: str) -> str:
    """The enveloped item: the block labelled so, else the longest block, else the whole prompt."""
    blocks = blocks_of(prompt)
    for label in ("item", "source", "material"):
        if label in blocks:
            return blocks[label]
    return max(blocks.values(), key=len, default=prompt)


def blocks_of(prompt: str) -> dict[str, str]:
    """The enveloped texts by label."""
    return {match["label"]: match["text"] for match in _BLOCK.finditer(prompt)}


def sentences(text: str) -> list[str]:
    """Whole sentences, verbatim, without orders to the reader."""
    lines = (_LINE_MARK.sub("", line) for line in text.splitlines())
    found = (match[0].strip() for line in lines for match in _SENTENCE.finditer(line))
    return [sentence for sentence in found if _is_statement(sentence)]


def _is_statement(sentence: str) -> bool:
    weight = len(sentence) + 2 * len(_CJK.findall(sentence))
    return weight >= 24 and not _ORDER.search(sentence) and not _MARKUP.search(sentence)


def _language(text: str) -> str:
    return "zh" if len(_CJK.findall(text)) * 4 > len(text) else "en"


def _knowledge(request: WireRequest) -> dict[str, Any]:
    text = source_text(request.prompt)
    told = sentences(text)[:_MOST_SENTENCES]
    figures = [(match[0], sentence) for sentence in told for match in list(_FIGURE.finditer(sentence))[:1]]
    names = list(dict.fromkeys(name for sentence in told for name in _NAME.findall(sentence)))
    return {
        "language": _language(text),
        "gist": told[0] if told else text.strip()[:80] or "nothing",
        "claims": [{"statement": sentence, "evidence": sentence} for sentence in told],
        "entities": [{"name": name, "kind": "other"} for name in names[:5]],
        "numbers": [{"value": value, "meaning": "a figure", "evidence": sentence} for value, sentence in figures],
        "dates": [],
        "quotes": [],
        "topics": [name.lower() for name in names[:3]],
        "discard_reason": None,
    }


def _draft(request: WireRequest) -> dict[str, Any]:
    text = source_text(request.prompt)
    told = sentences(text)[:_MOST_SENTENCES] or [text.strip()[:200]]
    wanted = re.search(r"in this language: ([a-z]{2})\b", request.prompt)
    return {
        "language": wanted[1] if wanted else _language(text),
        "title": _short(told[0].rstrip('.。!?！？”"’」')),
        "summary": told[0],
        "body": "\n\n".join(told),
        "topics": [],
    }


def _short(sentence: str) -> str:
    """A title: whole words."""
    if len(sentence) <= _LONGEST_TITLE:
        return sentence
    head, space, _ = sentence[:_LONGEST_TITLE].rpartition(" ")
    return head if space else sentence[:_LONGEST_TITLE]


def _judgement(request: WireRequest) -> dict[str, Any]:
    source = source_text(request.prompt)
    known = sentences(source) or [source]
    listed = blocks_of(request.prompt).get("sentences", "")
    asked = [match[2].strip() for match in _NUMBERED.finditer(listed)]
    return {"faults": [], "evidence": [{"sentence": one, "source": _nearest(one, source, known)} for one in asked]}


def _nearest(sentence: str, source: str, known: list[str]) -> str:
    if holder := next((candidate for candidate in known if sentence in candidate), None):
        return holder
    if sentence in source:
        return sentence
    words = set(sentence.lower().split())
    return max(known, key=lambda candidate: len(words & set(candidate.lower().split())))


def _any_value(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """Some value that the schema allows."""
    if "$ref" in schema:
        return _any_value(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    if "enum" in schema or "const" in schema:
        return schema["enum"][0] if "enum" in schema else schema["const"]
    if "anyOf" in schema:
        return _any_value(schema["anyOf"][-1], root)
    if schema.get("type") == "object" or "properties" in schema:
        return {name: _any_value(part, root) for name, part in schema.get("properties", {}).items()}
    return {"array": [], "integer": 1, "number": 1.0, "boolean": True, "null": None}.get(schema.get("type", ""), "text")
