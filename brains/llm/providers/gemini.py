"""Google's Gemini through the google-genai SDK."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from brains.llm.base import ModelRequest, PaidRefusalError, ProviderAnswer, UnusableAnswerError
from brains.llm.providers.faults import fault_of_status, fault_of_transport, timed_out, unreadable
from brains.llm.providers.forms import strict_schema
from daemon.blackboard.records import Usage
from daemon.core.errors import OutsideError

DEFAULT_BASE_URL = "https://generativelanguage.googleapis.com"

_REFUSED = frozenset(
    {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "ESCALATION", "PUP_LIMITED_DISABLED"}
)


class GeminiProvider:
    """Gemini, with an API key."""

    name = "gemini"
    is_local = False

    def __init__(self, *, api_key: str, base_url: str | None = None) -> None:
        # A client of our own: the SDK would take aiohttp when that happens to be installed, with retries of its own.
        self._http = httpx2.AsyncClient(follow_redirects=True)
        self._client = genai.Client(
            vertexai=False,
            api_key=api_key,
            http_options=types.HttpOptions(
                base_url=base_url or DEFAULT_BASE_URL,
                httpx_async_client=self._http,
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )

    async def complete(self, request: ModelRequest, *, model: str, timeout: float) -> ProviderAnswer:
        """Ask once. `timeout` is the limit of the whole call, in seconds."""
        endpoint = f"{self.name}:{model}"
        try:
            async with asyncio.timeout(timeout):
                response = await self._generate(request, model=model, timeout=timeout)
        except TimeoutError as error:
            raise timed_out(endpoint) from error
        return _answer(response, model=model, endpoint=endpoint)

    async def close(self) -> None:
        """Close connections."""
        await self._client.aio.aclose()
        await self._http.aclose()

    async def _generate(self, request: ModelRequest, *, model: str, timeout: float) -> types.GenerateContentResponse:
        config = _config(request, timeout=timeout)
        try:
            return await self._client.aio.models.generate_content(model=model, contents=request.prompt, config=config)
        except (errors.APIError, httpx2.HTTPError, ValueError) as error:
            raise _fault(error, endpoint=f"{self.name}:{model}") from error


def _config(request: ModelRequest, *, timeout: float) -> types.GenerateContentConfig:
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


def _answer(response: types.GenerateContentResponse, *, model: str, endpoint: str) -> ProviderAnswer:
    candidate = response.candidates[0] if response.candidates else None
    blocked = response.prompt_feedback.block_reason if response.prompt_feedback else None
    if candidate is None and blocked is None:
        raise unreadable(endpoint)
    finish = _word(blocked or (candidate.finish_reason if candidate else None))
    answer = ProviderAnswer(
        text=_text(candidate),
        usage=_usage(response.usage_metadata),
        model=response.model_version or model,
        finish=finish,
    )
    if blocked is not None or finish in _REFUSED:
        raise PaidRefusalError(f"{endpoint} refused: {finish}", answer=answer, endpoint=endpoint)
    if finish not in ("STOP", ""):
        raise UnusableAnswerError(f"the answer was cut off ({finish})", answer=answer, endpoint=endpoint)
    if not answer.text:
        raise UnusableAnswerError("the answer is empty", answer=answer, endpoint=endpoint)
    return answer


def _word(reason: Any) -> str:
    return "" if reason is None else str(getattr(reason, "value", reason))


def _text(candidate: types.Candidate | None) -> str:
    parts = (candidate.content.parts or []) if candidate and candidate.content else []
    return "".join(part.text for part in parts if part.text and not part.thought)


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


def _fault(error: Exception, *, endpoint: str) -> OutsideError:
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
