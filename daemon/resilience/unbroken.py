"""Work that must not be left half done when its caller is cancelled: what money was set aside for, and its settling."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def to_the_end(work: Awaitable[T]) -> T:
    """Wait for work that must not be left half done: when cancelled meanwhile, it ends first."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # cancellation goes first; what else went wrong is not asked for any more
        raise


async def begun_or_taken_back(work: Awaitable[T], *, take_back: Callable[[Awaitable[T]], Awaitable[None]]) -> T:
    """What the work begins. When cancelled meanwhile, it is begun all the same, and taken back.

    `take_back` is given the work as it is under way, and puts up with its errors.
    """
    beginning = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(beginning)
    except asyncio.CancelledError:
        await to_the_end(take_back(beginning))
        raise
