"""How long a person waits for a page: from the start of the navigation until its first figure is seen, in Chromium.

The yardstick is a Streamlit page with one title and one table, served with the same options and seen in turns with
ours. A first visit is that of a browser that knows nothing; a second one has Streamlit's own files.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, async_playwright

from bench.dashboard_server import free_port, served, wait_until_it_answers
from daemon.cli.dashboard import dashboard_command
from daemon.core.settings.models import DashboardSettings, Settings

Figures = dict[str, Any]
_YARDSTICK: Final = """
import streamlit as st

st.title("Hello")
st.metric("Items", 1)
st.table({"name": ["one", "two"], "count": [1, 2]})
"""
_PLACES: Final = {
    "overview": ("/", "[data-testid=stMetricValue]"),
    "items": ("/items", "[data-testid=stDataFrame] canvas"),
    "dead letters": ("/dead-letters", "h4"),
    "economics": ("/economics", "[data-testid=stMetricValue], [data-testid=stTable], [data-testid=stVegaLiteChart]"),
}
_SEEN: Final = """
(wanted) => {
  const one = document.querySelector(wanted);
  return one && one.getBoundingClientRect().height > 0 ? performance.now() : false;
}
"""
_PATIENCE_MS: Final = 60_000


def measure_paint(home: Path, *, rounds: int) -> Figures:
    """Milliseconds by page: medians and the largest, of first and second visits."""
    with served(home) as ours, _yardstick() as plain:
        return asyncio.run(_measured(ours.origin, plain, rounds=rounds))


async def _measured(ours: str, plain: str, *, rounds: int) -> Figures:
    places = {"a plain Streamlit page": (plain, "[data-testid=stMetricValue]")}
    places |= {name: (f"{ours}{path}", wanted) for name, (path, wanted) in _PLACES.items()}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in places}
    async with async_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        # The very first visitor of the process, told apart.
        newcomer = (await _visits(browser, *places["overview"]))[0]
        for _ in range(rounds):
            for name, place in places.items():
                taken[name].append(await _visits(browser, *place))
        await browser.close()
    return {"first of the process": round(newcomer), **{name: _summary(visits) for name, visits in taken.items()}}


async def _visits(browser: Browser, address: str, wanted: str) -> tuple[float, float]:
    """A first visit, and a second one of the same browser."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="Asia/Shanghai")
    context.set_default_timeout(_PATIENCE_MS)
    try:
        return await _visit(context, address, wanted), await _visit(context, address, wanted)
    finally:
        await context.close()


async def _visit(context: BrowserContext, address: str, wanted: str) -> float:
    page = await context.new_page()
    await page.goto(address, wait_until="commit")
    seen = await page.wait_for_function(_SEEN, arg=wanted)
    milliseconds = float(await seen.json_value())
    await page.close()
    return milliseconds


@contextmanager
def _yardstick() -> Iterator[str]:
    port = free_port()
    settings = Settings(dashboard=DashboardSettings(port=port))
    _, *options = _after_run(dashboard_command(settings))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "hello.py"
        page.write_text(_YARDSTICK)
        command = [sys.executable, "-m", "streamlit", "run", str(page), *options]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own page
            try:
                wait_until_it_answers(f"http://127.0.0.1:{port}")
                yield f"http://127.0.0.1:{port}/"
            finally:
                process.terminate()


def _after_run(command: list[str]) -> list[str]:
    """The page and the options, so that both are served alike."""
    return command[command.index("run") + 1 :]


def _summary(visits: list[tuple[float, float]]) -> Figures:
    first, second = zip(*visits, strict=True)
    return {
        name: {"median": round(statistics.median(ones)), "largest": round(max(ones))}
        for name, ones in (("first", first), ("second", second))
    }
