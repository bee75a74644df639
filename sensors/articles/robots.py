"""What a site's robots.txt allows us (RFC 9309), kept for a day.

A site without one (any 4xx, a redirect that leads nowhere) allows everything. One whose robots.txt cannot be had now
(5xx, 429, no connection) is not asked for anything until it can.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from daemon.core.errors import OutsideError, PermanentError, Remedy, TransientError
from sensors.articles.robots_groups import EVERYBODY, rules_for
from sensors.text.charsets import decode
from sensors.web.bodies import BodyTooLargeError
from sensors.web.fetching import Fetched, Fetcher, Wish
from sensors.web.headers import Validators

if TYPE_CHECKING:
    from protego import Protego

AGENT: Final = "DavidAgent"
KEPT_SECONDS: Final = 86_400.0
AWAY_SECONDS: Final = 120.0
"""Before a robots.txt that could not be had is asked for again."""
LONGEST_DELAY_SECONDS: Final = 60.0
"""A Crawl-delay beyond this would mean never; so much of it is kept to."""
_MOST_BYTES: Final = 512 * 1024
_MOST_KEPT_BYTES: Final = 32 * 1024 * 1024
_LARGE_BYTES: Final = 500_000
"""Looking through so much is more than the event loop has time for."""
_OWN_BYTES: Final = 2_000
"""What an entry costs besides its rules."""
_RULE_BYTES: Final = 1_000
"""What a rule costs, read."""
_WISH: Final = Wish(accept="text/plain, */*;q=0.1", most_bytes=_MOST_BYTES, setting="of a robots.txt")


class ForbiddenError(PermanentError):
    """The site's robots.txt does not allow it."""


class RobotsAwayError(TransientError):
    """The site's robots.txt cannot be had now."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one site says, until when it is believed (monotonic), and what keeping it costs."""

    until: float
    size: int = _OWN_BYTES
    parsed: "Protego | None" = None
    """None: everything is allowed."""
    away: str | None = None
    """Why nothing may be asked for now."""
    is_closed: bool = False


class Robots:
    """The rules of the sites that articles are read from; `monotonic` gives seconds.

    `is_public_only` is that of the `Wish` for the articles.
    """

    def __init__(self, fetcher: Fetcher, *, monotonic: Callable[[], float], is_public_only: bool = False) -> None:
        self._fetcher = fetcher
        self._wish = replace(_WISH, is_public_only=is_public_only)
        self._monotonic = monotonic
        self._kept: OrderedDict[str, _Rules] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Rules]] = {}

    @property
    def kept_bytes(self) -> int:
        """About what the kept rules cost in memory."""
        return sum(rules.size for rules in self._kept.values())

    async def check(self, url: str) -> None:
        """Raise `ForbiddenError` for what the site does not allow, `RobotsAwayError` when that cannot be told now."""
        rules = await self._rules(_site(url))
        if rules.away is not None:
            wait = max(0.0, rules.until - self._monotonic())
            raise RobotsAwayError(f"its robots.txt cannot be had: {rules.away}", retry_after=wait)
        if rules.is_closed or not await _is_allowed(rules, url):
            raise ForbiddenError(f"the robots.txt of {urlsplit(url).hostname} does not allow it")

    def delay(self, url: str) -> float:
        """The seconds between two requests that the site asks for (Crawl-delay), as far as its rules are known."""
        rules = self._kept.get(_site(url))
        asked = rules.parsed.crawl_delay(AGENT) if rules and rules.parsed else None
        return min(max(0.0, asked or 0.0), LONGEST_DELAY_SECONDS)

    async def _rules(self, site: str) -> _Rules:
        kept = self._kept.get(site)
        if kept is not None and self._monotonic() < kept.until:
            self._kept.move_to_end(site)
            return kept
        # Several articles of one site may come to this at once; one question is enough.
        if site not in self._asking:
            self._asking[site] = asyncio.create_task(self._ask(site))
            self._asking[site].add_done_callback(lambda _: self._asking.pop(site, None))
        return await asyncio.shield(self._asking[site])

    async def _ask(self, site: str) -> _Rules:
        rules = await self._asked(site)
        self._kept[site] = rules
        self._kept.move_to_end(site)
        while self.kept_bytes > _MOST_KEPT_BYTES and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return rules

    async def _asked(self, site: str) -> _Rules:
        free = _Rules(until=self._monotonic() + KEPT_SECONDS)
        try:
            fetched = await self._fetcher.fetch(f"{site}/robots.txt", validators=Validators(), wish=self._wish)
        except BodyTooLargeError:
            # Nobody writes so much by hand; what it says is not known, so nothing is taken.
            return replace(free, is_closed=True)
        except OutsideError as error:
            if error.remedy is Remedy.RETRY:
                wait = max(AWAY_SECONDS, error.retry_after or 0.0)
                return _Rules(until=self._monotonic() + min(wait, KEPT_SECONDS), away=str(error))
            return free
        parsed, size = await asyncio.to_thread(_parsed, fetched)
        return replace(free, parsed=parsed, size=size)

    async def close(self) -> None:
        """Ask for nothing any more."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _is_allowed(rules: _Rules, url: str) -> bool:
    if rules.parsed is None:
        return True
    if rules.size < _LARGE_BYTES:
        return rules.parsed.can_fetch(url, AGENT)
    return await asyncio.to_thread(rules.parsed.can_fetch, url, AGENT)


def _parsed(fetched: Fetched) -> tuple["Protego", int]:
    """What is said to us, read, and what keeping it costs."""
    from protego import Protego

    text, _ = decode(fetched.body, content_type=fetched.headers.get("content-type", ""))
    lines = rules_for(AGENT, text)
    parsed = Protego.parse("\n".join([f"User-agent: {EVERYBODY}", *lines]))
    return parsed, _OWN_BYTES + len(lines) * _RULE_BYTES + sum(map(len, lines))


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"
