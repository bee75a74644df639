"""OpenAI's Batch API, and that of compatible servers, through the SDK's own client of the provider."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import openai
from openai.types import Batch
from openai.types.chat import ChatCompletion

from brains.llm.batch.base import BatchLook, BatchRequest, BatchResult, BatchState, LeftOutError
from brains.llm.providers.faults import fault_of_status, http_timeout, timed_out, unreadable
from brains.llm.providers.openai import OpenAIProvider
from daemon.core.errors import AnswerLostError, CallTimeoutError, ConnectionFaultError, OutsideError

_URL: Final = "/v1/chat/completions"
_STATES: Final[Mapping[str, BatchState]] = {
    "completed": BatchState.ENDED,
    "failed": BatchState.FAILED,
    "expired": BatchState.EXPIRED,
    "cancelled": BatchState.CANCELLED,
}
"""All others are states of a batch that is under way."""


class OpenAIBatches:
    """A file of requests goes up, a batch is made of it, and a file of answers and one of errors come down."""

    max_bytes = 100 * 1024 * 1024
    """Half of what the service takes: schemas and JSON come on top of the prompts."""

    def __init__(self, provider: OpenAIProvider) -> None:
        self._provider = provider
        self._client = provider.client

    async def submit(self, requests: Sequence[BatchRequest], *, model: str, timeout: float) -> str:
        """Send the batch; answers the provider's id."""
        file_id = await self._upload(requests, model=model, timeout=timeout)
        async with self._translated(model, timeout=timeout):
            batch = await self._client.batches.create(
                input_file_id=file_id, endpoint=_URL, completion_window="24h", timeout=http_timeout(timeout)
            )
        return _whole(batch, model=model).id

    async def look(self, vendor_id: str, *, model: str, timeout: float) -> BatchLook:
        """How far it is."""
        batch = await self._retrieve(vendor_id, model=model, timeout=timeout)
        state = _STATES.get(batch.status, BatchState.RUNNING)
        counts = batch.request_counts if state is not BatchState.RUNNING else None
        return BatchLook(state, answered=counts.completed if counts else 0, reason=_reason(batch))

    async def results(self, vendor_id: str, *, model: str, timeout: float) -> Mapping[str, BatchResult]:
        """What became of each request; a batch that failed as a whole has none."""
        batch = await self._retrieve(vendor_id, model=model, timeout=timeout)
        results: dict[str, BatchResult] = {}
        async with self._translated(model, timeout=timeout):
            for file_id in filter(None, (batch.error_file_id, batch.output_file_id)):
                file = await self._client.files.content(file_id, timeout=http_timeout(timeout))
                lines = _lines(file.text, model=model)
                results |= {line["custom_id"]: self._result(line, model=model) for line in lines}
        return results

    async def cancel(self, vendor_id: str, *, model: str, timeout: float) -> None:
        """Ask for its end."""
        async with self._translated(model, timeout=timeout):
            await self._client.batches.cancel(vendor_id, timeout=http_timeout(timeout))

    async def _upload(self, requests: Sequence[BatchRequest], *, model: str, timeout: float) -> str:
        """Until a batch is made of it, a file costs nothing: a fault here never leaves the outcome open."""
        body = "\n".join(json.dumps(self._line(one, model=model), ensure_ascii=False) for one in requests)
        endpoint = f"openai:{model}"
        try:
            async with self._translated(model, timeout=timeout):
                file = await self._client.files.create(
                    file=("requests.jsonl", body.encode()), purpose="batch", timeout=http_timeout(timeout)
                )
        except (CallTimeoutError, AnswerLostError) as error:
            raise ConnectionFaultError(f"the requests did not reach {endpoint}: {error}", endpoint=endpoint) from error
        if not isinstance(getattr(file, "id", None), str):
            raise ConnectionFaultError(f"{endpoint} took no file of requests", endpoint=endpoint)
        return file.id

    async def _retrieve(self, vendor_id: str, *, model: str, timeout: float) -> Batch:
        async with self._translated(model, timeout=timeout):
            batch = await self._client.batches.retrieve(vendor_id, timeout=http_timeout(timeout))
        return _whole(batch, model=model)

    def _line(self, one: BatchRequest, *, model: str) -> dict[str, Any]:
        body = self._provider.parameters(one.request, model=model) | {"model": model}
        return {"custom_id": one.custom_id, "method": "POST", "url": _URL, "body": body}

    def _result(self, line: Mapping[str, Any], *, model: str) -> BatchResult:
        response, endpoint = line.get("response") or {}, f"openai:{model}"
        body = response.get("body") or {}
        if response.get("status_code") == HTTPStatus.OK:
            try:
                return self._provider.read(ChatCompletion.construct(**body), model=model)
            except OutsideError as fault:
                return fault
        if response:
            wrong = body.get("error") or {}
            detail = f"{wrong.get('code') or ''} {wrong.get('message') or ''}"
            return fault_of_status(int(response["status_code"]), detail=detail, endpoint=endpoint, headers={})
        error = line.get("error") or {}
        why = error.get("message") or error.get("code") or "no reason given"
        return LeftOutError(f"{endpoint}: the request had no turn: {why}", endpoint=endpoint)

    @asynccontextmanager
    async def _translated(self, model: str, *, timeout: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout):
                yield
        except TimeoutError as error:
            raise timed_out(f"openai:{model}") from error
        except (openai.OpenAIError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise self._provider.fault(error, model=model) from error


def _whole(batch: Batch, *, model: str) -> Batch:
    """The SDK builds a batch from any JSON object without looking; what we need may be missing."""
    if isinstance(batch, Batch) and all(getattr(batch, name, None) for name in ("id", "status")):
        return batch
    raise unreadable(f"openai:{model}")


def _reason(batch: Batch) -> str | None:
    said = [error.message or error.code or "" for error in (batch.errors.data or [] if batch.errors else [])]
    return "; ".join(said[:3]) or None


def _lines(text: str, *, model: str) -> Iterator[dict[str, Any]]:
    for line in filter(None, text.split("\n")):
        document = json.loads(line)
        if not isinstance(document, dict) or "custom_id" not in document:
            raise unreadable(f"openai:{model}")
        yield document
