"""A headless Chromium for the pages: one launch for a whole run, a fresh context for each test.

Every visitor is watched: an error on the console, and a request that leaves the origin, fail the test.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from daemon.api.callers import PASS_COOKIE
from tests.fakes.stage import Stage, open_stage

PATIENCE_MS = 5_000


class Visitor:
    """A page somebody looks at, and what must not happen there."""

    def __init__(self, page: Page, *, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.asked: list[str] = []
        self.strayed: list[str] = []
        self.errors: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def expects(self, pattern: str) -> None:
        """Errors like this one belong to the test."""
        self._expected.append(re.compile(pattern))

    def check(self) -> None:
        """Nothing happened that must not."""
        assert self.strayed == []
        assert [one for one in self.errors if not any(known.search(one) for known in self._expected)] == []

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme == "data":
            return
        self.asked.append(parts.path)
        if f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.strayed.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)


Visit = Callable[..., Awaitable[Visitor]]


def _chromium() -> str:
    path = shutil.which("chromium")
    if path is None and os.environ.get("CI"):
        pytest.fail("the browser tests need chromium: apt-get install chromium")
    if path is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a window."""
    path = _chromium()
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Open a page at an address: `visit(origin, path, browser_pass=…, **context)`."""
    visitors: list[Visitor] = []
    async with AsyncExitStack() as rest:

        async def visit_one(
            origin: str,
            path: str = "/live",
            *,
            browser_pass: str | None = None,
            has_clock: bool = False,
            **context: Any,
        ) -> Visitor:
            options = {"locale": "en-US", "reduced_motion": "reduce", **context}
            opened = await browser.new_context(**options)
            rest.push_async_callback(opened.close)
            opened.set_default_timeout(PATIENCE_MS)
            if browser_pass is not None:
                await opened.add_cookies([{"name": PASS_COOKIE, "value": browser_pass, "url": origin}])
            page = await opened.new_page()
            if has_clock:
                await page.clock.install()
            visitors.append(Visitor(page, origin=origin))
            await page.goto(f"{origin}{path}")
            return visitors[-1]

        yield visit_one
    for visitor in visitors:
        visitor.check()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """An empty board behind the real API, for who bears the token."""
    async with open_stage(tmp_path / "home") as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def watch(stage: Stage, visit: Visit) -> Callable[..., Awaitable[Visitor]]:
    """The live page of the stage, as its owner sees it."""

    async def watch_it(**context: Any) -> Visitor:
        visitor = await visit(stage.address, browser_pass=stage.desk.access.browser_pass, **context)
        await is_live(visitor.page)
        return visitor

    return watch_it


async def is_live(page: Page) -> None:
    """Wait until the stream is open."""
    await page.wait_for_selector("#connection[data-is=live]")


async def shown_counts(page: Page) -> dict[str, int]:
    """Items by state, as the page shows them."""
    script = (
        "() => Object.fromEntries([...document.querySelectorAll('[data-state]')]"
        ".map((one) => [one.dataset.state, Number(one.querySelector('output').textContent.replaceAll(',', ''))]))"
    )
    found: dict[str, int] = await page.evaluate(script)
    return found


async def shows_counts(page: Page, counts: dict[str, int]) -> None:
    """Wait until the page shows these."""
    script = (
        "(wanted) => Object.entries(wanted).every(([state, n]) =>"
        " document.querySelector(`[data-state=${state}] output`).textContent.replaceAll(',', '') === String(n))"
    )
    try:
        await page.wait_for_function(script, arg=counts)
    except Exception:
        assert await shown_counts(page) == counts
        raise
