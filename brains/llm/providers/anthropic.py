"""Anthropic's Messages API through its SDK."""

import asyncio
import json
import re
from collections import defaultdict
from typing import Any

import anthropic
from anthropic.types import Message

from brains.llm.base import ModelRequest, PaidRefusalError, ProviderAnswer, UnusableAnswerError
from brains.llm.providers.faults import fault_of_status, fault_of_transport, http_timeout, timed_out, unreadable
from brains.llm.providers.forms import TOOL_NAME, Dialect, Form, strict_schema
from daemon.blackboard.records import Usage
from daemon.core.errors import BadRequestError, OutsideError

DEFAULT_BASE_URL = "https://api.anthropic.com"

_CACHED_FROM_CHARACTERS = 4096
"""The service caches prompts of 1024 tokens and more; below that a marker is useless."""

_REFUSALS = {Form.SCHEMA: re.compile(r"output_config|output_format|json_schema"), Form.TOOL: re.compile(r"tool")}


class AnthropicProvider:
    """Claude, and every server that speaks the Messages API."""

    name = "anthropic"
    is_local = False

    def __init__(self, *, api_key: str, base_url: str | None = None, structured_output: str = "auto") -> None:
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key, base_url=base_url or DEFAULT_BASE_URL, max_retries=0, timeout=None
        )
        forms = _forms(structured_output, is_own=base_url is None)
        self._dialects: dict[str, Dialect] = defaultdict(lambda: Dialect(forms))

    async def complete(self, request: ModelRequest, *, model: str, timeout: float) -> ProviderAnswer:
        """Ask once. `timeout` is the limit of the whole call, in seconds."""
        endpoint = f"{self.name}:{model}"
        dialect = self._dialects[model]
        try:
            async with asyncio.timeout(timeout):
                message = await self._create(request, model=model, timeout=timeout, dialect=dialect)
        except TimeoutError as error:
            raise timed_out(endpoint) from error
        return _answer(message, endpoint=endpoint)

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()

    async def _create(self, request: ModelRequest, *, model: str, timeout: float, dialect: Dialect) -> Message:
        while True:
            try:
                message: Message = await self._client.messages.create(
                    **_parameters(request, form=dialect.form), model=model, timeout=http_timeout(timeout)
                )
            except (anthropic.AnthropicError, json.JSONDecodeError, UnicodeDecodeError) as error:
                fault = _fault(error, endpoint=f"{self.name}:{model}")
                if isinstance(fault, BadRequestError) and dialect.learn(str(fault), names=_REFUSALS):
                    continue
                raise fault from error
            return message


def _forms(structured_output: str, *, is_own: bool) -> list[Form]:
    """Other servers know tools for sure; of a native schema some take no notice, silently."""
    if structured_output == "auto":
        return [Form.SCHEMA, Form.TOOL] if is_own else [Form.TOOL, Form.SCHEMA]
    return [Form.SCHEMA] if structured_output == "schema" else [Form.TOOL]


def _parameters(request: ModelRequest, *, form: Form) -> dict[str, Any]:
    schema = strict_schema(request.schema)
    system: dict[str, Any] = {"type": "text", "text": request.system}
    if len(request.system) >= _CACHED_FROM_CHARACTERS:
        system["cache_control"] = {"type": "ephemeral"}
    shared: dict[str, Any] = {
        "max_tokens": request.max_tokens,
        "system": [system] if request.system else anthropic.omit,
        "messages": [{"role": "user", "content": request.prompt}],
    }
    if form is Form.SCHEMA:
        return shared | {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    return shared | {
        "tools": [{"name": TOOL_NAME, "description": "Give the answer.", "input_schema": schema}],
        "tool_choice": {"type": "tool", "name": TOOL_NAME, "disable_parallel_tool_use": True},
    }


def _answer(message: Message, *, endpoint: str) -> ProviderAnswer:
    if not isinstance(message, Message) or not _is_whole(message):
        raise unreadable(endpoint)
    answer = ProviderAnswer(
        text=_text(message), usage=_usage(message), model=message.model, finish=message.stop_reason or "stop"
    )
    if answer.finish == "refusal":
        why = getattr(message.stop_details, "explanation", None) or "no reason given"
        raise PaidRefusalError(f"{endpoint} refused: {why}", answer=answer, endpoint=endpoint)
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


def _usage(message: Message) -> Usage:
    usage = message.usage
    read = usage.cache_read_input_tokens or 0
    written = usage.cache_creation_input_tokens or 0
    details = usage.output_tokens_details
    return Usage(
        input_tokens=usage.input_tokens + read + written,
        output_tokens=usage.output_tokens,
        cached_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=details.thinking_tokens if details else 0,
    )


def _fault(error: Exception, *, endpoint: str) -> OutsideError:
    if isinstance(error, anthropic.APIStatusError):
        detail = f"{error.type or ''} {error.error_code or ''} {error.api_message or error.message}"
        return fault_of_status(error.status_code, detail=detail, endpoint=endpoint, headers=error.response.headers)
    if isinstance(error, anthropic.APIConnectionError):
        return fault_of_transport(error.__cause__, endpoint=endpoint)
    return unreadable(endpoint)
