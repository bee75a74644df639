"""The wire formats of the three vendors, as far as our requests use them: reading requests, writing answers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

ANTHROPIC, GEMINI, OPENAI = "anthropic", "gemini", "openai"

_GEMINI_PATH = re.compile(r"/models/(?P<model>[^/:]+):(?P<verb>generateContent|streamGenerateContent)$")


@dataclass(frozen=True)
class WireRequest:
    """A request in plain words, whoever's format it came in."""

    vendor: str
    path: str
    model: str
    system: str
    prompt: str
    """The newest question."""
    body: Mapping[str, Any]
    key: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    form: str = "text"
    """How a shape was asked for: schema, tool, json or text."""
    is_stream: bool = False
    turns: tuple[str, ...] = ()
    """What was said before, oldest first."""
    beginnings: tuple[tuple[str, ...], ...] = ()
    """The beginnings of the request that may be cached, shortest first, as the texts they consist of."""

    @property
    def text(self) -> str:
        """All a model would read."""
        return "\n".join((self.system, *self.turns, self.prompt))

    @property
    def limit(self) -> int | None:
        """How many tokens the answer may have."""
        config = self.body.get("generationConfig") or {}
        named = (self.body.get("max_tokens"), self.body.get("max_completion_tokens"), config.get("maxOutputTokens"))
        return next((value for value in named if value is not None), None)


@dataclass(frozen=True)
class Tokens:
    """What an answer is charged with. `prompt` includes the cached and the written, `completion` the reasoning."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True)
class WireAnswer:
    """What is to be said. `finish`: stop, length or refusal."""

    text: str
    tokens: Tokens
    finish: str = "stop"


def read_request(path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> WireRequest | None:
    """The request in plain words; None when the path is none of the three vendors'."""
    plain = urlsplit(path).path
    if plain.endswith("/messages"):
        return _read_anthropic(plain, headers, body)
    if plain.endswith("/chat/completions"):
        return _read_openai(plain, headers, body)
    if match := _GEMINI_PATH.search(plain):
        return _read_gemini(plain, headers, body, match)
    return None


