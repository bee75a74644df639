"""Calls that wait in a provider's batch, as frozen records. Times are epoch seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchedCall:
    """A call that waits in a batch."""

    call_id: int
    item_id: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch at a provider. `vendor_id` None: it was about to be sent when the process ended."""

    id: int
    endpoint: str
    """The model's name in the configuration."""
    vendor_id: str | None
    created_at: float
    next_poll_at: float
    calls: tuple[BatchedCall, ...]
