"""OpenAI's chat completions through its SDK; also every compatible server, by its base URL."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.completion_usage import CompletionUsage

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
from brains.llm.providers.forms import TOOL_NAME, Asking, Dialect, Form, schema_in_words, strict_schema, without_fence
from brains.llm.streaming import Collector, Piece, begun_of, read_stream
from daemon.blackboard.records import Usage
from daemon.core.errors import BadRequestError, OutsideError
from daemon.core.settings.models import StreamSettings

DEFAULT_BASE_URL = "https://api.openai.com/v1"

_REFUSALS = {
    Form.SCHEMA: re.compile(r"response_format|json_schema|structured output|strict", re.IGNORECASE),
    Form.TOOL: re.compile(r"tool|function", re.IGNORECASE),
    Form.JSON: re.compile(r"response_format|json_object"),
}
_OPTIONAL = ("temperature", "max_completion_tokens", "stream_options", "stream", "prompt_cache_key")
"""Parameters that some servers refuse: reasoning models take no temperature, older servers only `max_tokens`."""
_ERRORS = (openai.OpenAIError, httpx2.HTTPError, json.JSONDecodeError, UnicodeDecodeError)


class OpenAIProvider:
    """GPT, and Qwen, DeepSeek, Ollama, vLLM and all others that speak chat completions."""

    name = "openai"
    is_local = False

    def __init__(self, *, api_key: str, base_url: str | None = None, structured_output: str = "auto") -> None:
        self.client = openai.AsyncOpenAI(
            api_key=api_key, base_url=base_url or DEFAULT_BASE_URL, max_retries=0, timeout=None
        )
        """The SDK's client, for what else the vendor has."""
        forms = [Form.SCHEMA, Form.TOOL, Form.JSON] if structured_output == "auto" else [Form(structured_output)]
        # A key for the cache helps at the vendor alone; others refuse it, or take it for something of theirs.
        refused = () if base_url is None else ("prompt_cache_key",)
        self._dialects: dict[str, Dialect] = defaultdict(lambda: Dialect(forms, refused=refused))

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
        """What a completion is asked for with, beside its model; not as a stream."""
        return _parameters(request, dialect=self._dialects[model])

    def read(self, completion: ChatCompletion, *, model: str) -> ProviderAnswer:
        """The answer in a completion. Raises an `OutsideError`."""
        return _answer(completion, endpoint=f"{self.name}:{model}")

    def fault(self, error: Exception, *, model: str) -> OutsideError:
        """Our error for one of the SDK."""
        return fault_of(error, endpoint=f"{self.name}:{model}")

    async def _ask(self, asking: Asking, *, stream: StreamSettings | None) -> ProviderAnswer:
        dialect = self._dialects[asking.model]
        while True:
            sent = dialect.taken()
            try:
                if stream is None or "stream" in sent.refused:
                    return await self._whole(asking, dialect=dialect)
                return await self._streamed(asking, dialect=dialect, limits=stream)
            except BadRequestError as fault:
                is_learned = dialect.learn(words_of(fault), sent=sent, names=_REFUSALS, parameters=_OPTIONAL)
                if begun_of(fault) or not is_learned:
                    raise

    async def _whole(self, asking: Asking, *, dialect: Dialect) -> ProviderAnswer:
        parameters = _parameters(asking.request, dialect=dialect)
        try:
            completion = await self.client.chat.completions.create(
                **parameters, model=asking.model, timeout=http_timeout(asking.timeout)
            )
        except _ERRORS as error:
            raise fault_of(error, endpoint=asking.endpoint) from error
        return _answer(completion, endpoint=asking.endpoint)

    async def _streamed(self, asking: Asking, *, dialect: Dialect, limits: StreamSettings) -> ProviderAnswer:
        collector = _Collector()
        parameters = _parameters(asking.request, dialect=dialect) | _stream_parameters(dialect)
        events = self._events(asking, parameters)
        await read_stream(events, into=collector, request=asking.request, limits=limits, endpoint=asking.endpoint)
        if collector.came_whole or collector.usage == Usage():
            # What some servers stream they do not count; to know what a call costs is worth more than a stream.
            dialect.refused.add("stream")
        return _checked(collector.answer(asking.model), refusal=collector.refusal, endpoint=asking.endpoint)

    async def _events(
        self, asking: Asking, parameters: dict[str, Any]
    ) -> AsyncGenerator[ChatCompletionChunk | ChatCompletion]:
        """The chunks; or the whole answer, from a server that takes no notice of `stream`."""
        try:
            async with await self.client.chat.completions.create(
                **parameters, model=asking.model, timeout=http_timeout(asking.timeout)
            ) as stream:
                if "json" in stream.response.headers.get("content-type", ""):
                    yield ChatCompletion.construct(**json.loads(await stream.response.aread()))
                    return
                async for chunk in stream:
                    yield chunk
        except (*_ERRORS, AttributeError, TypeError) as error:
            raise fault_of(error, endpoint=asking.endpoint) from error


