"""What the senses keep on the board besides polls: readings that cost money, deliveries, and articles that are fetched.

A reading is paid for by what it brings. What it may bring at most is set aside before it is asked for, in reads and in
micro-dollars, against the source's own bounds of the day (UTC) and the budgets of all; what it really brought takes its
place afterwards. So what is charged never is less than what was read, whatever stops the process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from daemon.blackboard.records import CallStatus, Observation, Posted, Source

READER: Final = "sensor"
"""The brain of the ledger that readings are entered under."""
ARTICLE: Final = "article"
"""What an item waits for whose article is being fetched."""


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading that is to be paid for, before it is sent.

    It asks for `wanted` entries and is of no use with fewer than `least`. Each of them may count as up to `reads_each`
    reads (it and what it quotes) and cost up to `micro_each`. `daily_reads` and `daily_micro` bound the source's day.
    """

    source_id: int
    provider: str
    model: str
    """What is read, as a price list names it: `x-posts`, `x-users`."""
    wanted: int
    least: int
    reads_each: int
    micro_each: int
    daily_reads: int
    daily_micro: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that may be sent now, for so many entries. `source_id` and `day` (UTC) are what it is charged to."""

    call_id: int
    source_id: int
    entries: int
    day: str


@dataclass(frozen=True, slots=True)
class ReadingEnd:
    """How a reading ended: OK or ERROR with what it brought, or UNCONFIRMED (all that was set aside stays charged)."""

    status: CallStatus
    reads: int = 0
    cost_micro: int = 0
    latency_ms: int = 0
    error: str | None = None
    price: Mapping[str, Any] | None = None
    """The prices as they were applied; frozen with the reading."""


class ArticleOutcome(StrEnum):
    """What became of the article behind an entry."""

    READ = "read"
    """Its text stands on the item now; the feed's own is kept beside it."""
    PAYWALL = "paywall"
    CONSENT = "consent"
    """A page that asks for consent, or a login."""
    CHALLENGE = "challenge"
    """A page that keeps programs out."""
    FORBIDDEN = "forbidden"
    """The site's robots.txt does not allow it."""
    NO_TEXT = "no_text"
    ELSEWHERE = "elsewhere"
    """What stands there is not what the entry tells of."""
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class AwaitedArticle:
    """An item that waits for its article; `until` (epoch seconds) it goes on without."""

    item_id: str
    source_id: int | None
    url: str
    title: str
    text: str
    """The feed's own."""
    until: float
    tags: tuple[str, ...] = ()
    source_address: str | None = None
    """Of the feed that named the link; None for what no source brought."""


@dataclass(frozen=True, slots=True)
class Article:
    """What fetching an article brought. `text` is cleaned, None without one; `note` says the outcome to a person."""

    outcome: ArticleOutcome
    url: str
    """Where it was answered."""
    note: str
    text: str | None = None
    language: str | None = None
    author: str | None = None
    published_at: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else is worth keeping: JSON-ready, short."""


class SenseKeeper(Protocol):
    """The part of the board's contract that the senses use; every `Engine` has it."""

    async def begin_reading(self, new: NewReading, *, caps: Mapping[str, int]) -> Reading:
        """Set aside what a reading may bring, for as many entries as there is room for; enter it as SENT.

        `caps` are those of `begin_call` for the brain `sensor`: `brain`, `day`, `month`. Raises `BudgetExceededError`
        with `until` (when the tightest bound begins anew) when there is no room for `least` entries, and
        `NotFoundError` for a source that is not there.
        """
        ...

    async def settle_reading(self, reading: Reading, end: ReadingEnd) -> None:
        """Enter how it ended, in the place of what was set aside. Settling twice changes nothing."""
        ...

    async def source_at(self, address: str) -> Source | None:
        """The source with this address, if it has not been removed."""
        ...

    async def record_delivery(
        self, source_id: int, *, observations: Sequence[Observation], event: Mapping[str, Any]
    ) -> list[Posted]:
        """Post what somebody sent, and that the source was heard from, in one transaction; one answer each, in order.

        What its own source sent already is not new. Raises `NotFoundError` for a source that is not there any more.
        """
        ...

    async def awaited_articles(self, *, limit: int, after: str = "") -> list[AwaitedArticle]:
        """Items that wait for their article (`Observation.article_within`), oldest first, after this id."""
        ...

    async def await_anew(self, *, within: float) -> int:
        """Let what waited for its article while nobody was there to fetch it wait anew, within so many seconds.

        For a start, before anything is claimed; answers how many items that are.
        """
        ...

    async def await_longer(self, *, seconds: float, within: float) -> int:
        """The clock was set forward so far: let what waited for its article then wait on, `within` seconds at most.

        Answers how many items that are.
        """
        ...

    async def settle_article(self, item_id: str, article: Article) -> bool:
        """Keep what became of its article, and let the item go on; False when it waits no more.

        With a text, that is what the item says from now on: the feed's own is kept as `extra.feed_text`, the facts
        as `extra.article`. Author, language and date are taken where the feed gave none.
        """
        ...
