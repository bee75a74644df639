"""Google's Gemini through the google-genai SDK."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from brains.llm.base import ModelRequest, PaidRefusalError, ProviderAnswer, UnusableAnswerError
from brains.llm.providers.faults import fault_of_status, fault_of_transport, out_of_time, unreadable
from brains.llm.providers.forms import Asking, strict_schema
from brains.llm.streaming import Collector, Piece, read_stream
from daemon.blackboard.records import Usage
from daemon.core.errors import OutsideError
from daemon.core.settings.models import StreamSettings

DEFAULT_BASE_URL = "https://generativelanguage.googleapis.com"

_REFUSED = frozenset(
    {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "ESCALATION", "PUP_LIMITED_DISABLED"}
)


_OPENED: ContextVar[list[httpx2.Response]] = ContextVar("_OPENED")
"""Where the response of a stream is put, so that it can be closed: the SDK gives it to nobody."""
_ERRORS = (errors.APIError, httpx2.HTTPError, ValueError)


class GeminiProvider:
    """Gemini, with an API key."""

    name = "gemini"
    is_local = False

    def __init__(self, *, api_key: str, base_url: str | None = None) -> None:
        # A client of our own: the SDK would take aiohttp when that happens to be installed, with retries of its own.
        self._http = httpx2.AsyncClient(follow_redirects=True, event_hooks={"response": [_remember]})
        self.client = genai.Client(
            vertexai=False,
            api_key=api_key,
            http_options=types.HttpOptions(
                base_url=base_url or DEFAULT_BASE_URL,
                httpx_async_client=self._http,
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )
        """The SDK's client, for what else the vendor has."""

    async def complete(
        self, request: ModelRequest, *, model: str, timeout: float, stream: StreamSettings | None = None
    ) -> ProviderAnswer:
        """Ask once. `timeout` is the limit of the whole call, in seconds; `stream` has those of a stream."""
        endpoint = f"{self.name}:{model}"
        asking = Asking(request, model=model, endpoint=endpoint, timeout=timeout)
        try:
            async with asyncio.timeout(timeout):
                return await (self._whole(asking) if stream is None else self._streamed(asking, limits=stream))
        except TimeoutError as error:
            raise out_of_time(error, endpoint=endpoint) from error

    async def close(self) -> None:
        """Close connections."""
        await self.client.aio.aclose()
        await self._http.aclose()

    def inlined(self, request: ModelRequest, *, timeout: float) -> dict[str, Any]:
        """Contents and configuration of a request, not as a stream."""
        return {"contents": _contents(request), "config": _config(request, timeout=timeout)}

    def read(self, response: types.GenerateContentResponse, *, model: str) -> ProviderAnswer:
        """The answer in a response. Raises an `OutsideError`."""
        return _answer(response, model=model, endpoint=f"{self.name}:{model}")

    def fault(self, error: Exception, *, model: str) -> OutsideError:
        """Our error for one of the SDK."""
        return fault_of(error, endpoint=f"{self.name}:{model}")

    async def _whole(self, asking: Asking) -> ProviderAnswer:
        request, config = asking.request, _config(asking.request, timeout=asking.timeout)
        try:
            response = await self.client.aio.models.generate_content(
                model=asking.model, contents=_contents(request), config=config
            )
        except _ERRORS as error:
            raise fault_of(error, endpoint=asking.endpoint) from error
        return _answer(response, model=asking.model, endpoint=asking.endpoint)

    async def _streamed(self, asking: Asking, *, limits: StreamSettings) -> ProviderAnswer:
        collector = _Collector()
        await read_stream(
            self._events(asking), into=collector, request=asking.request, limits=limits, endpoint=asking.endpoint
        )
        return _checked(collector.answer(asking.model), is_blocked=collector.is_blocked, endpoint=asking.endpoint)

    async def _events(self, asking: Asking) -> AsyncGenerator[types.GenerateContentResponse]:
        config = _config(asking.request, timeout=asking.timeout)
        opened: list[httpx2.Response] = []
        token = _OPENED.set(opened)
        try:
            async for chunk in await self.client.aio.models.generate_content_stream(
                model=asking.model, contents=_contents(asking.request), config=config
            ):
                yield chunk
        except _ERRORS as error:
            raise fault_of(error, endpoint=asking.endpoint) from error
        finally:
            _OPENED.reset(token)
            for response in opened:
                await response.aclose()


async def _remember(response: httpx2.Response) -> None:
    if (opened := _OPENED.get(None)) is not None:
        opened.append(response)


def _contents(request: ModelRequest) -> list[types.ContentUnionDict]:
    """What was said before, and the question."""
    said = [*((turn.role, turn.text) for turn in request.turns), ("user", request.prompt)]
    return [
        types.Content(role="model" if role == "assistant" else role, parts=[types.Part(text=text)])
        for role, text in said
    ]


def _config(request: ModelRequest, *, timeout: float) -> types.GenerateContentConfig:
    """How it is to be answered."""
    return types.GenerateContentConfig(
        system_instruction=request.system or None,
        temperature=request.temperature,
        max_output_tokens=request.max_tokens,
        response_mime_type="application/json",
        response_json_schema=strict_schema(request.schema),
        # A continuation would be a second request that nobody booked.
        automatic_continuation=False,
        http_options=types.HttpOptions(timeout=max(1, round(timeout * 1000))),
    )


