"""A board at noon, for what the dashboard asks of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.boards import Board, open_for_test
from tests.fakes.clock import ManualClock

DAY = 86_400.0
NOON = 1_790_000_000.0 // DAY * DAY + DAY / 2


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    """An empty one, whose clock stands at `NOON`."""
    opened = await open_for_test(tmp_path / "home", clock=ManualClock(NOON))
    yield opened
    await opened.engine.close()
