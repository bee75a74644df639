"""The contract between the batch economy, the providers' batch interfaces and the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from brains.llm.base import ModelRequest, ProviderAnswer
from daemon.blackboard.batches import Batch
from daemon.blackboard.records import NewCall, Settlement
from daemon.core.errors import OutsideError, PermanentError, TransientError


class NoBatchesError(PermanentError):
    """The server has no batch interface."""


class BatchGoneError(PermanentError):
    """The provider does not know the batch, or has thrown its answers away."""


class LeftOutError(TransientError):
    """The batch ended before the request had its turn; it was not charged."""


class BatchState(StrEnum):
    """How far the provider is with a batch."""

    RUNNING = "running"
    ENDED = "ended"
    FAILED = "failed"
    """It was not begun, or broke off as a whole."""
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class BatchLook:
    """What the provider says of a batch. `answered`: requests it says it has answered, 0 when it does not say."""

    state: BatchState
    answered: int = 0
    reason: str | None = None
    """Why it failed, in the provider's words."""

    @property
    def is_final(self) -> bool:
        """It is over, and whatever was answered can be fetched."""
        return self.state is not BatchState.RUNNING


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One request of a batch. `custom_id`: letters, digits, `-` and `_`, at most 64, unique within the batch."""

    custom_id: str
    request: ModelRequest


BatchResult = ProviderAnswer | OutsideError
"""An answer, or what became of the request instead; `UnusableAnswerError` and `PaidRefusalError` were charged."""


class BatchProvider(Protocol):
    """One vendor's batch interface behind its real SDK.

    `model` is the model of the whole batch, `timeout` the limit of the whole operation in seconds. Each operation
    raises an `OutsideError` (vendor errors are translated here).
    """

    max_bytes: int
    """How long the prompts of a batch may be together."""

    async def submit(self, requests: Sequence[BatchRequest], *, model: str, timeout: float) -> str:
        """Send the batch; answers the provider's id. A time-out or a lost answer leaves open whether it was taken."""
        ...

    async def look(self, vendor_id: str, *, model: str, timeout: float) -> BatchLook:
        """How far it is."""
        ...

    async def results(self, vendor_id: str, *, model: str, timeout: float) -> Mapping[str, BatchResult]:
        """What became of each request of a batch that is over, by custom id; what had no turn may be absent."""
        ...

    async def cancel(self, vendor_id: str, *, model: str, timeout: float) -> None:
        """Ask for its end; it may take a while, and what was answered before stays."""
        ...


class BatchLedger(Protocol):
    """Where batches are booked; the verbs are those of the board's engine."""

    async def find_batched(self, *, item_id: str, request_hash: str) -> int | None:
        """The call of this request that waits in a batch, or None."""
        ...

    async def was_batched(self, *, item_id: str, request_hash: str) -> bool:
        """Whether this request was in a batch that is over."""
        ...

    async def begin_call(self, call: NewCall) -> int:
        """Book a call as BATCHED. Raises `BudgetExceededError` when the budget does not allow it."""
        ...

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        """Book how it ended. Settling twice changes nothing."""
        ...

    async def open_batch(self, *, endpoint: str, call_ids: Sequence[int]) -> int:
        """Commit the intent to send these calls as one batch; answers its id."""
        ...

    async def batch_sent(self, batch_id: int, *, vendor_id: str, next_poll_at: float) -> None:
        """The provider has taken it."""
        ...

    async def batch_polled(self, batch_id: int, *, next_poll_at: float) -> None:
        """It is not ready; look again then."""
        ...

    async def end_batch(self, batch_id: int, *, error: str | None = None) -> list[str]:
        """It is over: calls that are still BATCHED end uncharged, its items are woken; answers their ids."""
        ...

    async def open_batches(self) -> list[Batch]:
        """Batches that are not over, oldest first."""
        ...

    async def recover_batches(self) -> int:
        """End what a former process left half sent; answers how many calls that are."""
        ...
