"""Full text from the configuration to what `show` says, as real processes on the loopback network."""

from pathlib import Path

import pytest

from tests.fakes.article_pages.news import NEWS_SITE
from tests.fakes.article_site import FREE, HTML, PAGE
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import rss
from tests.integration.cli.conftest import in_a_process

SETTINGS = """memory: {{mode: off}}
sensors: {{allow_hosts: ['127.0.0.1'], full_text: {{per_host_pause: 0s}}}}
sources: [{{rss: '{feed}', name: Courier, full_text: true}}]
"""


@pytest.mark.soak
async def test_once_fetches_the_article_and_show_tells_both_texts(tmp_path: Path) -> None:
    """The post is made from the article; the feed's own text is kept, and what was forbidden goes on with it."""
    async with FeedServer() as web:
        web.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /members/"), FREE)
        links = (web.on("/story", Reply(PAGE, headers=HTML)), web.on("/members/1", Reply(PAGE, headers=HTML)))
        entries = (
            f"<item><title>{NEWS_SITE.title} {number}</title><link>{link}</link><guid>{number}</guid>"
            f"<description>{NEWS_SITE.summary} Part {number}.</description></item>"
            for number, link in enumerate(links)
        )
        file = tmp_path / "davidagent.yaml"
        file.write_text(SETTINGS.format(feed=web.on("/feed", Reply(rss(*entries)))))
        options = ("--config", str(file))
        done = await in_a_process(*options, "once", "--json", home=tmp_path)
    assert (done.code, done.document["waiting"]) == (0, 0), done.err
    assert web.asked_for("/members/1") == []
    items = (await in_a_process(*options, "items", "--json", home=tmp_path)).document
    told = {}
    for item in items:
        shown = (await in_a_process(*options, "show", item["id"], "--json", home=tmp_path)).document["item"]
        told[shown["article"]["outcome"]] = shown
    assert set(told) == {"read", "forbidden"}
    assert NEWS_SITE.wanted[2] in told["read"]["text"]
    assert told["read"]["feed_text"].startswith(NEWS_SITE.summary)
    assert told["forbidden"]["feed_text"] is None
    said = await in_a_process(*options, "show", told["forbidden"]["id"], home=tmp_path)
    assert "forbidden: the robots.txt of 127.0.0.1 does not allow it" in " ".join(said.out.split())
