"""A bench with a real board."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.blackboard import open_board
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter
from daemon.core.ids import TimeSortedIds
from tests.fakes.runtime_bench import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A bench with a real board and real time."""
    clock, emitter = SystemClock(), Emitter()
    engine = await open_board(
        home=tmp_path,
        clock=clock,
        ids=TimeSortedIds(clock.now, random.Random(1)),
        boot_id="boot",
        emitter=emitter,
    )
    async with engine:
        yield Bench(engine, emitter, clock)
