"""Looking at an address once, before anybody makes a source of it: nothing is kept, and nothing is written anywhere.

It goes the way of the feed sensor, through the same guards: addresses, redirects, caps, time limits, a child process
for the parsing.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from daemon.core.errors import DavidAgentError, SensorError
from daemon.core.settings.models import SensorSettings
from sensors.feeds.local_files import local_path, read_file
from sensors.fetch_states import sentence, unforeseen
from sensors.parsers.jobs import ParsedFeed, ParseJob
from sensors.parsers.pool import ParsePool
from sensors.remedies import Ailment, ailment_of
from sensors.secret_addresses import public_address
from sensors.text.charsets import decode
from sensors.web.announced import Announced, announced_feeds
from sensors.web.fetching import FEED, Fetched, Fetcher
from sensors.web.headers import Validators
from sensors.web.sniffing import binary_kind, challenge, format_of, is_html, title_of

if TYPE_CHECKING:
    from sensors.web.guarded_transport import Resolver

SHOWN_ENTRIES = 5
WEB_PAGE = "web page"
_HEAD_BYTES = 1024 * 1024
"""Some pages name their feed, or the channel they are of, only after half a megabyte of scripts."""
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """The beginning of an entry. `published_at` is in epoch seconds, None when the feed gives no believable date."""

    title: str
    published_at: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What stands at an address. Addresses are without what is secret in them; texts are the feed's or page's own."""

    address: str
    """As it was asked for."""
    found_at: str | None = None
    """Where it was answered, after redirects; None without an answer."""
    moved_to: str | None = None
    """Where the server says it has moved for good."""
    format: str | None = None
    """`RSS`, `Atom`, `RDF`, `JSON Feed`, `web page`; None for what is none of them."""
    title: str = ""
    entries: int = 0
    newest: tuple[Entry, ...] = ()
    """Its first entries."""
    error: str | None = None
    """Why it cannot be read as a feed, in one sentence; None for a feed."""
    feeds: tuple[Announced, ...] = ()
    """The feeds that a web page announces."""
    size: int = 0
    """Bytes of the document."""

    @property
    def ailment(self) -> Ailment | None:
        """What kind of failure it is and what would help; None for a feed."""
        return None if self.error is None else ailment_of(self.error)


@dataclass(frozen=True, slots=True)
class Examined:
    """A trial, and what stays in this process: addresses with what is secret in them, and the page for people."""

    trial: Trial
    url: str = ""
    """Where it was answered, without a login."""
    moved_to: str | None = None
    page: str = ""
    """The beginning of a web page; empty for everything else."""


class FeedTrial:
    """Looks at addresses; one at a time is enough. Use it as an async context manager.

    `fetcher` is that of everything else that is asked of the same hosts; without one, it has its own. `now` gives epoch
    seconds. `resolver` replaces the system's, for closed networks.
    """

    def __init__(
        self,
        settings: SensorSettings,
        *,
        now: Callable[[], float],
        fetcher: Fetcher | None = None,
        resolver: "Resolver | None" = None,
    ) -> None:
        self._settings = settings
        self._now = now
        self._has_own = fetcher is None
        self._fetcher = fetcher or Fetcher(settings, now=now, resolver=resolver)
        self._wish = replace(FEED, patience_seconds=settings.timeout)
        self._parsers = ParsePool(timeout_seconds=settings.parse_timeout, size=1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._has_own:
                await self._fetcher.close()
        finally:
            await self._parsers.close()

    async def look(self, address: str) -> Trial:
        """What is there. Never raises for what the other side does: that is the trial's error. Cancellation passes."""
        return (await self.examine(address)).trial

    async def examine(self, address: str) -> Examined:
        """The same, with what a search for feeds needs of it."""
        trial = Trial(public_address(address))
        try:
            return await self._examine(trial, address)
        except DavidAgentError as error:
            return Examined(replace(trial, error=sentence(error)))
        except Exception as error:  # noqa: BLE001 - as for the sensor: whatever an odd address leads to is its failure
            return Examined(replace(trial, error=sentence(unforeseen(address, error))))

    async def _examine(self, trial: Trial, address: str) -> Examined:
        fetched = await self._fetch(address)
        trial = replace(
            trial,
            found_at=public_address(fetched.url),
            moved_to=fetched.moved_to and public_address(fetched.moved_to),
            size=len(fetched.body),
        )
        head = await asyncio.to_thread(_head, fetched)
        try:
            parsed = await self._parse(fetched)
        except DavidAgentError as error:
            failed = await asyncio.to_thread(_not_a_feed, trial, fetched, head=head, error=error)
            page = head if failed.format == WEB_PAGE else ""
            return Examined(failed, url=fetched.url, moved_to=fetched.moved_to, page=page)
        read = replace(
            trial,
            format=format_of(head),
            title=(parsed.title or "")[:_LONGEST_TITLE],
            entries=parsed.entries,
            newest=_first(parsed),
        )
        return Examined(read, url=fetched.url, moved_to=fetched.moved_to)

    async def _fetch(self, address: str) -> Fetched:
        path = local_path(address)
        if path is not None:
            return await read_file(path, validators=Validators(), limit=self._settings.max_body)
        fetched = await self._fetcher.fetch(address, validators=Validators(), wish=self._wish)
        if fetched.status == 304:  # noqa: PLR2004 - Not Modified, to a question that gave it nothing to compare with
            raise SensorError(f"{fetched.url} says that nothing has changed (304), but was never read")
        return fetched

    async def _parse(self, fetched: Fetched) -> ParsedFeed:
        job = ParseJob(
            url=public_address(fetched.url),
            content_type=fetched.headers.get("content-type", ""),
            now=self._now(),
            seconds=self._settings.parse_timeout,
        )
        return await self._parsers.parse(fetched.body, job=job)


def _head(fetched: Fetched) -> str:
    """The beginning of a document as text; empty for what is none."""
    body = fetched.body[:_HEAD_BYTES]
    if binary_kind(body):
        return ""
    return decode(body, content_type=fetched.headers.get("content-type", ""))[0].lstrip("\ufeff\x00 \t\r\n")


def _not_a_feed(trial: Trial, fetched: Fetched, *, head: str, error: DavidAgentError) -> Trial:
    words = f"{fetched.url}: {error}"
    if not is_html(head) or challenge(head):
        return replace(trial, error=sentence(words))
    return replace(
        trial,
        format=WEB_PAGE,
        title=title_of(head)[:_LONGEST_TITLE],
        error=sentence(words),
        feeds=public_feeds(announced_feeds(head, url=fetched.url)),
    )


def public_feeds(feeds: Iterable[Announced]) -> tuple[Announced, ...]:
    """The same without what is secret in their addresses."""
    return tuple(replace(one, address=public_address(one.address)) for one in feeds)


def _first(parsed: ParsedFeed) -> tuple[Entry, ...]:
    return tuple(Entry(one.title, one.published_at) for one in parsed.observations[:SHOWN_ENTRIES])
