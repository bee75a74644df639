"""Streamed answers of the three vendors: what is sent, and everything that may go wrong on the way."""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.provider_errors import write_stream_error
from tests.fakes.provider_http import Responder
from tests.fakes.provider_rules import Fault, Rule
from tests.fakes.provider_wire import ANTHROPIC, GEMINI, OPENAI, WireAnswer, WireRequest, write_answer

_PIECE = 40
_PING_SECONDS = 0.05
_DRIP_SECONDS = 0.02
_LOOP_SECONDS = 0.002
_LOOPED_FROM = '{"language": "en", "gist": "The harbour is quiet today, and so it was on the days before. '
LOOPED = "It is what it is. "
"""What a model in a loop says again and again."""
_FOREVER = 10**9


@dataclass(frozen=True)
class WireStream:
    """An answer as server-sent events: what comes before the text, a piece of the text, and what comes after."""

    head: Sequence[str]
    piece: Callable[[str], str]
    tail: Sequence[str]
    ping: str | None = None
    """What the vendor sends to keep a silent connection open."""

    def events(self, text: str) -> Iterator[str]:
        """The whole answer."""
        pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
        return filter(None, itertools.chain(self.head, map(self.piece, pieces), self.tail))


def write_stream(request: WireRequest, answer: WireAnswer) -> WireStream:
    """How the vendor streams this answer."""
    return {ANTHROPIC: _write_anthropic, GEMINI: _write_gemini, OPENAI: _write_openai}[request.vendor](request, answer)


async def play(request: WireRequest, answer: WireAnswer, *, rule: Rule, respond: Responder) -> bool:
    """Stream it, with the rule's fault on the way; False when it does not come to its end."""
    stream = write_stream(request, answer)
    await respond.begin_events()
    match rule.fault:
        case Fault.STALL:
            await _pause_in(stream, answer.text, at=len(answer.text) // 2, pause=rule.pause, respond=respond)
        case Fault.SLOW_START:
            await _pause_in(stream, answer.text, at=0, pause=rule.pause, respond=respond)
        case Fault.DRIP:
            await _drip(stream, answer.text, pause=rule.pause or _DRIP_SECONDS, respond=respond)
        case Fault.LOOP:
            await _loop(stream, respond)
        case Fault.HALF_BODY | Fault.BROKEN_STREAM | Fault.ERROR_EVENT | Fault.GARBAGE_EVENT:
            events = list(stream.events(answer.text))
            await respond.events(events[: max(len(stream.head) + 1, len(events) // 2)])
            await _break(request, rule, respond)
            return False
        case _:
            await respond.events(stream.events(answer.text))
    await respond.end_events()
    return True


async def _break(request: WireRequest, rule: Rule, respond: Responder) -> None:
    match rule.fault:
        case Fault.ERROR_EVENT:
            await respond.events([write_stream_error(request, rule)])
        case Fault.GARBAGE_EVENT:
            await respond.events([_event("content_block_delta", '{"type": "content_bl'), "data: {half of it\n\n"])
    if rule.fault is not Fault.HALF_BODY:
        await respond.end_events()


async def _pause_in(stream: WireStream, text: str, *, at: int, pause: float | None, respond: Responder) -> None:
    """Silence in the middle, but for pings; without a pause in seconds it lasts until the client goes."""
    begun = [*stream.head, *([stream.piece(text[:at])] if at else [])]
    await respond.events(begun)
    for _ in range(_FOREVER if pause is None else round(pause / _PING_SECONDS)):
        await asyncio.sleep(_PING_SECONDS)
        await respond.events([stream.ping] if stream.ping else [])
    await respond.events(itertools.chain([stream.piece(text[at:])], stream.tail))


async def _drip(stream: WireStream, text: str, *, pause: float, respond: Responder) -> None:
    await respond.events(stream.head)
    for character in text:
        await respond.events([stream.piece(character)])
        await asyncio.sleep(pause)
    await respond.events(stream.tail)


async def _loop(stream: WireStream, respond: Responder) -> None:
    await respond.events([*stream.head, stream.piece(_LOOPED_FROM)])
    while True:
        await respond.events([stream.piece(LOOPED)])
        await asyncio.sleep(_LOOP_SECONDS)


def _event(kind: str, data: str) -> str:
    return f"event: {kind}\ndata: {data}\n\n"


def _write_anthropic(request: WireRequest, answer: WireAnswer) -> WireStream:
    whole = write_answer(request, answer)
    is_tool = request.form == "tool" and answer.finish != "refusal"
    tool = {"type": "tool_use", "id": "toolu_1", "name": "answer", "input": {}}
    start = whole | {"content": [], "stop_reason": None, "usage": whole["usage"] | {"output_tokens": 1}}

    def event(kind: str, **data: Any) -> str:
        return _event(kind, json.dumps({"type": kind, **data}))

    def piece(text: str) -> str:
        delta = {"type": "input_json_delta", "partial_json": text} if is_tool else {"type": "text_delta", "text": text}
        return event("content_block_delta", index=0, delta=delta)

    block = tool if is_tool else {"type": "text", "text": ""}
    started = [event("content_block_start", index=0, content_block=block)] if answer.text else []
    stopped = [event("content_block_stop", index=0)] if answer.text else []
    ending = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    return WireStream(
        [
            event("message_start", message=start),
            *started,
            event("ping"),
        ],
        piece,
        [
            *stopped,
            event("message_delta", delta=ending, usage=whole["usage"]),
            event("message_stop"),
        ],
        event("ping"),
    )


def _write_openai(request: WireRequest, answer: WireAnswer) -> WireStream:
    whole = write_answer(request, answer)
    shared = {"id": whole["id"], "object": "chat.completion.chunk", "created": 0, "model": request.model}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps(shared | {'choices': [choice]})}\n\n"

    def piece(text: str) -> str:
        if answer.finish == "refusal":
            return chunk({"refusal": text})
        if request.form == "tool":
            return chunk({"tool_calls": [{"index": 0, "function": {"arguments": text}}]})
        return chunk({"content": text})

    head = [chunk({"role": "assistant", "content": ""})]
    if request.form == "tool" and answer.text:
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "answer", "arguments": ""}}
        head.append(chunk({"tool_calls": [call]}))
    tail = [chunk({}, whole["choices"][0]["finish_reason"])]
    if (request.body.get("stream_options") or {}).get("include_usage"):
        tail.append(f"data: {json.dumps(shared | {'choices': [], 'usage': whole['usage']})}\n\n")
    return WireStream(head, piece, [*tail, "data: [DONE]\n\n"], ": keep-alive\n\n")


def _write_gemini(request: WireRequest, answer: WireAnswer) -> WireStream:
    """The prompt's tokens are told from the beginning, as the real one does."""
    last = write_answer(request, WireAnswer("", answer.tokens, answer.finish))
    prompt = {name: last["usageMetadata"][name] for name in ("promptTokenCount", "cachedContentTokenCount")}

    def piece(text: str) -> str:
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
        whole = {"candidates": [candidate], "usageMetadata": prompt, "modelVersion": request.model}
        return f"data: {json.dumps(whole)}\n\n"

    if answer.finish == "refusal":
        return WireStream([f"data: {json.dumps(last)}\n\n"], lambda _: "", [])
    return WireStream([], piece, [f"data: {json.dumps(last)}\n\n"])
