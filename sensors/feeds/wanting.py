"""Which entries of a feed have their article fetched."""

from collections.abc import Sequence
from dataclasses import replace

from daemon.blackboard.records import Observation, Source
from daemon.core.settings.sensor_models import FullTextSettings

_WEB = ("http://", "https://")


def with_articles(
    observations: Sequence[Observation], *, source: Source, settings: FullTextSettings
) -> tuple[Observation, ...]:
    """The same entries; those that are to wait for their article say how long.

    Where the feed itself lies does not matter: the link of a feed in a local file leads to the web, too.
    """
    wish = source.settings.get("full_text")
    if wish is False or (wish is None and not settings.shorter_than):
        return tuple(observations)
    return tuple(
        replace(one, article_within=settings.max_wait) if _is_wanted(one, wish=wish, settings=settings) else one
        for one in observations
    )


def _is_wanted(observation: Observation, *, wish: object, settings: FullTextSettings) -> bool:
    has_link = (observation.url or "").startswith(_WEB)
    return has_link and (wish is True or len(observation.text) < settings.shorter_than)
