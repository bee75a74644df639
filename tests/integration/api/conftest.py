from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from daemon.api.app import create_app
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk
from tests.fakes.feed_server import FeedServer
from tests.fakes.staged_board import Staged, stage


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[StillDesk]:
    async with open_still_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
async def staged(desk: StillDesk) -> Staged:
    return await stage(desk.engine)


@pytest.fixture
async def stranger(desk: StillDesk) -> AsyncIterator[httpx2.AsyncClient]:
    """A caller without the token."""
    transport = httpx2.ASGITransport(app=create_app(desk), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


@pytest.fixture
async def api(stranger: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A caller with the token."""
    stranger.headers["Authorization"] = f"Bearer {TOKEN}"
    return stranger


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A site that does as it is told, on loopback."""
    async with FeedServer() as running:
        yield running
