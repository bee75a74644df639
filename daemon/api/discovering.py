"""From the address of a site to the feed that becomes a source, and what the search came to, as a document."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from daemon.core.settings.models import Settings
from sensors.secret_addresses import public_address

if TYPE_CHECKING:
    from sensors.discovery.finding import Found
    from sensors.discovery.trial import Trial
    from sensors.web.fetching import Fetcher

Document = dict[str, Any]


async def find_feed(address: str, *, settings: Settings, fetcher: "Fetcher | None" = None) -> "Found":
    """The feed that is meant by an address on the web. Raises `NoFeedError` in words.

    `fetcher` is the running daemon's; without one, the search has its own.
    """
    from sensors.discovery.finding import Discovery
    from sensors.discovery.trial import FeedTrial

    async with FeedTrial(settings.sensors, now=time.time, fetcher=fetcher) as trial:
        return await Discovery(trial).find(address)


async def look_at(address: str, *, settings: Settings, fetcher: "Fetcher | None" = None) -> "Trial":
    """What stands at an address, and of what is no feed, the feeds that it leads to. `fetcher` as for `find_feed`."""
    from sensors.discovery.finding import Discovery
    from sensors.discovery.trial import FeedTrial

    async with FeedTrial(settings.sensors, now=time.time, fetcher=fetcher) as trial:
        return await Discovery(trial).look(address)


def discovery_document(found: "Found", *, asked: str, added: Sequence[int | None]) -> Document:
    """What was found, without what is secret; `added` are the sources that the others became: see `DiscoveryAnswer`."""
    return {
        "asked": public_address(asked),
        "how": found.how.value,
        "title": found.title,
        "format": found.format or None,
        "entries": found.entries,
        "warning": found.warning,
        "others": [
            {
                "address": public_address(one.address),
                "title": one.title,
                "format": one.format or None,
                "source_id": source_id,
            }
            for one, source_id in zip(found.others, added, strict=True)
        ],
    }
