"""The limit of requests a minute."""

import asyncio

import pytest

from brains.llm.rate import RateLimit
from tests.fakes.clock import InstantClock, ManualClock


async def test_never_more_than_the_limit_within_a_minute() -> None:
    """Over many passes, counted in every window of sixty seconds."""
    clock = InstantClock()
    limit, passes = RateLimit(3, clock=clock), []
    for _ in range(10):
        await limit.wait()
        passes.append(clock.monotonic())
    assert all(later - earlier >= 60 for earlier, later in zip(passes, passes[3:], strict=False))
    assert passes[-1] - passes[0] == pytest.approx(180)


async def test_who_waits_together_gets_a_turn_each() -> None:
    """Four at once with a limit of two: two now, two in a minute."""
    clock = ManualClock()
    limit = RateLimit(2, clock=clock)
    tasks = [asyncio.create_task(limit.wait()) for _ in range(4)]
    await clock.advance(0)
    assert [task.done() for task in tasks] == [True, True, False, False]
    await clock.advance(60)
    assert all(task.done() for task in tasks)
