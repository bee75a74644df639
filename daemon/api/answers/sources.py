"""Sources."""

from typing import Literal

from pydantic import Field

from daemon.api.answers.base import Answer, Moment


class ReadsAnswer(Answer):
    """What reading a source costs that is paid for by what is read. Days are those of UTC."""

    today: int = Field(ge=0)
    """Posts that were read today; of a reading whose outcome is not known, what it may have read."""
    limit: int = Field(ge=0)
    """Posts that may be read in a day."""
    usd_today: float = Field(ge=0)
    """Dollars of today."""
    usd_limit: float = Field(ge=0)
    """Dollars that a day may cost."""
    per_day: float | None = Field(ge=0)
    """Posts of a usual day: the mean of the last seven with readings; null before the first."""
    usd_month: float | None = Field(ge=0)
    """What thirty such days would cost within the limits, in dollars; null before the first."""


class SourceAnswer(Answer):
    """A feed, account, folder or webhook, and how reading it goes."""

    id: int = Field(ge=1)
    """Its number."""
    kind: str = Field(examples=["rss"])
    """rss, x, folder, webhook, or a kind that an installed package adds."""
    address: str = Field(examples=["https://example.org/feed.xml"])
    """The feed's URL or file, `@account`, `search:…`, a folder, or `KIND:…`; without what is secret in it."""
    name: str
    """As it was named, or names itself."""
    origin: Literal["config", "added"]
    """Whether it stands in the configuration or was added."""
    enabled: bool
    """It is read."""
    health: Literal["disabled", "gone", "failing", "new", "late", "ok"]
    """How reading it goes; `late`: it should have been read by now."""
    freshness: Literal["fresh", "quiet", "stale", "disabled", "gone"]
    """Whether it is up to date; `quiet`: it is, and had nothing new for a day; `stale`: we fail to read it."""
    every_seconds: float | None
    """How often it is to be read, as it was asked for; null: as often as it posts."""
    interval_seconds: float | None
    """How often it is read now; null before the first time."""
    tags: list[str]
    """What its items are tagged with."""
    next_fetch_at: Moment | None
    """When it is read next; null: at once, or of a webhook: never, for it is told."""
    next_fetch_reason: str | None
    """Why then."""
    last_fetch_at: Moment | None
    """When it was last read; null before the first time."""
    last_success_at: Moment | None
    """When that last went well; null when it never did."""
    last_item_at: Moment | None
    """When its newest item was published; null when that is not known."""
    errors_in_row: int = Field(ge=0)
    """How often reading it has failed since it last went well."""
    last_error: str | None
    """What failed last; null when nothing did."""
    ailment: str | None = Field(examples=["missing"])
    """The kind of that failure, in one word; null when nothing failed."""
    help: str | None
    """What would help; null when nothing failed."""
    full_text: bool | None
    """Whether the article behind each entry is fetched; null: where the entry is short."""
    hook: str | None = Field(examples=["/hooks/ci"])
    """Where a webhook is sent to; null for all else."""
    left_out: dict[str, str] | None
    """The files of a folder that are not read, each with why; null for what is no folder."""
    reads: ReadsAnswer | None
    """What reading it costs; null for what is free."""
    up: int = Field(ge=0)
    """Thumbs up that people gave to its items."""
    down: int = Field(ge=0)
    """Thumbs down."""
    trust: float | None = Field(ge=0, le=1)
    """`(up + 1) / (up + down + 2)`; null while nobody has judged one."""


class RemovedAnswer(Answer):
    """A source was removed; its items stay."""

    removed: str
    """Its address."""


class ImportedAnswer(Answer):
    """What an OPML document brought."""

    added: int = Field(ge=0)
    """Feeds that are new."""
    known: int = Field(ge=0)
    """Feeds that were there already."""
    problems: list[str]
    """What could not be read."""


class TrialEntry(Answer):
    """The beginning of an entry."""

    title: str
    """Its headline."""
    published_at: Moment | None
    """When it was published; null without a believable date."""


class AnnouncedFeed(Answer):
    """A feed that a web page announces; nobody has looked whether it is there."""

    address: str
    """Its URL."""
    title: str
    """What the page calls it; may be empty."""
    format: str = Field(examples=["RSS"])
    """RSS, Atom, RDF or JSON Feed."""


class KnownSource(Answer):
    """The source that has an address already."""

    id: int = Field(ge=1)
    """Its number."""
    name: str
    """What it is called."""


class TrialAnswer(Answer):
    """What stands at an address. Nothing of it was kept."""

    address: str
    """What was looked at, without what is secret in it."""
    readable: bool
    """It is a feed that can be read."""
    format: str | None = Field(examples=["Atom"])
    """RSS, Atom, RDF, JSON Feed or web page; null for what is none of them."""
    title: str
    """Of the feed or page; may be empty."""
    entries: int = Field(ge=0)
    """How many it has now."""
    newest: list[TrialEntry]
    """The first five."""
    found_at: str | None
    """Where it was answered, after redirects; null without an answer."""
    moved_to: str | None
    """Where its server says it has moved for good."""
    bytes: int = Field(ge=0)
    """How long the document is."""
    error: str | None
    """Why it cannot be read as a feed; null for one that can."""
    ailment: str | None = Field(examples=["missing"])
    """The kind of that failure, in one word."""
    help: str | None
    """What would help."""
    feeds: list[AnnouncedFeed]
    """The feeds that a web page announces."""
    known_as: KnownSource | None
    """The source that has this address already."""
