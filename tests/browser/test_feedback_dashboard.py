"""A morning's feedback in a browser beside the real daemon: thumbs, a corrected sentence, and where that is used."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.feedback import examples
from daemon.core.errors import NotFoundError
from tests.browser.conftest import Visit, Visitor
from tests.fakes.processes import Daemon, command, end_all, free_port, wait_for, write_config
from tests.fakes.stories import write_feed

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

PATIENCE_MS = 60_000
POSTS = 3
REASON = "The council never said so"
CORRECTED = "How many visitors came is not known."


class Desk:
    """`davidagent run --dashboard` with posts of the embedded brain, which costs nothing."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        document = {
            "home": str(folder / "home"),
            "sources": [{"rss": str(write_feed(folder / "feed.xml", range(1, POSTS + 1))), "name": "Stories"}],
            "api": {"port": free_port(), "token": "token-of-the-test"},
            "dashboard": {"port": port},
            "memory": {"mode": "off"},
        }
        self.board = folder / "home" / "blackboard.db"
        self.origin = f"http://127.0.0.1:{port}"
        self.daemon = Daemon(write_config(folder, document), options=["--dashboard"])

    def said(self, *, about: str) -> list[dict[str, Any]]:
        """What `davidagent feedback list` tells of that."""
        told = command("feedback", "list", "--json", config=self.daemon.config).stdout
        return [one for one in json.loads(told)["feedback"] if one["about"] == about]

    def has_published(self) -> bool:
        """All is out, and the dashboard answers."""
        try:
            is_up = httpx2.get(f"{self.origin}/_stcore/health", trust_env=False).status_code == httpx2.codes.OK
            return is_up and BoardReader(self.board).counts()["PUBLISHED"] == POSTS
        except (httpx2.TransportError, NotFoundError):
            return False


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """One for both tests: each looks at what is said in its own way only."""
    desk = Desk(tmp_path_factory.mktemp("feedback"))
    desk.daemon.start()
    wait_for(desk.has_published)
    yield desk
    end_all()


async def see(visit: Visit, desk: Desk, path: str) -> Page:
    """A page of it; what Streamlit asks for in vain on its way to a page is no fault of ours."""
    visitor: Visitor = await visit(desk.origin, path, viewport={"width": 1440, "height": 900})
    visitor.expects("404|WebSocket|ERR_CONNECTION|Failed to fetch|Failed to load|web worker")
    visitor.page.set_default_timeout(PATIENCE_MS)
    return visitor.page


async def tops_of(thumbs: Any) -> list[float]:
    boxes = [await thumbs.nth(number).bounding_box() for number in range(POSTS)]
    return [box["y"] for box in boxes]


async def becomes(is_so: Callable[[], bool], *, page: Page) -> None:
    """Wait for the board, while the page goes on."""
    for _ in range(600):
        if is_so():
            return
        await page.wait_for_timeout(50)
    raise TimeoutError


async def test_a_mornings_posts_are_judged_with_one_click_each(desk: Desk, visit: Visit) -> None:
    """No thumb moves under the next click, and a double click counts once."""
    page = await see(visit, desk, "/feedback")
    thumbs = page.get_by_role("button", name="Thumbs up")
    await expect(thumbs).to_have_count(POSTS, timeout=PATIENCE_MS)
    before = await tops_of(thumbs)
    for number in range(POSTS):
        await thumbs.nth(number).dblclick()
        await expect(page.get_by_role("button", name="Thumbs up, given")).to_have_count(number + 1, timeout=PATIENCE_MS)
    assert await tops_of(thumbs) == before
    assert [(one["verdict"], one["by"]) for one in desk.said(about="post")] == [("up", "dashboard")] * POSTS
    given = [one["data"] for one in BoardReader(desk.board).events(after=0) if one["type"] == "feedback_given"]
    assert [one["about"] for one in given].count("post") == POSTS


async def test_a_corrected_sentence_is_on_the_list_and_an_example_for_the_next_draft(desk: Desk, visit: Visit) -> None:
    """From the page on feedback to the post, thumbs down on a sentence, the correction, and back; by keyboard, too."""
    page = await see(visit, desk, "/feedback")
    await page.get_by_role("button", name="Thumbs down").first.wait_for()
    await page.get_by_test_id("stMain").get_by_test_id("stPageLink-NavLink").first.click()
    await page.get_by_role("tab", name="Feedback").click()
    thumb = page.get_by_role("button", name="Thumbs down, a sentence: “We counted")
    await thumb.focus()
    await thumb.press("Enter")
    await page.get_by_role("button", name="Thumbs down, given, a sentence: “We counted").wait_for()

    await page.get_by_role("button", name="Say more").and_(page.locator(":enabled")).last.click()
    await page.get_by_label("Why?").fill(REASON)
    await page.get_by_label("How should the sentence read?").fill(CORRECTED)
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text(f"Instead: {CORRECTED}").locator("visible=true").wait_for()
    await becomes(lambda: bool(examples(desk.board, brain="right")), page=page)
    (kept,) = desk.said(about="sentence")
    assert kept["passage"].startswith("“We counted")
    assert (kept["verdict"], kept["reason"], kept["corrected"]) == ("down", REASON, CORRECTED)

    await page.get_by_role("link", name="Feedback").click()
    await page.get_by_text("The next draft is shown").wait_for()
    (example,) = examples(desk.board, brain="right")
    shown = await page.get_by_test_id("stMain").inner_text()
    for part in ("before", "after", "reason"):
        assert example[part] in shown
