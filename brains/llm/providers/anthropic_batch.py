"""Anthropic's Message Batches through the SDK's own client of the provider."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import httpx2
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

from brains.llm.batch.base import BatchLook, BatchRequest, BatchResult, BatchState, LeftOutError
from brains.llm.providers.anthropic import AnthropicProvider
from brains.llm.providers.faults import (
    fault_of_status,
    fault_of_transport,
    http_timeout,
    status_of_kinds,
    timed_out,
    unreadable,
)
from daemon.core.errors import OutsideError


class AnthropicBatches:
    """`/v1/messages/batches`. A batch that expired or was cancelled has ended too; its requests say so one by one."""

    max_bytes = 128 * 1024 * 1024
    """Half of what the service takes: schemas and JSON come on top of the prompts."""

    def __init__(self, provider: AnthropicProvider) -> None:
        self._provider = provider
        self._batches = provider.client.messages.batches

    async def submit(self, requests: Sequence[BatchRequest], *, model: str, timeout: float) -> str:
        """Send the batch; answers the provider's id."""
        lines: list[Any] = [{"custom_id": one.custom_id, "params": self._params(one, model=model)} for one in requests]
        async with self._translated(model, timeout=timeout):
            batch = await self._batches.create(requests=lines, timeout=http_timeout(timeout))
        return _whole(batch, model=model).id

    async def look(self, vendor_id: str, *, model: str, timeout: float) -> BatchLook:
        """How far it is; tallies are there only when it is over."""
        async with self._translated(model, timeout=timeout):
            batch = await self._batches.retrieve(vendor_id, timeout=http_timeout(timeout))
        if _whole(batch, model=model).processing_status != "ended":
            return BatchLook(BatchState.RUNNING)
        return BatchLook(BatchState.ENDED, answered=batch.request_counts.succeeded)

    async def results(self, vendor_id: str, *, model: str, timeout: float) -> Mapping[str, BatchResult]:
        """What became of each request, in whatever order it comes."""
        async with self._translated(model, timeout=timeout):
            lines = await self._batches.results(vendor_id, timeout=http_timeout(timeout))
            return {line.custom_id: self._result(line, model=model) async for line in lines}

    async def cancel(self, vendor_id: str, *, model: str, timeout: float) -> None:
        """Ask for its end."""
        async with self._translated(model, timeout=timeout):
            await self._batches.cancel(vendor_id, timeout=http_timeout(timeout))

    def _params(self, one: BatchRequest, *, model: str) -> dict[str, Any]:
        """What the message would be asked for with; nested in a batch, the SDK does not leave out what is omitted."""
        asked = self._provider.parameters(one.request, model=model) | {"model": model}
        return {name: value for name, value in asked.items() if not isinstance(value, anthropic.Omit)}

    def _result(self, line: MessageBatchIndividualResponse, *, model: str) -> BatchResult:
        result, endpoint = line.result, f"anthropic:{model}"
        match result.type:
            case "succeeded":
                try:
                    return self._provider.read(result.message, model=model)
                except OutsideError as error:
                    return error
            case "errored":
                wrong = result.error.error
                detail = f"{wrong.type} {wrong.message}"
                return fault_of_status(status_of_kinds(wrong.type), detail=detail, endpoint=endpoint, headers={})
            case _:
                return LeftOutError(f"{endpoint}: the request was {result.type} before its turn", endpoint=endpoint)

    @asynccontextmanager
    async def _translated(self, model: str, *, timeout: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout):
                yield
        except TimeoutError as error:
            raise timed_out(f"anthropic:{model}") from error
        except httpx2.HTTPError as error:  # while the lines of the results are read, the SDK is not in between
            raise fault_of_transport(error, endpoint=f"anthropic:{model}") from error
        except (anthropic.AnthropicError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise self._provider.fault(error, model=model) from error


def _whole(batch: MessageBatch, *, model: str) -> MessageBatch:
    """The SDK builds a batch from any JSON object without looking; what we need may be missing."""
    needed = ("id", "processing_status", "request_counts")
    if isinstance(batch, MessageBatch) and all(getattr(batch, name, None) is not None for name in needed):
        return batch
    raise unreadable(f"anthropic:{model}")