def _read_anthropic(path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> WireRequest:
    system = body.get("system", "")
    said = body["messages"]
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
    tools = body.get("tools") or []
    return WireRequest(
        vendor=ANTHROPIC,
        path=path,
        model=body["model"],
        system=_text_of(system),
        prompt=_text_of(said[-1]["content"]),
        body=body,
        key=headers.get("x-api-key", ""),
        schema=schema or (tools[0]["input_schema"] if tools else {}),
        form="schema" if schema else "tool" if tools else "text",
        is_stream=bool(body.get("stream")),
        turns=tuple(_text_of(message["content"]) for message in said[:-1]),
        beginnings=_marked(system, [message["content"] for message in said[:-1]]),
    )


def _read_openai(path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> WireRequest:
    orders = [_text_of(m["content"]) for m in body["messages"] if m["role"] == "system"]
    *turns, prompt = (_text_of(m["content"]) for m in body["messages"] if m["role"] != "system")
    wanted = body.get("response_format") or {}
    tools = body.get("tools") or []
    schema = (wanted.get("json_schema") or {}).get("schema") or (tools[0]["function"]["parameters"] if tools else {})
    forms = {"json_schema": "schema", "json_object": "json"}
    system = "\n".join(orders)
    return WireRequest(
        vendor=OPENAI,
        path=path,
        model=body["model"],
        system=system,
        prompt=prompt,
        body=body,
        key=headers.get("authorization", "").removeprefix("Bearer "),
        schema=schema or _schema_in_words(system),
        form=forms.get(wanted.get("type", ""), "tool" if tools else "text"),
        is_stream=bool(body.get("stream")),
        turns=tuple(turns),
        beginnings=_all_beginnings(system, turns),
    )


def _read_gemini(path: str, headers: Mapping[str, str], body: Mapping[str, Any], match: re.Match[str]) -> WireRequest:
    schema = (body.get("generationConfig") or {}).get("responseJsonSchema")
    system = _text_of((body.get("systemInstruction") or {}).get("parts", []))
    *turns, prompt = (_text_of(content["parts"]) for content in body["contents"])
    return WireRequest(
        vendor=GEMINI,
        path=path,
        model=match["model"],
        system=system,
        prompt=prompt,
        body=body,
        key=headers.get("x-goog-api-key", ""),
        schema=schema or {},
        form="schema" if schema else "text",
        is_stream=match["verb"] == "streamGenerateContent",
        turns=tuple(turns),
        beginnings=_all_beginnings(system, turns),
    )


def _marked(system: Any, turns: Sequence[Any]) -> tuple[tuple[str, ...], ...]:
    """The beginnings that end at a marker."""
    contents = [system, *turns]
    texts = tuple(_text_of(content) for content in contents)
    return tuple(texts[:end] for end, content in enumerate(contents, start=1) if _has_marker(content))


def _has_marker(content: Any) -> bool:
    return isinstance(content, list) and any("cache_control" in block for block in content)


def _all_beginnings(system: str, turns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Whoever marks nothing caches what it has seen."""
    texts = (system, *turns)
    return tuple(texts[:end] for end in range(1, len(texts) + 1))


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)


def _schema_in_words(system: str) -> dict[str, Any]:
    _, found, rest = system.partition("JSON schema:\n")
    schema: dict[str, Any] = json.JSONDecoder().raw_decode(rest)[0] if found else {}
    return schema


# --- answers ---


def write_answer(request: WireRequest, answer: WireAnswer) -> dict[str, Any]:
    """The answer as one document."""
    return {ANTHROPIC: _write_anthropic, GEMINI: _write_gemini, OPENAI: _write_openai}[request.vendor](request, answer)


def _write_anthropic(request: WireRequest, answer: WireAnswer) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": answer.text}
    if request.form == "tool" and answer.finish != "refusal":
        block = {"type": "tool_use", "id": "toolu_1", "name": "answer", "input": _as_object(answer.text)}
    done = "tool_use" if request.form == "tool" else "end_turn"
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": [block] if answer.text else [],
        "stop_reason": {"stop": done, "length": "max_tokens", "refusal": "refusal"}[answer.finish],
        "stop_sequence": None,
        "usage": _anthropic_usage(answer.tokens),
    }


def _anthropic_usage(tokens: Tokens) -> dict[str, Any]:
    return {
        "input_tokens": tokens.prompt - tokens.cached - tokens.cache_write,
        "cache_creation_input_tokens": tokens.cache_write,
        "cache_read_input_tokens": tokens.cached,
        "output_tokens": tokens.completion,
        "output_tokens_details": {"thinking_tokens": tokens.reasoning},
    }


def _as_object(text: str) -> dict[str, Any]:
    """What a tool is called with is always an object; of a broken one only a part arrives."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return {"partial": text}
    return value if isinstance(value, dict) else {"partial": text}


def _write_openai(request: WireRequest, answer: WireAnswer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": None}
    if answer.finish == "refusal":
        message |= {"content": None, "refusal": answer.text}
    elif request.form == "tool":
        call = {"id": "call_1", "type": "function", "function": {"name": "answer", "arguments": answer.text}}
        message |= {"content": None, "tool_calls": [call] if answer.text else None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": request.model,
        "choices": [
            {"index": 0, "message": message, "finish_reason": "length" if answer.finish == "length" else "stop"}
        ],
        "usage": _openai_usage(answer.tokens),
    }


def _openai_usage(tokens: Tokens) -> dict[str, Any]:
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
        "prompt_tokens_details": {"cached_tokens": tokens.cached},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }


def _write_gemini(request: WireRequest, answer: WireAnswer) -> dict[str, Any]:
    usage = _gemini_usage(answer.tokens)
    if answer.finish == "refusal":
        feedback = {"blockReason": "PROHIBITED_CONTENT"}
        return {"promptFeedback": feedback, "usageMetadata": usage, "modelVersion": request.model}
    parts = [{"text": answer.text}] if answer.text else []
    candidate = {
        "content": {"role": "model", "parts": parts},
        "finishReason": "MAX_TOKENS" if answer.finish == "length" else "STOP",
        "index": 0,
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": request.model}


def _gemini_usage(tokens: Tokens) -> dict[str, Any]:
    return {
        "promptTokenCount": tokens.prompt,
        "candidatesTokenCount": tokens.completion - tokens.reasoning,
        "thoughtsTokenCount": tokens.reasoning,
        "cachedContentTokenCount": tokens.cached,
        "totalTokenCount": tokens.prompt + tokens.completion,
    }
