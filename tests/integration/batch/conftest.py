"""A bench with the batch economy on a real board."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.batch_bench import BatchBench, open_bench
from tests.fakes.llm import VENDORS
from tests.fakes.provider_server import FakeProviderServer


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with room for crashed boards beside it."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture(params=VENDORS)
async def desk(request: pytest.FixtureRequest, server: FakeProviderServer, home: Path) -> AsyncIterator[BatchBench]:
    """One for each vendor."""
    bench = await open_bench(home, server, request.param)
    yield bench
    await bench.close()


@pytest.fixture
async def one(server: FakeProviderServer, home: Path) -> AsyncIterator[BatchBench]:
    """One for what is the same at all vendors."""
    bench = await open_bench(home, server, "openai")
    yield bench
    await bench.close()
