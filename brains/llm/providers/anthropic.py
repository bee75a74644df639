"""Anthropic's Messages API through its SDK."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection
from functools import cache
from http import HTTPStatus
from typing import Any

import anthropic
import httpx2
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import BaseModel

from brains.llm.base import ModelRequest, PaidRefusalError, ProviderAnswer, UnusableAnswerError
from brains.llm.providers.faults import (
    fault_of_status,
    fault_of_transport,
    http_timeout,
    out_of_time,
    status_of_kinds,
    unreadable,
    words_of,
)
from brains.llm.providers.forms import TOOL_NAME, Asking, Dialect, Form, Taken, strict_schema
from brains.llm.streaming import Collector, Piece, begun_of, read_stream
from daemon.blackboard.records import Usage
from daemon.core.errors import BadRequestError, OutsideError
from daemon.core.settings.models import StreamSettings

DEFAULT_BASE_URL = "https://api.anthropic.com"

_CACHED_FROM_BYTES = 3584
"""The service caches prompts from 1024 tokens on, and counts schema and tools before the system part. A marker on a
shorter one costs nothing, so the bytes are counted as if a token had three and a half, which few languages reach."""
_MARKER = {"type": "ephemeral"}

_REFUSALS = {Form.SCHEMA: re.compile(r"output_config|output_format|json_schema"), Form.TOOL: re.compile(r"tool")}
_OPTIONAL = ("eager_input_streaming", "cache_control", "stream")
"""Parameters that other servers may refuse."""
_ERRORS = (anthropic.AnthropicError, httpx2.HTTPError, json.JSONDecodeError, UnicodeDecodeError)


class AnthropicProvider:
    """Claude, and every server that speaks the Messages API."""

    name = "anthropic"
    is_local = False

    def __init__(self, *, api_key: str, base_url: str | None = None, structured_output: str = "auto") -> None:
        self.client = anthropic.AsyncAnthropic(
            api_key=api_key, base_url=base_url or DEFAULT_BASE_URL, max_retries=0, timeout=None
        )
        """The SDK's client, for what else the vendor has."""
        forms = _forms(structured_output, is_own=base_url is None)
        self._dialects: dict[str, Dialect] = defaultdict(lambda: Dialect(forms))

    async def complete(
        self, request: ModelRequest, *, model: str, timeout: float, stream: StreamSettings | None = None
    ) -> ProviderAnswer:
        """Ask once. `timeout` is the limit of the whole call, in seconds; `stream` has those of a stream."""
        endpoint = f"{self.name}:{model}"
        asking = Asking(request, model=model, endpoint=endpoint, timeout=timeout)
        try:
            async with asyncio.timeout(timeout):
                return await self._ask(asking, stream=stream)
        except TimeoutError as error:
            raise out_of_time(error, endpoint=endpoint) from error

    async def close(self) -> None:
        """Close connections."""
        await self.client.close()

    def parameters(self, request: ModelRequest, *, model: str) -> dict[str, Any]:
        """What a message is asked for with, beside its model; not as a stream."""
        sent = self._dialects[model].taken()
        return _parameters(request, form=sent.form, refused=sent.refused)

    def read(self, message: Message, *, model: str) -> ProviderAnswer:
        """The answer in a message. Raises an `OutsideError`."""
        return _answer(message, endpoint=f"{self.name}:{model}")

    def fault(self, error: Exception, *, model: str) -> OutsideError:
        """Our error for one of the SDK."""
        return fault_of(error, endpoint=f"{self.name}:{model}")

    async def _ask(self, asking: Asking, *, stream: StreamSettings | None) -> ProviderAnswer:
        dialect = self._dialects[asking.model]
        while True:
            sent = dialect.taken()
            try:
                if stream is None or "stream" in sent.refused:
                    return await self._whole(asking, sent=sent)
                return await self._streamed(asking, sent=sent, limits=stream)
            except BadRequestError as fault:
                is_learned = dialect.learn(words_of(fault), sent=sent, names=_REFUSALS, parameters=_OPTIONAL)
                if begun_of(fault) or not is_learned:
                    raise

    async def _whole(self, asking: Asking, *, sent: Taken) -> ProviderAnswer:
        parameters = _parameters(asking.request, form=sent.form, refused=sent.refused)
        try:
            message = await self.client.messages.create(
                **parameters, model=asking.model, timeout=http_timeout(asking.timeout)
            )
        except _ERRORS as error:
            raise fault_of(error, endpoint=asking.endpoint) from error
        return _answer(message, endpoint=asking.endpoint)

    async def _streamed(self, asking: Asking, *, sent: Taken, limits: StreamSettings) -> ProviderAnswer:
        collector = _Collector()
        parameters = _parameters(asking.request, form=sent.form, refused=sent.refused, is_stream=True)
        events = self._events(asking, parameters)
        await read_stream(events, into=collector, request=asking.request, limits=limits, endpoint=asking.endpoint)
        if collector.came_whole:
            self._dialects[asking.model].refused.add("stream")
        return _checked(collector.answer(asking.model), why=collector.why, endpoint=asking.endpoint)

    async def _events(
        self, asking: Asking, parameters: dict[str, Any]
    ) -> AsyncGenerator[RawMessageStreamEvent | Message]:
        """The events; or the whole message, from a server that takes no notice of `stream`."""
        try:
            async with await self.client.messages.create(
                **parameters, model=asking.model, timeout=http_timeout(asking.timeout), stream=True
            ) as stream:
                if "json" in stream.response.headers.get("content-type", ""):
                    yield Message.construct(**json.loads(await stream.response.aread()))
                    return
                async for event in stream:
                    yield event
        except (*_ERRORS, AttributeError, TypeError) as error:
            raise fault_of(error, endpoint=asking.endpoint) from error


