"""The live page before the real daemon, which works on the sample feeds, is killed, and comes back."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.browser.conftest import Visit, Visitor, is_live, shown_counts
from tests.fakes.processes import ROOT, Daemon, end_all, free_port, write_config
from tests.fakes.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

TOKEN = "token-of-the-test"
LOST = "ERR_|Failed to load resource"
SAMPLES = sorted((ROOT / "data" / "samples").glob("*.xml"))
KILLS = 4


@pytest.fixture
def port() -> int:
    return free_port()


@pytest_asyncio.fixture(loop_scope="session")
async def daemon(tmp_path: Path, port: int) -> AsyncIterator[Daemon]:
    document = {
        "home": str(tmp_path / "home"),
        "sources": [{"rss": str(feed)} for feed in SAMPLES],
        "api": {"port": port, "token": TOKEN},
    }
    yield Daemon(write_config(tmp_path, document))
    end_all()


async def _answers(origin: str) -> dict[str, Any] | None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"{origin}/api/live", headers={"Authorization": f"Bearer {TOKEN}"})
        except httpx2.TransportError:
            return None
    document: dict[str, Any] = answer.json()
    return document if answer.status_code == httpx2.codes.OK else None


async def _listens(daemon: Daemon, origin: str) -> None:
    daemon.start()
    for _ in range(600):
        if await _answers(origin):
            return
        await _breathe()
    raise AssertionError(daemon.log)


async def _breathe() -> None:
    with pytest.raises(TimeoutError):
        await until(lambda: False, within=0.1)


async def _signed_in(visit: Visit, origin: str) -> Visitor:
    visitor = await visit(origin)
    visitor.expects("status of 401")
    visitor.expects(LOST)
    visitor.page.set_default_timeout(60_000)
    await visitor.page.fill("#token", TOKEN)
    await visitor.page.press("#token", "Enter")
    await is_live(visitor.page)
    return visitor


async def test_it_shows_the_real_work_from_the_feeds_to_the_posts(daemon: Daemon, port: int, visit: Visit) -> None:
    origin = f"http://127.0.0.1:{port}"
    await _listens(daemon, origin)
    visitor = await _signed_in(visit, origin)
    await visitor.page.wait_for_function("() => document.querySelectorAll('#posts .headline').length === 10")
    await _is_what_the_daemon_says(visitor, origin)
    assert await visitor.page.locator("#found .gist").count() == 10
    assert await visitor.page.inner_text("#models b") == "offline brain"
    async with visitor.page.expect_navigation() as leaving:
        await visitor.page.click("#posts a")
    assert (await leaving.value).status == 200


async def test_killed_again_and_again_it_is_right_each_time_and_shows_nothing_twice(
    daemon: Daemon, port: int, visit: Visit
) -> None:
    """SIGKILL in the middle of the work, and back on the same port, with the page open all the time."""
    origin = f"http://127.0.0.1:{port}"
    await _listens(daemon, origin)
    visitor = await _signed_in(visit, origin)
    page = visitor.page
    for _ in range(KILLS):
        daemon.kill()
        await page.wait_for_selector("#connection:not([data-is=live])")
        await _listens(daemon, origin)
        await is_live(page)
        await _is_what_the_daemon_says(visitor, origin)
    await page.wait_for_function("() => document.querySelectorAll('#posts .headline').length === 10")
    await _is_what_the_daemon_says(visitor, origin)
    for selector in ("#posts .headline", ".card .title"):
        texts = await page.locator(selector).all_inner_texts()
        assert max(Counter(texts).values()) == 1


async def _is_what_the_daemon_says(visitor: Visitor, origin: str) -> None:
    """Within a moment, for the work goes on, the page and the daemon say the same."""
    said: list[tuple[Any, Any]] = []
    for _ in range(100):
        document = await _answers(origin)
        assert document is not None
        shown = await shown_counts(visitor.page)
        calls = await visitor.page.inner_text("#calls")
        said.append(((document["states"], str(document["today"]["calls"])), (shown, calls)))
        if said[-1][0] == said[-1][1]:
            return
        await _breathe()
    assert said[-1][0] == said[-1][1]
