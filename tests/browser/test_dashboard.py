"""The dashboard in a browser, beside the real daemon that started it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from daemon.blackboard.reading import BoardReader
from tests.browser.conftest import Visit, Visitor
from tests.fakes.processes import Daemon, dashboard_answers, end_all, free_port, wait_for, write_config

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

TOKEN = "token-of-the-test"
PATIENCE_MS = 60_000


class Running:
    """`davidagent run --dashboard`."""

    def __init__(self, folder: Path, *, host: str) -> None:
        self.home = folder / "home"
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        document = {
            "home": str(self.home),
            "api": {"port": free_port(), "token": TOKEN},
            "dashboard": {"host": host, "port": self.port},
            "memory": {"mode": "off"},
        }
        self.daemon = Daemon(write_config(folder, document), command="run", options=["--dashboard"])

    def start(self) -> None:
        """Start both, and wait for the dashboard."""
        self.daemon.start()
        wait_for(self.answers)

    def answers(self) -> bool:
        """The dashboard's process does."""
        return dashboard_answers(self.port)

    @property
    def controls(self) -> dict[str, str]:
        """The switches on the board."""
        return BoardReader(self.home / "blackboard.db").controls()


@pytest_asyncio.fixture(loop_scope="session")
async def run_with_dashboard(tmp_path: Path) -> AsyncIterator[Callable[..., Running]]:
    def started(host: str) -> Running:
        running = Running(tmp_path, host=host)
        running.start()
        return running

    yield started
    end_all()


async def see(visit: Visit, running: Running, path: str = "/", **context: Any) -> Visitor:
    """A page of it; what Streamlit asks for in vain on its way to a page is no fault of ours."""
    visitor = await visit(running.origin, path, **context)
    visitor.expects("404|WebSocket|ERR_CONNECTION|Failed to fetch|Failed to load")
    visitor.page.set_default_timeout(PATIENCE_MS)
    return visitor


async def test_who_signs_in_pauses_and_resumes_and_sees_it_at_once(
    run_with_dashboard: Callable[..., Running], visit: Visit
) -> None:
    """On a listener that others reach: with the token only, which the browser then keeps for a reload."""
    running = run_with_dashboard("0.0.0.0")  # noqa: S104 - that is the case
    visitor = await see(visit, running, "/control")
    page = visitor.page
    await page.get_by_label("Token").fill(TOKEN)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Pause", exact=True).dblclick()
    await page.get_by_text("Paused. Nothing new is taken up").wait_for()
    await page.get_by_text("Paused; what is in hand is finished").wait_for()
    assert running.controls["paused"] == "1"
    await page.reload()
    await page.get_by_role("button", name="Resume", exact=True).click()
    await page.get_by_text("Resumed. Work is taken up again.").wait_for()
    assert "paused" not in running.controls
    acts = [one for one in BoardReader(running.home / "blackboard.db").events(after=0) if one["type"] == "control_set"]
    assert [(one["data"]["key"], one["data"]["by"]) for one in acts] == [("paused", "dashboard")] * 2
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_label("Token").wait_for()


async def test_a_page_cannot_be_reached_around_the_door(
    run_with_dashboard: Callable[..., Running], visit: Visit
) -> None:
    """Also by the very first session of the process, at the address of a page."""
    running = run_with_dashboard("0.0.0.0")  # noqa: S104 - that is the case
    visitor = await see(visit, running, "/control")
    await visitor.page.get_by_label("Token").wait_for()
    assert await visitor.page.get_by_role("button", name="Pause").count() == 0
    assert "Settings in force" not in await visitor.page.content()


async def test_the_dashboard_dies_with_the_daemon_however_that_ends(
    run_with_dashboard: Callable[..., Running], visit: Visit
) -> None:
    """At home no token is asked for; the pages end when the daemon is killed, too."""
    running = run_with_dashboard("127.0.0.1")
    visitor = await see(visit, running)
    await visitor.page.get_by_text("Running since").first.wait_for()
    running.daemon.kill()
    wait_for(lambda: not running.answers())
