"""Giving the board what it must know of a batch, however long it takes nothing."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from daemon.core.clock import Clock
from daemon.core.errors import BoardBusyError, BoardFullError

T = TypeVar("T")

_WAITS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before each further try; the last is repeated."""


async def until_kept(write: Callable[[], Awaitable[T]], *, clock: Clock) -> T:
    """Write again and again while the board is locked or full: what a batch has cost must not be forgotten.

    Raises every other `BlackboardError`. Cancellation passes; the next start then finds the call unconfirmed.
    """
    tries = 0
    while True:
        try:
            return await write()
        except (BoardBusyError, BoardFullError):
            await clock.sleep(_WAITS[min(tries, len(_WAITS) - 1)])
            tries += 1
