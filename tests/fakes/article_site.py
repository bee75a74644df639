"""A site on loopback with articles, and a reader that may read it."""

import random
from typing import Any

from daemon.blackboard.senses import AwaitedArticle
from daemon.core.clock import Clock
from daemon.core.settings.models import SensorSettings
from daemon.core.settings.sensor_models import FullTextSettings
from sensors.articles.reader import ArticleReader
from sensors.context import SensorContext, open_context
from tests.fakes.article_pages.news import NEWS_SITE
from tests.fakes.feed_server import FeedServer, Reply

PAGE = NEWS_SITE.html.encode()
HTML = {"Content-Type": "text/html; charset=utf-8"}
FREE = Reply(b"User-agent: *\nAllow: /\n", headers={"Content-Type": "text/plain"})


def awaited(url: str, *, item_id: str = "1", until: float = 2e9, **more: Any) -> AwaitedArticle:
    """What waits for the article of the news site."""
    fields = {"source_id": 1, "title": NEWS_SITE.title, "text": NEWS_SITE.summary} | more
    return AwaitedArticle(item_id=item_id, url=url, until=until, **fields)


class ReadSite:
    """An `ArticleReader` with a context of its own. Use as an async context manager."""

    def __init__(self, clock: Clock, *, allow: tuple[str, ...] = ("127.0.0.1", "localhost"), **full_text: Any) -> None:
        settings = SensorSettings(allow_hosts=allow, full_text=FullTextSettings(**full_text), timeout=5.0)
        self.context: SensorContext = open_context(settings, clock=clock, rng=random.Random(1))
        self.reader = ArticleReader(self.context)

    async def __aenter__(self) -> ArticleReader:
        return self.reader

    async def __aexit__(self, *_: object) -> None:
        await self.reader.close()
        await self.context.close()


def story(server: FeedServer, path: str = "/story") -> str:
    """The address of an article on a site without a robots.txt."""
    return server.on(path, Reply(PAGE, headers=HTML))
