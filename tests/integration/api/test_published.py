"""Published files over HTTP."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from daemon.api.app import create_app
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk

POST = "2026-11-20-三万小时-a1.html"
FEED = "/feed.atom"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of posts, with what does not belong there."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text(f'<a href="{POST}">one</a> <a href="feed.atom">Atom</a>')
    (site / POST).write_text("<h1>One</h1>")
    (site / "feed.atom").write_text("<feed/>")
    (site / f".{POST}.tmp.html").write_text("half a page")
    (site / "notes.txt").write_text("private")
    (tmp_path / "secret.html").write_text("secret")
    (site / "linked.html").symlink_to(tmp_path / "secret.html")
    (site / "folder.html").mkdir()
    return site


@pytest.fixture
async def desk(tmp_path: Path, site: Path) -> AsyncIterator[StillDesk]:
    async with open_still_desk(tmp_path / "home", publish={"html": {"dir": str(site)}, "atom": {}}) as desk:
        yield desk


async def test_the_list_a_post_and_the_feed_are_served_under_their_links(api: httpx2.AsyncClient) -> None:
    """The pages link to each other by name, so all of them work under /posts/ too."""
    for path in ("/posts/", "/posts/index.html"):
        answer = await api.get(path)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert POST in answer.text
    assert (await api.get(f"/posts/{POST}")).text == "<h1>One</h1>"
    for path in (FEED, "/posts/feed.atom"):
        assert (await api.get(path)).headers["content-type"] == "application/atom+xml; charset=utf-8"


async def test_a_slug_leads_to_the_page_of_its_day(api: httpx2.AsyncClient) -> None:
    """Who knows a post from its event knows no day."""
    answer = await api.get("/posts/三万小时-a1.html")
    assert answer.status_code == 307
    assert (await api.get(f"/posts/{answer.headers['location']}")).status_code == 200


async def test_a_page_may_show_its_own_style_and_run_nothing(api: httpx2.AsyncClient) -> None:
    """Its policy stands in the place of the API's."""
    policy = (await api.get(f"/posts/{POST}")).headers["content-security-policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy


async def test_without_the_slash_it_leads_to_the_list(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/posts")
    assert (answer.status_code, answer.headers["location"]) == (307, "posts/")


@pytest.mark.parametrize(
    "name",
    [
        *("linked.html", "folder.html", "notes.txt", f".{POST}.tmp.html", "nothing.html", "index.html%00", "%00.html"),
        *("..%2Fsecret.html", "%2E%2E%2Fsecret.html", "..%5Csecret.html", "%2Fetc%2Fpasswd", "%2E%2E", "x" * 250),
        *(f"{'x' * 245}.html", "INDEX.HTML", "site/index.html"),
    ],
)
async def test_nothing_else_is_served(api: httpx2.AsyncClient, name: str) -> None:
    """No other file, no folder, no link that leads elsewhere, no way up: 404 as a problem document."""
    answer = await api.get(f"/posts/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.json()["detail"].replace("secret.html", "")


async def test_a_page_that_is_known_is_not_sent_again(api: httpx2.AsyncClient, site: Path) -> None:
    """By its tag, also as one of several or a weak one, or by its time; once it changed, it is sent."""
    first = await api.get(FEED)
    tag, changed = first.headers["etag"], first.headers["last-modified"]
    for known in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", W/{tag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": changed},
    ):
        answer = await api.get(FEED, headers=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    for unknown in (
        {"If-None-Match": '"other"', "If-Modified-Since": changed},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert (await api.get(FEED, headers=unknown)).status_code == 200
    (site / "feed.atom").write_text("<feed>more</feed>")
    assert (await api.get(FEED, headers={"If-None-Match": tag})).text == "<feed>more</feed>"


async def test_a_feed_reader_bears_the_token_as_its_password(stranger: httpx2.AsyncClient) -> None:
    """And is asked for it by name, alone: Chromium does not look behind another scheme in the same line."""
    refused = await stranger.get(FEED)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Basic realm="DavidAgent", charset="UTF-8"'
    password = base64.b64encode(f"reader:{TOKEN}".encode()).decode()
    assert (await stranger.get(FEED, headers={"Authorization": f"Basic {password}"})).status_code == 200


async def test_what_is_off_is_not_there(tmp_path: Path) -> None:
    """The detail says which setting it is."""
    async with open_still_desk(tmp_path / "off", publish={"html": None, "atom": None}) as desk:
        transport = httpx2.ASGITransport(app=create_app(desk))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as api:
            for path, setting in (
                (FEED, "publish.atom"),
                ("/posts/", "publish.html"),
                ("/posts/a.html", "publish.html"),
            ):
                answer = await api.get(path)
                assert (answer.status_code, setting in answer.json()["detail"]) == (404, True)


async def test_before_the_first_post_there_is_nothing(tmp_path: Path) -> None:
    """404, not a fault, although the folder is not there yet."""
    settings = {"html": {"dir": str(tmp_path / "none")}, "atom": {}}
    async with open_still_desk(tmp_path / "new", publish=settings) as desk:
        transport = httpx2.ASGITransport(app=create_app(desk))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as api:
            assert [(await api.get(path)).status_code for path in (FEED, "/posts/")] == [404, 404]
