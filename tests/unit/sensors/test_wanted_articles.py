"""Which entries of a feed wait for their article."""

import pytest

from daemon.blackboard.records import Observation
from daemon.core.settings.sensor_models import FullTextSettings
from sensors.feeds.wanting import with_articles
from tests.fakes.feeds import source

LINK = "https://example.org/1"


def waits(
    *, wish: bool | None, shorter_than: int = 0, text: str = "ten chars.", url: str | None = LINK
) -> float | None:
    """How long an entry is to wait."""
    settings = FullTextSettings(shorter_than=shorter_than, max_wait=600.0)
    one = source("https://example.org/feed", settings={} if wish is None else {"full_text": wish})
    (seen,) = with_articles([Observation(title="t", text=text, url=url)], source=one, settings=settings)
    return seen.article_within


@pytest.mark.parametrize(
    ("wish", "shorter_than", "wanted"),
    [
        (True, 0, True),
        (True, 5, True),
        (None, 0, False),
        (None, 10, False),
        (None, 11, True),
        (False, 0, False),
        (False, 1_000, False),
    ],
)
def test_the_sources_own_wish_wins_over_the_length(*, wish: bool | None, shorter_than: int, wanted: bool) -> None:
    """Without one, entries shorter than the setting are fetched."""
    assert waits(wish=wish, shorter_than=shorter_than) == (600.0 if wanted else None)


@pytest.mark.parametrize("url", [None, "", "ftp://example.org/1", "file:///etc/passwd", "mailto:a@example.org"])
def test_an_entry_without_a_web_link_has_no_article(url: str | None) -> None:
    """There is nothing to fetch."""
    assert waits(wish=True, url=url) is None


def test_the_link_counts_and_not_where_the_feed_lies() -> None:
    """A feed in a local file links to the web, too."""
    one = source("/srv/feeds/saved.xml", settings={"full_text": True})
    (seen,) = with_articles([Observation(title="t", text="", url=LINK)], source=one, settings=FullTextSettings())
    assert seen.article_within == 1_800.0
