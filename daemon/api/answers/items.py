"""Items, and what is done to them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from daemon.api.answers.artifacts import ArtifactAnswer
from daemon.api.answers.base import Answer, Document, Moment
from daemon.api.answers.events import EventAnswer
from daemon.blackboard.records import CallKind, CallStatus, PublicationStatus
from daemon.blackboard.states import State

ID = "38ft0wst0tpyc"

Count = Annotated[int, Field(ge=0)]


class ItemAnswer(Answer):
    """One thing observed by a sensor, or posted by a person."""

    id: str = Field(examples=[ID])
    """13 characters that sort by time."""
    state: State
    """Where it is."""
    title: str
    """Its title."""
    url: str | None
    """Where it is from; null when it has no address."""
    source: str | None
    """The source's name; null for what a person posted."""
    attempts: Count
    """Requests of its running step that were sent and failed."""
    round: Count
    """How often its draft was sent back."""
    died_in: State | None
    """The state a dead letter died in; null for all others."""
    error: str | None
    """What last failed, or what it waits for; null when nothing did."""
    created_at: Moment
    """When it was put on the board."""
    updated_at: Moment
    """When it last changed."""
    cost_usd: float
    """Dollars its calls are known to have cost."""
    reason: str | None
    """Why it was held, discarded or sent back; null without one."""
    unconfirmed_usd: float = Field(default=0.0, ge=0)
    """The most that calls of unknown outcome may have cost besides, in dollars; absent without such calls."""


class PublicationAnswer(Answer):
    """One post at one sink."""

    sink: str
    """markdown, html, atom, or a notification's."""
    key: str
    """By which the sink knows it again."""
    status: PublicationStatus
    """What is known of it."""
    location: str | None
    """Where it is; null as long as that is not known."""
    intent_at: Moment
    """When it was first meant to be sent."""
    settled_at: Moment | None
    """When its outcome was known; null before."""


class EditAnswer(Answer):
    """What an item said before a person edited it."""

    title: str | None
    """Its title then."""
    text: str
    """Its text then."""
    by: str
    """Who edited it."""
    at: Moment
    """When."""


class ArticleFacts(Answer):
    """What became of the article behind an entry, with whatever else was learned of it."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    outcome: str = Field(examples=["read", "paywall"])
    """`read`, or why not: paywall, consent, challenge, forbidden, no_text, elsewhere or unreachable."""
    url: str
    """Where it was answered."""
    note: str
    """The outcome in words."""


class FullItemAnswer(ItemAnswer):
    """An item with what was seen, and everything the board knows of it."""

    source_id: int | None
    """The source's number; null for what a person posted."""
    tags: list[str]
    """Of its source."""
    author: str | None
    """As the source names them; null when it does not."""
    language: str | None
    """Of the text; null when it could not be told."""
    published_at: Moment | None
    """When the source published it; null without a believable date."""
    text: str | None
    """The text that was seen, as Markdown-like plain text; the article's, where it was fetched."""
    feed_text: str | None
    """What the feed itself said, where `text` is the article's; else null."""
    article: ArticleFacts | None
    """What became of the article behind it; null where none was fetched, or not yet."""
    held_in: State | None
    """The state a held item was held in; null for all others."""
    failure_group: str | None
    """What a dead letter has in common with others; null for all others."""
    duplicate_of: str | None
    """The item by which another source told it first; null when none did."""
    available_at: Moment
    """When it may be worked on again."""
    waits_for: str | None
    """What it waits for: budget, burn, breaker, batch, turn, article; null when it does not wait."""
    finalized_at: Moment | None
    """When it was published or discarded; null before."""
    remembered_at: Moment | None
    """When the memory took its post; null before."""
    claimed_by: str | None
    """The worker that has it in hand; null when none has."""
    lease_until: Moment | None
    """Until when, unless renewed; null when none has it."""
    rescues: Count
    """How often its running step was begun and never ended."""
    model: str | None
    """The model that a person has chosen for its calls; null: as configured."""
    edits: list[EditAnswer]
    """What it said before, the oldest first; `title` and `text` are what it says now."""
    publications: list[PublicationAnswer]
    """Where its post went."""


class Fingerprint(Answer):
    """What an answer depended on."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    code: str | None = None
    """The program's version."""
    prompt: str | None = None
    """The prompt's version."""
    model: str | None = None
    """The model, as it was configured."""
    config: str | None = None
    """Of the settings that matter."""
    memory: str | None = None
    """Of the memory; null when it played no part."""


