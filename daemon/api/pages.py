"""A page a person points at, fetched with the guards that feeds are read with, and read as articles are.

The site's robots.txt is not asked: a person wants this page, as with a browser.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from daemon.core.errors import SensorError, UsageError
from daemon.core.settings.models import SensorSettings

if TYPE_CHECKING:
    from sensors.web.fetching import Fetcher

_OTHERWISE: Final = "give the text with --text, or - for standard input"
_HELP: Final = {
    "paywall": f"where you may read it, copy it, and {_OTHERWISE}",
    "consent": f"open it in a browser, and {_OTHERWISE}",
    "challenge": f"it keeps programs out; open it in a browser, and {_OTHERWISE}",
    "elsewhere": f"look whether the address is right, or {_OTHERWISE}",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page: its address after redirects, its title and its text, and what it tells of itself."""

    url: str
    title: str
    text: str
    author: str | None = None
    published_at: float | None = None


async def fetch_page(url: str, *, settings: SensorSettings, fetcher: "Fetcher | None" = None) -> Page:
    """Fetch `url` as the sensors do: private addresses are refused, body and time are limited.

    `fetcher` is the running daemon's, so that a host's limit holds over its polls too; without one, it has its own.

    Raises `OutsideError` when it cannot be had, `UsageError` when there is no article in it.
    """
    from sensors.articles.reader import fetch_page as fetch
    from sensors.articles.reader import job_of, parse_page, wish_of
    from sensors.parsers.pool import ParsePool
    from sensors.web.fetching import Fetcher

    wish = replace(wish_of(settings.full_text), patience_seconds=settings.timeout)
    entry = {"asked": url, "has_entry": False}
    parsers = ParsePool(timeout_seconds=settings.parse_timeout, size=1)
    asking = fetcher or Fetcher(settings, now=time.time)
    try:
        fetched = await fetch(url, fetcher=asking, wish=wish)
        job = job_of(fetched, settings=settings.full_text, now=time.time(), entry=entry)
        return page_of(await parse_page(fetched, job, parsers=parsers), url=job.url)
    except SensorError as error:
        raise UsageError(f"{url}: {error}; {_OTHERWISE}") from error
    finally:
        await parsers.close()
        if fetcher is None:
            await asking.close()


def page_of(facts: Mapping[str, Any], *, url: str) -> Page:
    """The page of what was read at `url` (the fields of `ReadPage`). Raises `UsageError` with what would help."""
    if facts["text"] is None:
        raise UsageError(f"{url}: {facts['note']}; {_HELP.get(str(facts['outcome']), _OTHERWISE)}")
    return Page(
        url=url,
        title=facts["title"],
        text=facts["text"],
        author=facts["author"],
        published_at=facts["published_at"],
    )
