"""What may be put into the gateway, and works without when it is not."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from brains.llm.booking import Question
from brains.llm.groups import Endpoint
from daemon.blackboard.records import NewCall, Settlement
from daemon.resilience.breaker import Breaker


class Burn(Protocol):
    """What slows down or holds work that burns money too fast (`BurnRate`)."""

    @property
    def stage(self) -> str:
        """`normal`, `cheaper`, `hold` or `probing`."""
        ...

    def guard(self, *, is_vip: bool) -> AbstractContextManager[object]:
        """The leave for one call. Raises `BurnRateError` with `until`."""
        ...

    def settled(self, call: NewCall, settlement: Settlement) -> None:
        """Count what a call used up."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """All there is to see; `stage_ends_at` is when the stage may change."""
        ...


class Batches(Protocol):
    """What takes requests that are in no hurry into the providers' batches (`BatchEconomy`)."""

    async def offer(self, question: Question) -> None:
        """Returning means: ask the normal way. Raises `BatchPendingError`."""
        ...


OpenBatches = Callable[[Mapping[str, Endpoint], Mapping[str, Breaker]], Batches]
"""Makes the batches for these endpoints and breakers, both by the endpoint's name."""