class _Collector(Collector[types.GenerateContentResponse]):
    """An answer, from its chunks. Their usage is a sum up to there; the last one holds."""

    def __init__(self) -> None:
        super().__init__()
        self.is_blocked = False
        """The prompt was refused."""
        self._texts: list[str] = []
        self._model: str | None = None
        self._finish = ""

    def take(self, event: types.GenerateContentResponse, /) -> Piece | None:
        """Take one chunk in."""
        candidate, blocked = _outcome(event)
        self._model = event.model_version or self._model
        if event.usage_metadata:
            self.usage = _usage(event.usage_metadata)
        if candidate is None and blocked is None:
            return None
        self.is_begun = True
        self.is_blocked = self.is_blocked or blocked is not None
        if reason := _word(blocked or (candidate.finish_reason if candidate else None)):
            self._finish, self.has_end = reason, True
        piece = Piece(_text(candidate), _text(candidate, is_thought=True))
        self._texts.append(piece.text)
        return piece

    def answer(self, model: str) -> ProviderAnswer:
        """The whole answer."""
        return ProviderAnswer(
            text="".join(self._texts),
            usage=self.usage,
            model=self._model or model,
            finish=self._finish,
            first_token_seconds=self.first_token_seconds,
        )


def _answer(response: types.GenerateContentResponse, *, model: str, endpoint: str) -> ProviderAnswer:
    """The answer in a whole response. Raises `AnswerLostError`, `PaidRefusalError`, `UnusableAnswerError`."""
    candidate, blocked = _outcome(response)
    if candidate is None and blocked is None:
        raise unreadable(endpoint)
    answer = ProviderAnswer(
        text=_text(candidate),
        usage=_usage(response.usage_metadata),
        model=response.model_version or model,
        finish=_word(blocked or (candidate.finish_reason if candidate else None)),
    )
    return _checked(answer, is_blocked=blocked is not None, endpoint=endpoint)


def _outcome(response: types.GenerateContentResponse) -> tuple[types.Candidate | None, Any]:
    """The first candidate, and why the prompt was refused."""
    blocked = response.prompt_feedback.block_reason if response.prompt_feedback else None
    return (response.candidates[0] if response.candidates else None), blocked


def _checked(answer: ProviderAnswer, *, is_blocked: bool, endpoint: str) -> ProviderAnswer:
    finish = answer.finish
    if is_blocked or finish in _REFUSED:
        raise PaidRefusalError(f"{endpoint} refused: {finish}", answer=answer, endpoint=endpoint)
    if finish not in ("STOP", ""):
        raise UnusableAnswerError(f"the answer was cut off ({finish})", answer=answer, endpoint=endpoint)
    if not answer.text:
        raise UnusableAnswerError("the answer is empty", answer=answer, endpoint=endpoint)
    return answer


def _word(reason: Any) -> str:
    return "" if reason is None else str(getattr(reason, "value", reason))


def _text(candidate: types.Candidate | None, *, is_thought: bool = False) -> str:
    parts = (candidate.content.parts or []) if candidate and candidate.content else []
    return "".join(part.text for part in parts if part.text and bool(part.thought) == is_thought)


def _usage(usage: types.GenerateContentResponseUsageMetadata | None) -> Usage:
    if usage is None:
        return Usage()
    thoughts = usage.thoughts_token_count or 0
    return Usage(
        input_tokens=(usage.prompt_token_count or 0) + (usage.tool_use_prompt_token_count or 0),
        output_tokens=(usage.candidates_token_count or 0) + thoughts,
        cached_tokens=usage.cached_content_token_count or 0,
        reasoning_tokens=thoughts,
    )


def fault_of(error: Exception, *, endpoint: str) -> OutsideError:
    """Our error for one of the SDK's, or of the client below it."""
    if isinstance(error, errors.APIError) and isinstance(error.code, int):
        headers: Mapping[str, str] = getattr(error.response, "headers", None) or {}
        detail = f"{error.status or ''} {error.message or ''} {' '.join(_reasons(error.details))}"
        waits = _retry_delay(error.details)
        return fault_of_status(error.code, detail=detail, endpoint=endpoint, headers=headers, retry_after=waits)
    if isinstance(error, httpx2.HTTPError):
        return fault_of_transport(error, endpoint=endpoint)
    return unreadable(endpoint)


def _details(body: Any) -> list[dict[str, Any]]:
    error = body.get("error", body) if isinstance(body, dict) else {}
    details = error.get("details", []) if isinstance(error, dict) else []
    return [detail for detail in details if isinstance(detail, dict)]


def _reasons(body: Any) -> list[str]:
    return [str(detail["reason"]) for detail in _details(body) if "reason" in detail]


def _retry_delay(body: Any) -> float | None:
    """Seconds from a `RetryInfo`, such as `{"retryDelay": "17s"}`; Gemini sends no header for it."""
    for detail in _details(body):
        if match := re.fullmatch(r"([\d.]+)s", str(detail.get("retryDelay", ""))):
            return float(match[1])
    return None
