"""Sources of every kind in a browser, on a desk that stands still: nothing is cut off, and a secret is seen once."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from daemon.blackboard.reading import BoardReader
from tests.fakes.processes import Daemon, dashboard_answers, end_all, free_port, wait_for, write_config
from tests.fakes.watched_kinds import watch_kinds

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

PATIENCE_MS = 60_000
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""By how much the page is wider than the window."""

Open = Callable[..., Awaitable[Page]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(tmp_path: Path, home: Path, browser: Browser) -> AsyncIterator[Open]:
    """`open_page("/sources", width=390, locale="zh-CN")`, with the dashboard alone behind it."""
    await watch_kinds(home)
    port = free_port()
    document = {"home": str(home), "dashboard": {"port": port}, "api": {"port": 8123}, "memory": {"mode": "off"}}
    dashboard = Daemon(write_config(tmp_path, document), command="dashboard")
    dashboard.start()
    await asyncio.to_thread(wait_for, lambda: dashboard_answers(port))
    contexts: list[Any] = []

    async def opened(path: str, *, width: int = 1440, locale: str = "en-US") -> Page:
        size = {"width": width, "height": 900}
        contexts.append(await browser.new_context(locale=locale, viewport=size, reduced_motion="reduce"))
        contexts[-1].set_default_timeout(PATIENCE_MS)
        page: Page = await contexts[-1].new_page()
        await page.goto(f"http://127.0.0.1:{port}{path}")
        return page

    yield opened
    for one in contexts:
        await one.close()
    end_all()


async def test_a_new_webhook_shows_its_secret_once(open_page: Open, home: Path) -> None:
    """With the address to send to; a page that is loaded anew does not have it any more."""
    page = await open_page("/sources")
    await page.get_by_text("Add a source", exact=True).click()
    await page.get_by_label("Address", exact=True).fill("webhook:deploys")
    await page.get_by_text("Its secret is shown once").wait_for()
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_text("It is shown this once").wait_for()
    await page.get_by_text(SECRET).first.wait_for()
    await page.get_by_text("http://127.0.0.1:8123/hooks/deploys").first.wait_for()
    await page.get_by_role("button", name="I have it").click()
    await page.get_by_text("It is shown this once").wait_for(state="detached")
    await page.reload()
    await page.get_by_text("Click a row to open it.").wait_for()
    assert SECRET.search(await page.content()) is None
    assert "deploys" in [one["name"] for one in BoardReader(home / "blackboard.db").sources()]


async def test_no_page_of_a_source_is_wider_than_a_telephone(open_page: Open, home: Path) -> None:
    """Whatever its kind, in either language."""
    sources = BoardReader(home / "blackboard.db").sources
    pages = await open_page("/sources", width=390, locale="zh-CN")
    await pages.get_by_text("点击一行查看详情。").wait_for()
    assert await pages.evaluate(WIDER) <= 0
    for one in sources():
        page = await open_page(f"/sources?id={one['id']}", width=390)
        await page.get_by_role("heading", name="What happened").wait_for()
        assert await page.evaluate(WIDER) <= 0, one["name"]
