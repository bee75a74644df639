"""How long a child process may work on one document: by its own processor time, so that a busy machine fails none.

A child stands back for the daemon (nice), and on a busy machine gets a small share of a processor; a sound document may
then take many times as long by the clock as it takes of the processor.
"""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from sensors.parsers.jobs import MOST_BY_THE_CLOCK

T = TypeVar("T")

_LEAST_WAIT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Limit:
    """What one job may take, in seconds of processor time, and the setting that says so."""

    seconds: float
    setting: str


async def within(limit: Limit, work: Coroutine[Any, Any, T], *, pid: int) -> T:
    """The answer of `work`, during which the process `pid` works for it.

    Raises `TimeoutError` when that takes too long, after `work` was cancelled, and whatever `work` raises.
    """
    task = asyncio.ensure_future(work)
    used, began = processor_seconds(pid), time.monotonic()
    try:
        while not task.done():
            left = min(
                limit.seconds - (processor_seconds(pid) - used),
                limit.seconds * MOST_BY_THE_CLOCK - (time.monotonic() - began),
            )
            if left <= 0:
                raise TimeoutError
            await asyncio.wait({task}, timeout=max(left, _LEAST_WAIT_SECONDS))
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def processor_seconds(pid: int) -> float:
    """What a process has used so far; 0 when it has ended."""
    import psutil

    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