def _forms(structured_output: str, *, is_own: bool) -> list[Form]:
    """Other servers know tools for sure; of a native schema some take no notice, silently."""
    if structured_output == "auto":
        return [Form.SCHEMA, Form.TOOL] if is_own else [Form.TOOL, Form.SCHEMA]
    return [Form.SCHEMA] if structured_output == "schema" else [Form.TOOL]


def _parameters(
    request: ModelRequest, *, form: Form, refused: Collection[str] = (), is_stream: bool = False
) -> dict[str, Any]:
    """What is sent, without the model. `refused`: names of parameters the server does not take."""
    schema = strict_schema(request.schema)
    has_markers = "cache_control" not in refused
    shared: dict[str, Any] = {
        "max_tokens": request.max_tokens,
        "system": _system(request, is_marked=has_markers and _is_worth_caching(request)),
        "messages": [*_turns(request, is_marked=has_markers), {"role": "user", "content": request.prompt}],
    }
    if form is Form.SCHEMA:
        return shared | {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    # Without this the service keeps each value of a tool's input back until it is whole, which looks like a stall.
    eager = {"eager_input_streaming": True} if is_stream and "eager_input_streaming" not in refused else {}
    return shared | {
        "tools": [{"name": TOOL_NAME, "description": "Give the answer.", "input_schema": schema, **eager}],
        "tool_choice": {"type": "tool", "name": TOOL_NAME, "disable_parallel_tool_use": True},
    }


def _system(request: ModelRequest, *, is_marked: bool) -> Any:
    if not request.system:
        return anthropic.omit
    return [_block(request.system, is_marked=is_marked)]


def _turns(request: ModelRequest, *, is_marked: bool) -> list[dict[str, Any]]:
    """What was said before; marked at its end, because the next question of the session begins with the same."""
    last = len(request.turns) - 1
    return [
        {"role": turn.role, "content": [_block(turn.text, is_marked=is_marked and number == last)]}
        for number, turn in enumerate(request.turns)
    ]


def _block(text: str, *, is_marked: bool) -> dict[str, Any]:
    return {"type": "text", "text": text} | ({"cache_control": _MARKER} if is_marked else {})


def _is_worth_caching(request: ModelRequest) -> bool:
    return len(request.system.encode()) + _schema_bytes(request.schema) >= _CACHED_FROM_BYTES


@cache
def _schema_bytes(shape: type[BaseModel]) -> int:
    return len(json.dumps(strict_schema(shape), ensure_ascii=False).encode())


class _Collector(Collector[RawMessageStreamEvent | Message]):
    """A message, from its events."""

    def __init__(self) -> None:
        super().__init__()
        self.why: str | None = None
        """Why the model refused."""
        self._model: str | None = None
        self._finish: str | None = None
        self._counts: Any = None
        self._texts: list[str] = []
        self._tool: int | None = None
        """The place of the first call of a tool; its input is the answer then."""

    def take(self, event: RawMessageStreamEvent | Message, /) -> Piece | None:
        """Take one event in, or a whole message."""
        match event.type:
            case "message" if isinstance(event, Message) and _is_whole(event):
                return self._take_whole(event)
            case "message_start":
                self.is_begun, self._model, self._counts = True, event.message.model, event.message.usage
                self.usage = _usage(self._counts)
            case "content_block_start" if event.content_block.type == "tool_use" and self._tool is None:
                self._tool = event.index
                self._texts.clear()
            case "content_block_delta":
                return self._delta(event.delta, index=event.index)
            case "message_delta":
                return self._ending(event)
            case "message_stop":
                self.has_end = self.is_begun
        return None

    def answer(self, model: str) -> ProviderAnswer:
        """The whole answer."""
        text = "".join(self._texts) or ("{}" if self._tool is not None else "")
        return ProviderAnswer(
            text=text,
            usage=self.usage,
            model=self._model or model,
            finish=self._finish or "stop",
            first_token_seconds=self.first_token_seconds,
        )

    def _take_whole(self, message: Message) -> Piece:
        self.is_begun = self.has_end = self.came_whole = True
        self._model, self._finish, self.usage = message.model, message.stop_reason, _usage(message.usage)
        self.why = getattr(message.stop_details, "explanation", None)
        self._texts.append(_text(message))
        return Piece(self._texts[0])

    def _delta(self, delta: Any, *, index: int) -> Piece:
        match delta.type:
            case "text_delta" if self._tool is None:
                self._texts.append(delta.text)
                return Piece(delta.text)
            case "input_json_delta" if self._tool == index:
                self._texts.append(delta.partial_json)
                return Piece(delta.partial_json)
            case "thinking_delta":
                return Piece(thought=delta.thinking)
        return Piece()

    def _ending(self, event: Any) -> Piece:
        """The counts are sums up to here; what is not named holds as it was said at the start."""
        self._finish = event.delta.stop_reason or self._finish
        self.why = getattr(getattr(event.delta, "stop_details", None), "explanation", None)
        for name, value in event.usage:
            if value is not None:
                setattr(self._counts, name, value)
        self.usage = _usage(self._counts)
        return Piece()


def _answer(message: Message, *, endpoint: str) -> ProviderAnswer:
    """The answer in a whole message. Raises `AnswerLostError`, `PaidRefusalError`, `UnusableAnswerError`."""
    if not isinstance(message, Message) or not _is_whole(message):
        raise unreadable(endpoint)
    answer = ProviderAnswer(
        text=_text(message), usage=_usage(message.usage), model=message.model, finish=message.stop_reason or "stop"
    )
    return _checked(answer, why=getattr(message.stop_details, "explanation", None), endpoint=endpoint)


def _checked(answer: ProviderAnswer, *, why: str | None, endpoint: str) -> ProviderAnswer:
    if answer.finish == "refusal":
        raise PaidRefusalError(f"{endpoint} refused: {why or 'no reason given'}", answer=answer, endpoint=endpoint)
    if answer.finish in ("max_tokens", "model_context_window_exceeded"):
        raise UnusableAnswerError(f"the answer was cut off ({answer.finish})", answer=answer, endpoint=endpoint)
    if not answer.text:
        raise UnusableAnswerError("the answer is empty", answer=answer, endpoint=endpoint)
    return answer


def _is_whole(message: Message) -> bool:
    """The SDK builds a message from any JSON object without looking; what we need may be missing."""
    return all(getattr(message, name, None) is not None for name in ("content", "usage", "model"))


def _text(message: Message) -> str:
    called = [block.input for block in message.content if block.type == "tool_use"]
    if called:
        return json.dumps(called[0], ensure_ascii=False)
    return "".join(block.text for block in message.content if block.type == "text")


def _usage(usage: anthropic.types.Usage) -> Usage:
    read = usage.cache_read_input_tokens or 0
    written = usage.cache_creation_input_tokens or 0
    details = usage.output_tokens_details
    return Usage(
        input_tokens=(usage.input_tokens or 0) + read + written,
        output_tokens=usage.output_tokens or 0,
        cached_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=details.thinking_tokens if details else 0,
    )


def fault_of(error: Exception, *, endpoint: str) -> OutsideError:
    """Our error for one of the SDK's, or of the client below it."""
    if isinstance(error, anthropic.APIStatusError):
        detail = f"{error.type or ''} {error.error_code or ''} {error.api_message or error.message}"
        status = error.status_code
        if status < HTTPStatus.BAD_REQUEST:
            # An error within a stream: the status is that of its beginning.
            status = status_of_kinds(error.type)
        return fault_of_status(status, detail=detail, endpoint=endpoint, headers=error.response.headers)
    if isinstance(error, anthropic.APIConnectionError):
        return fault_of_transport(error.__cause__, endpoint=endpoint)
    return fault_of_transport(error, endpoint=endpoint) if isinstance(error, httpx2.HTTPError) else unreadable(endpoint)
