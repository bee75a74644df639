"""From an address that a person has to the feed that is meant: itself, by rule, as its page tells, or by trying.

Every request goes the way of the feed sensor, one after the other and never many; what is answered was read as a feed.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from daemon.core.errors import SensorError
from sensors.discovery.choice import Choice, choose
from sensors.discovery.pages import feeds_by_page, usual_feeds
from sensors.discovery.rules import feeds_by_rule
from sensors.discovery.trial import Examined, FeedTrial, Trial, public_feeds
from sensors.web.announced import Announced, announced_feeds

SEARCH_SECONDS: Final = 60.0
"""All looks for one address together."""
MOST_LOOKS: Final = 14
"""Requests for one address, redirects not counted."""
_MOST_ANNOUNCED_LOOKS = 5
_PASSING: Final = frozenset({"slow", "server", "too_many"})
"""Ailments of a server that may well have the feed, later."""
_AS_IS: Final = "To add it without looking, say so (--as-is)."


class How(StrEnum):
    """By which way a feed was found."""

    FEED = "feed"
    """The address is a feed's."""
    RULE = "rule"
    """Its site has feeds by a rule."""
    ANNOUNCED = "announced"
    """Its page announces it."""
    TRIED = "tried"
    """It stands where feeds usually stand, or where the page leads to."""
    GIVEN = "given"
    """The server has a passing fault: nobody could look, and the address is taken as it is."""


@dataclass(frozen=True, slots=True)
class Found:
    """The feed that an address leads to. Addresses have what is secret in them."""

    address: str
    how: How
    title: str = ""
    format: str | None = None
    entries: int | None = None
    """None: nobody could look."""
    others: tuple[Announced, ...] = ()
    """Further feeds that the page announces or the site's rule gives; nobody has looked at them."""
    warning: str | None = None
    """What a person should know, in a sentence."""


class NoFeedError(SensorError):
    """Nothing at an address leads to a feed."""


class Discovery:
    """Looks for the feed of one address; `trial` is opened and closed by whoever made it."""

    def __init__(self, trial: FeedTrial, *, seconds: float = SEARCH_SECONDS) -> None:
        self._trial = trial
        self._seconds = seconds
        self._looks = 0

    async def find(self, address: str) -> Found:
        """The feed to add for this address. Raises `NoFeedError` in words, with what would help."""
        self._looks = 0
        try:
            async with asyncio.timeout(self._seconds):
                return await self._find(address)
        except TimeoutError as error:
            raise NoFeedError(
                f"no feed was found for {_shown(address)} within {self._seconds:g} s. {_AS_IS}"
            ) from error

    async def look(self, address: str) -> Trial:
        """What stands there, as `FeedTrial.look` tells it; of what is no feed, the feeds that it leads to."""
        self._looks = 0
        trial = (examined := await self._examine(address)).trial
        if trial.error is None:
            return trial
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._by_rule(address)
                if found is None and not trial.feeds:
                    found = await self._behind(address, examined)
        except TimeoutError:
            found = None
        if found is None:
            return trial
        led = public_feeds([Announced(found.address, found.title, found.format or ""), *found.others])
        known = {one.address for one in led}
        return replace(trial, feeds=(*led, *(one for one in trial.feeds if one.address not in known)))

    async def _find(self, address: str) -> Found:
        if found := await self._by_rule(address):
            return found
        examined = await self._examine(address)
        if examined.trial.error is None:
            return _of_feed(examined, address, how=How.FEED)
        if _asks_for_consent(examined):
            raise NoFeedError(
                f"no feed was found: {examined.trial.found_at} is a consent page, for people only. {_AS_IS}"
            )
        if _is_passing(examined.trial):
            return Found(address, How.GIVEN, warning=_unseen(examined.trial))
        if found := await self._behind(address, examined):
            return found
        raise _failure(examined.trial)

    async def _by_rule(self, address: str) -> Found | None:
        """The first feed of the site's rule that has entries, else the first there is."""
        feeds = feeds_by_rule(address)
        empty: Found | None = None
        for feed in feeds:
            examined = await self._examine(_with_login(feed, address))
            others = tuple(Announced(one, "", "") for one in feeds if one != feed)
            if examined.trial.error is None:
                found = _of_feed(examined, feed, how=How.RULE, others=others)
                if found.entries:
                    return found
                empty = empty or found
            elif _is_passing(examined.trial) and empty is None:
                return Found(feed, How.RULE, others=others, warning=_unseen(examined.trial))
        return empty

    async def _behind(self, address: str, examined: Examined) -> Found | None:
        """What the page leads to."""
        if not examined.page or _asks_for_consent(examined):
            return None
        # A page of nothing but links takes longer than the event loop has time for.
        feeds = await asyncio.to_thread(announced_feeds, examined.page, url=examined.url)
        if feeds and (found := await self._announced(address, examined, feeds)):
            return found
        seen = {one.address for one in feeds}
        led = [
            one for one in await asyncio.to_thread(feeds_by_page, examined.page, url=examined.url) if one not in seen
        ]
        return await self._tried(address, [*led, *usual_feeds(examined.url)])

    async def _announced(self, address: str, examined: Examined, feeds: Sequence[Announced]) -> Found | None:
        choice = choose(feeds, title=examined.trial.title, url=examined.url)
        for one in choice.ranked[:_MOST_ANNOUNCED_LOOKS]:
            feed = _with_login(one.address, address)
            look = await self._examine(feed)
            if look.trial.error is None:
                found = _of_feed(look, feed, how=How.ANNOUNCED, others=choice.others(one))
                return replace(found, title=found.title or one.title)
            if _is_passing(look.trial):
                return _unread(one, choice, feed=feed, trial=look.trial)
        return None

    async def _tried(self, address: str, places: Iterable[str]) -> Found | None:
        """The first of these places that has a feed with entries; a server that has enough is not asked further."""
        for place in dict.fromkeys(places):
            if self._looks >= MOST_LOOKS:
                return None
            feed = _with_login(place, address)
            examined = await self._examine(feed)
            if examined.trial.error is None and examined.trial.entries:
                return _of_feed(examined, feed, how=How.TRIED)
            if examined.trial.error is not None and _is_passing(examined.trial):
                return None
        return None

    async def _examine(self, address: str) -> Examined:
        self._looks += 1
        return await self._trial.examine(address)