def _parameters(request: ModelRequest, *, dialect: Dialect) -> dict[str, Any]:
    """What is sent, without the model."""
    limit = "max_tokens" if "max_completion_tokens" in dialect.refused else "max_completion_tokens"
    optional = {"temperature": request.temperature, "prompt_cache_key": request.prompt_version}
    taken = {name: value for name, value in optional.items() if name not in dialect.refused}
    return {limit: request.max_tokens, **taken, **_form_parameters(request, form=dialect.form)}


def _stream_parameters(dialect: Dialect) -> dict[str, Any]:
    options = {} if "stream_options" in dialect.refused else {"stream_options": {"include_usage": True}}
    return {"stream": True, **options}


def _form_parameters(request: ModelRequest, *, form: Form) -> dict[str, Any]:
    schema = strict_schema(request.schema)
    if form is Form.SCHEMA:
        named = {"name": request.schema.__name__, "schema": schema, "strict": True}
        return {"messages": _messages(request), "response_format": {"type": "json_schema", "json_schema": named}}
    if form is Form.TOOL:
        function = {"name": TOOL_NAME, "description": "Give the answer.", "parameters": schema}
        return {
            "messages": _messages(request),
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": TOOL_NAME}},
        }
    in_words = _messages(request, addition=schema_in_words(request))
    return {"messages": in_words, "response_format": {"type": "json_object"}}


def _messages(request: ModelRequest, *, addition: str = "") -> list[dict[str, str]]:
    system = "\n\n".join(part for part in (request.system, addition) if part)
    return [
        *([{"role": "system", "content": system}] if system else []),
        *({"role": turn.role, "content": turn.text} for turn in request.turns),
        {"role": "user", "content": request.prompt},
    ]


class _Collector(Collector[ChatCompletionChunk | ChatCompletion]):
    """A completion, from its chunks. Those without choices carry the usage."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal = ""
        self._texts: list[str] = []
        self._calls: list[str] = []
        """Parts of the first call's arguments; they are the answer then."""
        self._model: str | None = None
        self._finish: str | None = None

    def take(self, event: ChatCompletionChunk | ChatCompletion, /) -> Piece | None:
        """Take one chunk in, or a whole answer."""
        if isinstance(event, ChatCompletion):
            return self._take_whole(event)
        self._model = event.model or self._model
        if event.usage:
            self.usage = _usage(event.usage)
        if not event.choices:
            return Piece() if event.usage else None
        choice = event.choices[0]
        self.is_begun = True
        if choice.finish_reason:
            self._finish, self.has_end = choice.finish_reason, True
        piece = self._delta(choice.delta)
        return piece if any(piece) or choice.finish_reason else None

    def answer(self, model: str) -> ProviderAnswer:
        """The whole answer."""
        return ProviderAnswer(
            text="".join(self._calls) or without_fence("".join(self._texts)),
            usage=self.usage,
            model=self._model or model,
            finish=str(self._finish),
            first_token_seconds=self.first_token_seconds,
        )

    def _take_whole(self, completion: ChatCompletion) -> Piece | None:
        if not completion.choices:
            return None
        choice = completion.choices[0]
        self.is_begun = self.has_end = self.came_whole = True
        self._model, self._finish = completion.model, str(choice.finish_reason)
        self.usage = _usage(completion.usage)
        self.refusal = getattr(choice.message, "refusal", None) or ""
        self._texts.append(_text(choice.message))
        return Piece(self._texts[0])

    def _delta(self, delta: Any) -> Piece:
        calls = [call for call in getattr(delta, "tool_calls", None) or () if call.index in (0, None)]
        arguments = "".join(call.function.arguments or "" for call in calls if call.function)
        content = getattr(delta, "content", None) or ""
        self.refusal += getattr(delta, "refusal", None) or ""
        # Not OpenAI's own, but DeepSeek, vLLM and others show the thinking, under one of two names.
        thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None) or ""
        self._calls += [arguments] if arguments else []
        self._texts += [content] if content else []
        return Piece(arguments or content or getattr(delta, "refusal", None) or "", str(thought))


