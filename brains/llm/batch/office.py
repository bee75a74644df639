"""One endpoint's batch interface as the economy asks it: through the gate, not while it is sick, within a time.

The breaker is looked at, but told nothing: that a batch can be looked at says little about whether the same endpoint
answers single requests, and the other way round.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final, TypeVar

from brains.llm.batch.base import (
    BatchGoneError,
    BatchLook,
    BatchProvider,
    BatchRequest,
    BatchResult,
    NoBatchesError,
)
from brains.llm.groups import Endpoint
from daemon.core.errors import AnswerLostError, CallTimeoutError, OutsideError
from daemon.resilience.breaker import Breaker
from daemon.resilience.gate import Gate

T = TypeVar("T")

_TRANSFER_SECONDS: Final = 120.0
"""For sending a batch, and for fetching its answers."""
_LOOK_SECONDS: Final = 30.0

_NO_SUCH_PATH: Final = frozenset(
    {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
)
_NOT_UNDERSTOOD: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""At the vendor's own address that is about the batch; a compatible server says so of an interface it has not."""
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class Office:
    """Asks for one operation at a time; each holds one slot of the gate."""

    def __init__(self, endpoint: Endpoint, provider: BatchProvider, *, gate: Gate, breaker: Breaker | None) -> None:
        self.endpoint = endpoint
        self.max_bytes = provider.max_bytes
        self._provider = provider
        self._gate = gate
        self._breaker = breaker

    def ready_at(self) -> float:
        """Epoch seconds before which asking is useless, because the breaker is open; 0 when it is ready."""
        return self._breaker.ready_at() if self._breaker else 0.0

    async def submit(self, requests: Sequence[BatchRequest]) -> str:
        """Send a batch; answers the provider's id. Raises `NoBatchesError`, or any other `OutsideError`."""

        def send() -> Awaitable[str]:
            return self._provider.submit(requests, model=self.endpoint.model, timeout=_TRANSFER_SECONDS)

        return await self._ask(send, as_what=self._refused)

    async def look(self, vendor_id: str) -> BatchLook:
        """How far it is. Raises `BatchGoneError`, or any other `OutsideError`."""

        def look() -> Awaitable[BatchLook]:
            return self._provider.look(vendor_id, model=self.endpoint.model, timeout=_LOOK_SECONDS)

        return await self._ask(look, as_what=_gone)

    async def results(self, vendor_id: str) -> Mapping[str, BatchResult]:
        """The answers. Raises `BatchGoneError`, or any other `OutsideError`."""

        def fetch() -> Awaitable[Mapping[str, BatchResult]]:
            return self._provider.results(vendor_id, model=self.endpoint.model, timeout=_TRANSFER_SECONDS)

        return await self._ask(fetch, as_what=_gone)

    async def cancel(self, vendor_id: str) -> None:
        """Ask for its end. Raises `BatchGoneError`, or any other `OutsideError`."""

        def cancel() -> Awaitable[None]:
            return self._provider.cancel(vendor_id, model=self.endpoint.model, timeout=_LOOK_SECONDS)

        await self._ask(cancel, as_what=_gone)

    async def _ask(self, send: Callable[[], Awaitable[T]], *, as_what: Callable[[OutsideError], OutsideError]) -> T:
        async with self._gate:
            try:
                return await send()
            except OutsideError as error:
                meant = as_what(error)
                if meant is error:
                    raise
                raise meant from error

    def _refused(self, error: OutsideError) -> OutsideError:
        is_elsewhere = self.endpoint.base_url is not None
        if error.status in _NO_SUCH_PATH or (is_elsewhere and error.status in _NOT_UNDERSTOOD):
            return NoBatchesError(str(error), endpoint=error.endpoint, status=error.status)
        return error


def is_outcome_unknown(error: OutsideError) -> bool:
    """Whether the provider may have taken what it was sent."""
    return isinstance(error, CallTimeoutError | AnswerLostError)


def _gone(error: OutsideError) -> OutsideError:
    if error.status in _GONE:
        return BatchGoneError(str(error), endpoint=error.endpoint, status=error.status)
    return error
