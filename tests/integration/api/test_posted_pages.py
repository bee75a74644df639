"""What a person posts by its address is read as articles are, without asking robots.txt."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from daemon.api.app import create_app
from tests.fakes.article_pages.news import NEWS_SITE
from tests.fakes.article_pages.walled import PAYWALLS, QUESTIONS
from tests.fakes.article_site import HTML, PAGE
from tests.fakes.desk import TOKEN, open_still_desk
from tests.fakes.feed_server import FeedServer, Reply


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A caller of a desk that may read from this machine."""
    async with open_still_desk(tmp_path, sensors={"allow_hosts": ["127.0.0.1"]}) as desk:
        transport = httpx2.ASGITransport(app=create_app(desk), raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
            yield client


async def test_a_posted_page_becomes_its_article(server: FeedServer, near: httpx2.AsyncClient) -> None:
    """With title, author and date; what the site's robots.txt says is for programs, and a person asked."""
    server.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /"))
    url = server.on("/story", Reply(PAGE, headers=HTML))
    posted = await near.post("/api/items", json={"url": url})
    assert posted.status_code == 202, posted.text
    item = (await near.get(f"/api/items/{posted.json()['id']}")).json()["item"]
    assert item["title"].startswith(NEWS_SITE.title)
    assert [line for line in NEWS_SITE.wanted if line not in item["text"]] == []
    assert "Horoscope" not in item["text"]
    assert (item["author"], item["published_at"]) == ("Lena Hart, Omar Said", "2026-03-12T16:40:00.000Z")
    assert server.asked_for("/robots.txt") == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (PAYWALLS[0].html, "not free; where you may read it, copy it"),
        (QUESTIONS[1].html, "asks for consent to cookies; open it in a browser"),
        (QUESTIONS[4].html, "challenge page (Cloudflare) that wants a browser; it keeps programs out"),
    ],
)
async def test_what_stands_before_an_article_is_refused_with_what_would_help(
    server: FeedServer, near: httpx2.AsyncClient, page: str, words: str
) -> None:
    """Nothing is put on the board."""
    url = server.on("/story", Reply(page.encode(), headers=HTML))
    refused = await near.post("/api/items", json={"url": url})
    assert refused.status_code == 422
    assert words in refused.json()["detail"]
    assert "--text" in refused.json()["detail"]
    assert (await near.get("/api/items")).json() == []
