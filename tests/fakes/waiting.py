"""Waiting for a fact, within bounds, where there is no signal to wait for."""

import asyncio
from collections.abc import Callable

PATIENCE_SECONDS = 20.0


async def until(is_so: Callable[[], bool], *, within: float = PATIENCE_SECONDS) -> None:
    """Return when the fact holds; `TimeoutError` when it does not in time."""
    async with asyncio.timeout(within):
        while not is_so():  # noqa: ASYNC110 - the fact is in a file or another process, which gives no signal
            await asyncio.sleep(0.01)
