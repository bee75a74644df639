"""What tests of the senses share: a server that does as it is told, and a clock that stands."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """It listens on loopback as long as the test runs."""
    async with FeedServer() as running:
        yield running


@pytest.fixture
def clock() -> ManualClock:
    """It goes on only when a test says so."""
    return ManualClock()
