"""OpenAI's chat completions through its SDK; also every compatible server, by its base URL."""

import asyncio
import json
import re
from collections import defaultdict
from typing import Any

import openai
from openai.types.chat import ChatCompletion
from openai.types.completion_usage import CompletionUsage

from brains.llm.base import ModelRequest, PaidRefusalError, ProviderAnswer, UnusableAnswerError
from brains.llm.providers.faults import fault_of_status, fault_of_transport, http_timeout, timed_out, unreadable
from brains.llm.providers.forms import TOOL_NAME, Dialect, Form, schema_in_words, strict_schema, without_fence
from daemon.blackboard.records import Usage
from daemon.core.errors import BadRequestError, OutsideError

DEFAULT_BASE_URL = "https://api.openai.com/v1"

_REFUSALS = {
    Form.SCHEMA: re.compile(r"response_format|json_schema|structured output|strict", re.IGNORECASE),
    Form.TOOL: re.compile(r"tool|function", re.IGNORECASE),
    Form.JSON: re.compile(r"response_format|json_object"),
}
_OPTIONAL = ("temperature", "max_completion_tokens")
"""Parameters that some servers refuse: reasoning models take no temperature, older servers only `max_tokens`."""


class OpenAIProvider:
    """GPT, and Qwen, DeepSeek, Ollama, vLLM and all others that speak chat completions."""

    name = "openai"
    is_local = False

    def __init__(self, *, api_key: str, base_url: str | None = None, structured_output: str = "auto") -> None:
        self._client = openai.AsyncOpenAI(
            api_key=api_key, base_url=base_url or DEFAULT_BASE_URL, max_retries=0, timeout=None
        )
        forms = [Form.SCHEMA, Form.TOOL, Form.JSON] if structured_output == "auto" else [Form(structured_output)]
        self._dialects: dict[str, Dialect] = defaultdict(lambda: Dialect(forms))

    async def complete(self, request: ModelRequest, *, model: str, timeout: float) -> ProviderAnswer:
        """Ask once. `timeout` is the limit of the whole call, in seconds."""
        endpoint = f"{self.name}:{model}"
        dialect = self._dialects[model]
        try:
            async with asyncio.timeout(timeout):
                completion = await self._create(request, model=model, timeout=timeout, dialect=dialect)
        except TimeoutError as error:
            raise timed_out(endpoint) from error
        return _answer(completion, endpoint=endpoint)

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()

    async def _create(self, request: ModelRequest, *, model: str, timeout: float, dialect: Dialect) -> ChatCompletion:
        while True:
            try:
                completion: ChatCompletion = await self._client.chat.completions.create(
                    **_parameters(request, dialect=dialect), model=model, timeout=http_timeout(timeout)
                )
            except (openai.OpenAIError, json.JSONDecodeError, UnicodeDecodeError) as error:
                fault = _fault(error, endpoint=f"{self.name}:{model}")
                if isinstance(fault, BadRequestError) and dialect.learn(
                    str(fault), names=_REFUSALS, parameters=_OPTIONAL
                ):
                    continue
                raise fault from error
            return completion


def _parameters(request: ModelRequest, *, dialect: Dialect) -> dict[str, Any]:
    limit = "max_tokens" if "max_completion_tokens" in dialect.refused else "max_completion_tokens"
    temperature = {} if "temperature" in dialect.refused else {"temperature": request.temperature}
    return {limit: request.max_tokens, **temperature, **_form_parameters(request, form=dialect.form)}


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
    return [*([{"role": "system", "content": system}] if system else []), {"role": "user", "content": request.prompt}]


def _answer(completion: ChatCompletion, *, endpoint: str) -> ProviderAnswer:
    if not isinstance(completion, ChatCompletion) or not getattr(completion, "choices", None):
        raise unreadable(endpoint)
    choice = completion.choices[0]
    answer = ProviderAnswer(
        text=_text(choice.message),
        usage=_usage(completion.usage),
        model=completion.model or endpoint,
        finish=str(choice.finish_reason),
    )
    refusal = getattr(choice.message, "refusal", None)
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


def _fault(error: Exception, *, endpoint: str) -> OutsideError:
    if isinstance(error, openai.APIStatusError):
        detail = f"{error.code or ''} {error.param or ''} {error.message}"
        return fault_of_status(error.status_code, detail=detail, endpoint=endpoint, headers=error.response.headers)
    if isinstance(error, openai.APIConnectionError):
        return fault_of_transport(error.__cause__, endpoint=endpoint)
    return unreadable(endpoint)