def _answer(completion: ChatCompletion, *, endpoint: str) -> ProviderAnswer:
    """The answer in a whole completion. Raises `AnswerLostError`, `PaidRefusalError`, `UnusableAnswerError`."""
    if not isinstance(completion, ChatCompletion) or not getattr(completion, "choices", None):
        raise unreadable(endpoint)
    choice = completion.choices[0]
    answer = ProviderAnswer(
        text=_text(choice.message),
        usage=_usage(completion.usage),
        model=completion.model or endpoint,
        finish=str(choice.finish_reason),
    )
    return _checked(answer, refusal=getattr(choice.message, "refusal", None), endpoint=endpoint)


def _checked(answer: ProviderAnswer, *, refusal: str | None, endpoint: str) -> ProviderAnswer:
    if refusal or answer.finish == "content_filter":
        raise PaidRefusalError(f"{endpoint} refused: {refusal or answer.finish}", answer=answer, endpoint=endpoint)
    if answer.finish == "length":
        raise UnusableAnswerError("the answer was cut off (length)", answer=answer, endpoint=endpoint)
    if not answer.text:
        raise UnusableAnswerError("the answer is empty", answer=answer, endpoint=endpoint)
    return answer


def _text(message: Any) -> str:
    calls = getattr(message, "tool_calls", None)
    if calls:
        return str(calls[0].function.arguments)
    return without_fence(getattr(message, "content", None) or "")


def _usage(usage: CompletionUsage | None) -> Usage:
    if usage is None:
        return Usage()
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    # DeepSeek reports its cache beside the details.
    hits = getattr(usage, "prompt_cache_hit_tokens", None)
    return Usage(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cached_tokens=(prompt.cached_tokens if prompt else None) or hits or 0,
        cache_write_tokens=(prompt.cache_write_tokens if prompt else None) or 0,
        reasoning_tokens=(completion.reasoning_tokens if completion else None) or 0,
    )


def fault_of(error: Exception, *, endpoint: str) -> OutsideError:
    """Our error for one of the SDK's, or of the client below it."""
    if isinstance(error, openai.APIStatusError):
        detail = f"{error.code or ''} {error.param or ''} {error.message}"
        return fault_of_status(error.status_code, detail=detail, endpoint=endpoint, headers=error.response.headers)
    if isinstance(error, openai.APIConnectionError):
        return fault_of_transport(error.__cause__, endpoint=endpoint)
    if isinstance(error, httpx2.HTTPError):
        return fault_of_transport(error, endpoint=endpoint)
    if isinstance(error, openai.APIError) and error.body is not None:
        # An error within a stream has no status.
        status = status_of_kinds(error.code, error.type)
        detail = f"{error.code or ''} {error.param or ''} {error.message}"
        return fault_of_status(status, detail=detail, endpoint=endpoint, headers={})
    return unreadable(endpoint)
