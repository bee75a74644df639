"""The way of a person at three at night: a dead letter is found, understood and retried, and its post goes out."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import yaml
from playwright.async_api import Browser, Page

from daemon.blackboard.reading import BoardReader
from daemon.core.errors import NotFoundError
from tests.fakes.processes import (
    Daemon,
    ProviderProcess,
    command,
    end_all,
    free_port,
    paid_desk,
    provider_process,
    wait_for,
    write_config,
)

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

TOKEN = "token-of-the-test"
PATIENCE_MS = 30_000
FAULT = {"fault": "refusal", "contains": "Story 2x"}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[ProviderProcess]:
    with provider_process(tmp_path, latency=0.01) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, provider: ProviderProcess) -> Iterator[Callable[..., Daemon]]:
    """Processes of one desk: `desk("run")`, `desk("dashboard")`."""
    document = paid_desk(tmp_path, provider=provider, port=free_port())
    config = write_config(tmp_path, document | {"api": {"port": 0, "token": TOKEN}})
    yield lambda name: Daemon(config, command=name)
    end_all()


def address_of(dashboard: Daemon) -> str:
    port = yaml.safe_load(dashboard.config.read_text())["dashboard"]["port"]
    return f"http://127.0.0.1:{port}"


def counts(board: BoardReader, *states: str) -> tuple[int, ...]:
    try:
        found = board.counts()
    except NotFoundError:
        return ()
    return tuple(found[state] for state in states)


def told(daemon: Daemon, *arguments: str) -> Any:
    return json.loads(command(*arguments, "--json", config=daemon.config).stdout)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


async def _is_open(page: Page, address: str) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        for _ in range(600):
            try:
                if (await client.get(f"{address}/_stcore/health")).status_code == httpx2.codes.OK:
                    break
            except httpx2.TransportError:
                await page.wait_for_timeout(100)
    await page.goto(address)


async def test_a_dead_letter_is_found_understood_and_retried_with_three_clicks(
    desk: Callable[..., Daemon], provider: ProviderProcess, page: Page, tmp_path: Path
) -> None:
    """Two clicks from the first page; a double click counts once; the post is out within seconds."""
    httpx2.put(f"{provider.url}/_rules", json=[FAULT])
    daemon, dashboard = desk("run"), desk("dashboard")
    daemon.start()
    dashboard.start()
    board = BoardReader(tmp_path / "home" / "blackboard.db")
    wait_for(lambda: counts(board, "DEAD_LETTER", "PUBLISHED") == (1, 2))
    (group,) = told(daemon, "groups")
    await _is_open(page, address_of(dashboard))

    await page.get_by_role("link", name="Look and retry").click()
    await page.get_by_role("heading", name="Dead letters").wait_for()
    await page.get_by_text("Traceback (most recent call last)").first.wait_for()
    assert group["sample"]["error"] in await page.inner_text("section[data-testid=stMain], .stMain")

    httpx2.put(f"{provider.url}/_rules", json=[])
    await page.get_by_role("button", name="Retry 1 item").dblclick()
    await page.get_by_text("1 dead letter is back at work.").wait_for()
    await page.get_by_text("published: 1").wait_for()
    assert board.counts()["PUBLISHED"] == 3
    document = told(daemon, "show", group["sample"]["id"])
    revivals = [event for event in document["events"] if event["type"] == "item_revived"]
    assert [event["data"]["by"] for event in revivals] == ["dashboard"]


async def test_an_item_is_opened_by_a_click_and_the_way_back_keeps_the_filter(
    desk: Callable[..., Daemon], page: Page, tmp_path: Path
) -> None:
    """The list's table is a drawing, so it is clicked where its first row is."""
    daemon, dashboard = desk("once"), desk("dashboard")
    daemon.start()
    assert daemon.wait() == 0
    dashboard.start()
    await _is_open(page, address_of(dashboard))
    await page.goto(f"{address_of(dashboard)}/items?state=PUBLISHED")
    table = page.get_by_test_id("stDataFrame")
    await table.wait_for()
    newest = BoardReader(tmp_path / "home" / "blackboard.db").items(limit=1)[0]
    await table.click(position={"x": 200, "y": 52})
    await page.get_by_role("heading", name=newest["title"]).wait_for()
    assert page.url.endswith(f"/items?id={newest['id']}")
    await page.reload()
    await page.get_by_role("heading", name=newest["title"]).wait_for()
    await page.get_by_role("button", name="All items").click()
    await page.get_by_test_id("stTabs").wait_for(state="detached")
    await table.wait_for()
    await page.go_back()
    await page.get_by_role("heading", name=newest["title"]).wait_for()
