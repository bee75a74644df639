"""Reads one article: asks the site's rules, fetches the page with all guards, and has the parser's process read it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from daemon.blackboard.senses import Article, ArticleOutcome, AwaitedArticle
from daemon.core.errors import OutsideError, Remedy, SensorError
from daemon.core.settings.sensor_models import FullTextSettings
from sensors.articles.robots import ForbiddenError, Robots, RobotsAwayError
from sensors.context import SensorContext
from sensors.fetch_states import sentence
from sensors.parsers.jobs import ParseJob
from sensors.parsers.pool import ParsePool
from sensors.remedies import ailment_of
from sensors.secret_addresses import public_address
from sensors.web.addresses import AddressGuard
from sensors.web.fetching import Fetched, Fetcher, Wish
from sensors.web.headers import Validators

ACCEPT: Final = "text/html, application/xhtml+xml;q=0.9, text/plain;q=0.8, application/pdf;q=0.5, */*;q=0.1"
_SETTING: Final = "sensors.full_text.timeout"
_SIZE_SETTING: Final = "sensors.full_text.max_body"
_MOST_ENTRY_CHARS: Final = 20_000
_UNAUTHORIZED, _PAYMENT_REQUIRED = 401, 402


class ArticleReader:
    """Reads articles politely; one for all of them, so that a site's rules are asked for once."""

    def __init__(self, context: SensorContext) -> None:
        self._context = context
        self._settings = context.settings.full_text
        self._robots = Robots(context.fetcher, monotonic=context.clock.monotonic)
        self._public_robots = Robots(context.fetcher, monotonic=context.clock.monotonic, is_public_only=True)
        self._guard = AddressGuard(context.settings.allow_hosts)

    async def read(self, awaited: AwaitedArticle) -> Article:
        """The article behind an entry, or why there is none.

        Raises `TransientError` for what may be different in a moment, with `retry_after` where the site says when.
        """
        try:
            fetched = await fetch_page(awaited.url, fetcher=self._context.fetcher, wish=self._wish(awaited))
        except RobotsAwayError:
            raise
        except OutsideError as error:
            return _refused(awaited.url, error)
        job = job_of(fetched, settings=self._settings, now=self._context.clock.now(), entry=_entry(awaited))
        try:
            return article_of(await parse_page(fetched, job, parsers=self._context.parsers), url=job.url)
        except SensorError as error:
            return Article(ArticleOutcome.NO_TEXT, url=job.url, note=sentence(error))

    def pause(self, url: str) -> float:
        """How many seconds to leave between two articles of this host."""
        if not self._settings.respect_robots:
            return self._settings.per_host_pause
        return max(self._settings.per_host_pause, self._robots.delay(url), self._public_robots.delay(url))

    async def close(self) -> None:
        """Ask for nothing any more; what is in the context is closed with the context."""
        await self._robots.close()
        await self._public_robots.close()

    def _wish(self, awaited: AwaitedArticle) -> Wish:
        is_strangers = self._is_strangers(awaited.source_address)
        robots = self._public_robots if is_strangers else self._robots
        wish = wish_of(self._settings, before_hop=robots.check if self._settings.respect_robots else None)
        return replace(wish, is_public_only=is_strangers)

    def _is_strangers(self, source: str | None) -> bool:
        """Whether a feed of the public web named the link: it must not have us tell what our own network holds."""
        if source is None or not source.startswith(("https://", "http://")):
            return False
        return not self._guard.names(urlsplit(source).hostname or "")


def wish_of(settings: FullTextSettings, *, before_hop: Callable[[str], Awaitable[None]] | None = None) -> Wish:
    """How a page is asked for that is to be read as an article."""
    return Wish(accept=ACCEPT, most_bytes=settings.max_body, setting=_SIZE_SETTING, before_hop=before_hop)


async def fetch_page(url: str, *, fetcher: Fetcher, wish: Wish) -> Fetched:
    """The page at `url`. Raises `OutsideError`."""
    return await fetcher.fetch(url, validators=Validators(), wish=wish)


def job_of(fetched: Fetched, *, settings: FullTextSettings, now: float, entry: Mapping[str, Any]) -> ParseJob:
    """What the parser's process is to do with a page; `entry` are the fields of `extraction.Entry`."""
    return ParseJob(
        # A redirect may lead to an address with a token in it; that is not kept.
        url=public_address(fetched.url),
        content_type=fetched.headers.get("content-type", ""),
        now=now,
        seconds=settings.timeout,
        kind="article",
        facts=entry,
    )


async def parse_page(fetched: Fetched, job: ParseJob, *, parsers: ParsePool) -> Mapping[str, Any]:
    """What the page says, as the fields of `extraction.ReadPage`. Raises `SensorError` when it cannot be read."""
    return (await parsers.extract(fetched.body, job=job, setting=_SETTING)).facts


def article_of(facts: Mapping[str, Any], *, url: str) -> Article:
    """What the parser's process found, as the board takes it."""
    return Article(
        outcome=ArticleOutcome(facts["outcome"]),
        url=url,
        note=facts["note"],
        text=facts["text"],
        language=facts["language"],
        author=facts["author"],
        published_at=facts["published_at"],
        facts=facts["facts"] or {},
    )


def _entry(awaited: AwaitedArticle) -> Mapping[str, Any]:
    return {"asked": awaited.url, "title": awaited.title, "text": awaited.text[:_MOST_ENTRY_CHARS]}


def _refused(url: str, error: OutsideError) -> Article:
    """The outcome that a fault means; raises the fault itself when it may pass."""
    outcome = _outcome(error)
    if outcome is ArticleOutcome.UNREACHABLE and error.remedy is Remedy.RETRY:
        raise error
    # It may name an address that a redirect led to, with a token in it.
    return Article(outcome, url=url, note=sentence(error))


def _outcome(error: OutsideError) -> ArticleOutcome:
    if isinstance(error, ForbiddenError):
        return ArticleOutcome.FORBIDDEN
    if error.status == _PAYMENT_REQUIRED:
        return ArticleOutcome.PAYWALL
    if error.status == _UNAUTHORIZED:
        return ArticleOutcome.CONSENT
    if ailment_of(str(error)).name == "blocked":
        return ArticleOutcome.CONSENT if "consent page" in str(error) else ArticleOutcome.CHALLENGE
    return ArticleOutcome.UNREACHABLE
