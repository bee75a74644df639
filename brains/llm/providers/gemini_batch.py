"""Gemini's batch mode through the SDK's own client of the provider; requests and answers travel inline."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import httpx2
from google.genai import errors, types

from brains.llm.batch.base import BatchLook, BatchRequest, BatchResult, BatchState, LeftOutError
from brains.llm.providers.faults import fault_of_status, timed_out, unreadable
from brains.llm.providers.gemini import GeminiProvider
from daemon.core.errors import OutsideError

_STATES: Final[Mapping[str, BatchState]] = {
    "JOB_STATE_SUCCEEDED": BatchState.ENDED,
    "JOB_STATE_PARTIALLY_SUCCEEDED": BatchState.ENDED,
    "JOB_STATE_FAILED": BatchState.FAILED,
    "JOB_STATE_CANCELLED": BatchState.CANCELLED,
    "JOB_STATE_EXPIRED": BatchState.EXPIRED,
}
"""All others are states of a batch that is under way."""

_STATUS_OF: Final[Mapping[int, int]] = {
    1: HTTPStatus.REQUEST_TIMEOUT,
    3: HTTPStatus.BAD_REQUEST,
    4: HTTPStatus.GATEWAY_TIMEOUT,
    5: HTTPStatus.NOT_FOUND,
    7: HTTPStatus.FORBIDDEN,
    8: HTTPStatus.TOO_MANY_REQUESTS,
    16: HTTPStatus.UNAUTHORIZED,
}
"""Of google.rpc codes; those that are HTTP statuses already stay, others are faults of the server."""

_KEY: Final = "key"
"""The metadata that says which request an answer belongs to."""


class GeminiBatches:
    """`models/…:batchGenerateContent` and `batches/…`."""

    max_bytes = 10 * 1024 * 1024
    """Half of what the service takes inline: schemas and JSON come on top of the prompts."""

    def __init__(self, provider: GeminiProvider) -> None:
        self._provider = provider
        self._batches = provider.client.aio.batches

    async def submit(self, requests: Sequence[BatchRequest], *, model: str, timeout: float) -> str:
        """Send the batch; answers the provider's id."""
        inlined: Any = [self._inlined(one, model=model, timeout=timeout) for one in requests]
        options = types.CreateBatchJobConfig(http_options=_options(timeout), display_name=requests[0].custom_id)
        async with self._translated(model, timeout=timeout):
            job = await self._batches.create(model=model, src=inlined, config=options)
        if not job.name:
            raise unreadable(f"gemini:{model}")
        return job.name

    async def look(self, vendor_id: str, *, model: str, timeout: float) -> BatchLook:
        """How far it is; the SDK passes no tallies on."""
        job = await self._get(vendor_id, model=model, timeout=timeout)
        state = _STATES.get(job.state.value if job.state else "", BatchState.RUNNING)
        return BatchLook(state, reason="the service says it failed" if state is BatchState.FAILED else None)

    async def results(self, vendor_id: str, *, model: str, timeout: float) -> Mapping[str, BatchResult]:
        """What became of each request."""
        job = await self._get(vendor_id, model=model, timeout=timeout)
        answers = (job.dest.inlined_responses or []) if job.dest else []
        keyed = [((one.metadata or {}).get(_KEY), one) for one in answers]
        return {key: self._result(one, model=model) for key, one in keyed if key is not None}

    async def cancel(self, vendor_id: str, *, model: str, timeout: float) -> None:
        """Ask for its end."""
        options = types.CancelBatchJobConfig(http_options=_options(timeout))
        async with self._translated(model, timeout=timeout):
            await self._batches.cancel(name=vendor_id, config=options)

    async def _get(self, vendor_id: str, *, model: str, timeout: float) -> types.BatchJob:
        options = types.GetBatchJobConfig(http_options=_options(timeout))
        async with self._translated(model, timeout=timeout):
            job = await self._batches.get(name=vendor_id, config=options)
        if not job.name or job.state is None:
            raise unreadable(f"gemini:{model}")
        return job

    def _inlined(self, one: BatchRequest, *, model: str, timeout: float) -> types.InlinedRequest:
        asked = self._provider.inlined(one.request, timeout=timeout)
        return types.InlinedRequest(model=model, metadata={_KEY: one.custom_id}, **asked)

    def _result(self, one: types.InlinedResponse, *, model: str) -> BatchResult:
        endpoint = f"gemini:{model}"
        if one.response is not None:
            try:
                return self._provider.read(one.response, model=model)
            except OutsideError as error:
                return error
        if one.error is not None and one.error.code is not None:
            status, said = _status(one.error.code), one.error.message or ""
            return fault_of_status(status, detail=said, endpoint=endpoint, headers={})
        return LeftOutError(f"{endpoint}: the request had no turn", endpoint=endpoint)

    @asynccontextmanager
    async def _translated(self, model: str, *, timeout: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout):
                yield
        except TimeoutError as error:
            raise timed_out(f"gemini:{model}") from error
        except (errors.APIError, httpx2.HTTPError, ValueError) as error:
            raise self._provider.fault(error, model=model) from error


def _options(timeout: float) -> types.HttpOptions:
    return types.HttpOptions(timeout=max(1, round(timeout * 1000)))


def _status(code: int) -> int:
    is_http = code >= HTTPStatus.BAD_REQUEST
    return code if is_http else _STATUS_OF.get(code, HTTPStatus.INTERNAL_SERVER_ERROR)
