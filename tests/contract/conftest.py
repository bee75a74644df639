"""The engines the contract is tested on. A new engine is added to `ENGINES` and must pass everything here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.boards import Board, open_for_test

ENGINES = {"sqlite": open_for_test}


@pytest.fixture(params=sorted(ENGINES))
async def board(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Board]:
    opened = await ENGINES[request.param](tmp_path / "home")
    yield opened
    await opened.engine.close()