def _of_feed(examined: Examined, address: str, *, how: How, others: tuple[Announced, ...] = ()) -> Found:
    trial = examined.trial
    moved = _with_login(examined.moved_to, address) if examined.moved_to else address
    return Found(moved, how, trial.title, trial.format, trial.entries, others)


def _unread(one: Announced, choice: Choice, *, feed: str, trial: Trial) -> Found:
    return Found(feed, How.ANNOUNCED, one.title, one.format, None, choice.others(one), warning=_unseen(trial))


def _with_login(feed: str, given: str) -> str:
    """The feed's address with the login of the given one, where both are of one server."""
    try:
        own, parts = urlsplit(given), urlsplit(feed)
        login, at, _ = own.netloc.rpartition("@")
        same = (own.scheme, own.hostname, own.port) == (parts.scheme, parts.hostname, parts.port)
    except ValueError:
        return feed
    if not at or not same or "@" in parts.netloc:
        return feed
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


def _asks_for_consent(examined: Examined) -> bool:
    return (urlsplit(examined.url).hostname or "").startswith("consent.")


def _is_passing(trial: Trial) -> bool:
    return trial.ailment is not None and trial.ailment.name in _PASSING


def _unseen(trial: Trial) -> str:
    return f"nobody could look whether it is a feed: {trial.error}"


def _failure(trial: Trial) -> NoFeedError:
    ailment = trial.ailment
    # A refused address says itself what would help.
    help_ = ailment.help if ailment is not None and ailment.name != "private" else ""
    if trial.format is not None or (ailment is not None and ailment.name == "page"):
        named = f" ({trial.title[:80]!r})" if trial.title else ""
        return NoFeedError(
            f"no feed was found: {trial.found_at} is a web page{named} that announces none that can be read, and there"
            f" is none where feeds usually are. Look on it for the feed's own address. {_AS_IS}"
        )
    return NoFeedError(f"no feed was found: {trial.error}. {help_} {_AS_IS}".replace("  ", " "))


def _shown(address: str) -> str:
    from sensors.secret_addresses import public_address

    return public_address(address)