class CallAnswer(Answer):
    """One request to a model."""

    id: int = Field(ge=1)
    """Its number in the ledger."""
    brain: str
    """left, right, memory or sensor."""
    task: str
    """extract, draft, review, …"""
    provider: str
    """Whose model."""
    model: str
    """Which model."""
    status: CallStatus
    """How it ended, or that it has not yet."""
    attempt: int
    """1 for the first; one more for each retry."""
    round: Count
    """The item's round."""
    prompt_tokens: Count
    """Tokens of the request, cached ones among them."""
    completion_tokens: Count
    """Tokens of the answer, reasoning ones among them."""
    cached_tokens: Count
    """Tokens of the request that the provider had in its cache."""
    cost_usd: float | None
    """Dollars; null when the price, or the outcome, is not known."""
    reserved_usd: float | None
    """Dollars set aside before it was sent; null when its price is not known."""
    latency_ms: int | None
    """Milliseconds to the whole answer; null before."""
    error: str | None
    """What failed; null when nothing did."""
    fingerprint: Fingerprint
    """What its answer depended on."""
    started_at: Moment
    """When it was entered in the ledger."""
    kind: CallKind
    """Why it was made."""
    saved_usd: float
    """Dollars the provider's cache saved; below 0 when writing to it cost more."""
    first_token_ms: int | None
    """Milliseconds to the first token; null when it was not streamed."""
    batch_id: int | None
    """The batch it went in; null without one."""


class FullCallAnswer(CallAnswer):
    """One request to a model with what was asked and answered."""

    system: str | None
    """What the model was told to do, the same for nearly every request of a task; null when it is not kept."""
    prompt: str | None
    """What it was asked; null when that is not kept, or not any more (`llm.keep_prompts_days`)."""
    answer: str | None
    """What it answered, as it came; null when nothing did, or it was not asked at all."""
    reasoning_tokens: Count
    """Tokens it thought with, counted among those of the answer."""
    cache_write_tokens: Count
    """Tokens of the request that the provider put into its cache."""
    price: Document | None
    """The price as it was applied; null when it is not known."""
    price_source: str | None
    """Where that price comes from."""
    ended_at: Moment | None
    """When it was settled; null before."""


class ItemDocument(Answer):
    """Everything about one item."""

    item: FullItemAnswer
    """The item."""
    artifacts: list[ArtifactAnswer]
    """What its steps produced, oldest first; nothing is overwritten."""
    calls: list[CallAnswer]
    """Its calls, oldest first."""
    events: list[EventAnswer]
    """Its history, oldest first."""


class PostedAnswer(Answer):
    """The item a post became, or was."""

    id: str = Field(examples=[ID])
    """The item."""
    new: bool
    """False when it was on the board already, or the same post was answered before."""
    state: State | None
    """Where it is."""


class RevivedAnswer(Answer):
    """Dead letters were taken up again."""

    revived: Count
    """How many are back at work."""


class RetryPlan(Answer):
    """What a retry of dead letters would be."""

    would_revive: Count
    """How many would be back at work."""
    groups: Count
    """Of how many failures they are."""
    charged_usd: float
    """Dollars they are charged with so far; calls of unknown outcome count with the most they may have cost."""
    likely_usd: float | None
    """Dollars of the steps they have before them, each done once; null when that is not known."""
    at_most_usd: float | None
    """Dollars their budgets allow from then on, because a retry gives each its own anew.

    Null without such budgets, and when a model that may be asked has no known price.
    """
    model: str | None
    """The model they would go to; null: as configured."""
    price: Document | None
    """Dollars for a million tokens of that model, now, and where the price is from; null without one, or unknown."""


class EditedAnswer(Answer):
    """A dead letter goes through all steps again, saying something else."""

    edited: Count
    """1, or 0 when the very same edit was made before."""


class ApprovedAnswer(Answer):
    """Held items are to be published."""

    approved: Count
    """How many."""


class RejectedAnswer(Answer):
    """Held items are to be written anew."""

    rejected: Count
    """How many."""


class DiscardedAnswer(Answer):
    """Items were dropped."""

    discarded: Count
    """How many."""


class DeadLetterSample(Answer):
    """The newest dead letter of a group."""

    id: str
    """The item."""
    title: str
    """Its title."""
    died_in: State | None
    """The state it died in."""
    error: str | None
    """What failed."""


class DeadLetterGroup(Answer):
    """Dead letters that failed alike."""

    group: str | None
    """What they have in common, by which they are retried together."""
    count: int = Field(ge=1)
    """How many there are."""
    first_at: Moment
    """When the first of them died."""
    last_at: Moment
    """When the last of them died."""
    sample: DeadLetterSample
    """One of them."""
