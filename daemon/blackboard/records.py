"""What stands on the board, as frozen records. Times are epoch seconds, money is integer micro-dollars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from daemon.blackboard.prompts import Prompt
from daemon.blackboard.states import STEP_OF, State, Step


@dataclass(frozen=True, slots=True)
class Identity:
    """One key by which an observation is known again: `guid:…`, `link:…` or `text:…`.

    `is_global`: the key means the same thing in every source (a canonical link); else only within its own source.
    `is_part`: the key of something that the observation is made of, and more than: it is known when all its parts are.
    """

    key: str
    is_global: bool
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """What a sensor saw, or a person posted, cleaned to text. Its text is data, never instruction.

    `text` is Markdown-like plain text (paragraphs, `> ` quotes, fenced code, lists). `language` is a guess such as
    `en` or `zh`, or None. `published_at` is None when the source gives no believable date.
    """

    title: str
    text: str
    url: str | None = None
    identities: tuple[Identity, ...] = ()
    author: str | None = None
    published_at: float | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    article_within: float | None = None
    """The article at `url` is to be fetched first, within so many seconds; None: the text is all there is."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one posted observation: a new item, or the one it was known as already."""

    item_id: str
    is_new: bool
    duplicate_of: str | None = None
    """For a new item that another source told first; the left brain discards it with that reason."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the board."""

    id: str
    state: State
    title: str
    url: str | None
    source_id: int | None
    source: str | None
    """The source's name; None for what a person posted."""
    round: int
    attempts: int
    epoch: int
    created_at: float
    updated_at: float
    available_at: float
    finalized_at: float | None = None
    claimed_by: str | None = None
    lease_until: float | None = None
    died_in: State | None = None
    reason: str | None = None
    """Why it was discarded or held, or what it waits for; a person reads this."""
    error: str | None = None
    failure_group: str | None = None
    duplicate_of: str | None = None
    rescues: int = 0
    cost_micro: int = 0
    tags: tuple[str, ...] = ()
    waits_for: str | None = None
    """What it waits for: budget, burn, breaker, batch, turn, article; None when it does not wait."""
    is_vip: bool = False
    """Its source is marked `vip`."""
    urgency: str = "normal"  # or `low`, from its source
    model: str | None = None
    """The model (of `llm.models`) that a person wants its calls to go to; None: as configured."""


@dataclass(frozen=True, slots=True)
class NewArtifact:
    """What a step produced. `content` is JSON-ready. `kind` is knowledge, draft, review or post."""

    kind: str
    content: Mapping[str, Any]
    model: str | None = None
    gist: Mapping[str, Any] = field(default_factory=dict)
    """The little of it that the event tells: JSON-ready, short, nothing private."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A stored artifact; kept per round, never overwritten."""

    id: int
    item_id: str
    kind: str
    round: int
    model: str | None
    content: Mapping[str, Any]
    created_at: float


@dataclass(frozen=True, slots=True)
class Claim:
    """The exclusive right to one item's step, with all the step needs to read.

    Every write under the claim is guarded by `(item.id, item.state, item.epoch)`.
    """

    item: Item
    worker_id: str
    observation: Observation
    artifacts: tuple[Artifact, ...]
    """All of the item's artifacts, oldest first."""

    @property
    def step(self) -> Step:
        """The work to be done."""
        return STEP_OF[self.item.state]

    def latest(self, kind: str) -> Artifact | None:
        """The newest artifact of that kind, or None."""
        return next((a for a in reversed(self.artifacts) if a.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt, ready to be kept: no live exception, no local variables, secrets scrubbed."""

    error_class: str
    message: str
    traceback: str
    remedy: str
    group: str
    """Fingerprint: exception class, innermost frame of our own code, endpoint."""
    endpoint: str | None = None
    status: int | None = None


class CallStatus(StrEnum):
    """What is known of a call."""

    SENT = "sent"
    """On its way; after a crash: unconfirmed."""
    OK = "ok"
    ERROR = "error"
    MALFORMED = "malformed"
    """Answered and paid, but the answer had the wrong form."""
    UNCONFIRMED = "unconfirmed"
    """Sent, outcome unknown (timeout, cancelled, crash); its reservation stays charged."""
    BATCHED = "batched"
    """Waits in a provider's batch, over restarts too; its reservation stays charged."""


class CallKind(StrEnum):
    """Why a call was made."""

    CALL = "call"
    REPAIR = "repair"
    """Asked once more for the right form."""
    HEDGE = "hedge"
    """A second request beside a slow one."""
    BATCH = "batch"
    """Through the provider's batch interface."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `input_tokens` includes the cached ones, `output_tokens` the reasoning ones (subsets)."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class NewCall:
    """A model call as it is entered in the ledger, before it is sent (status SENT) or complete (offline brain)."""

    item_id: str | None
    """None for what no item caused: embeddings of the memory, readings of a source."""
    brain: str
    """`left`, `right`, `memory` or `sensor`."""
    task: str
    provider: str
    model: str
    request_hash: str
    """Fingerprint of everything the answer depends on; the same hash is never paid for twice."""
    attempt: int = 1
    round: int = 0
    epoch: int = 0
    reserved_micro: int | None = None
    """Upper bound of the cost; None when the price is unknown."""
    fingerprint: Mapping[str, Any] = field(default_factory=dict)
    """`{code, prompt, model, config, memory}`."""
    kind: CallKind = CallKind.CALL
    """`BATCH` is entered as BATCHED, everything else as SENT."""
    asked: Prompt | None = None
    """What is sent, kept for people to read; None for what is no question."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a call ended. `cost_micro` None: the price is unknown (or the outcome is)."""

    status: CallStatus
    usage: Usage = field(default_factory=Usage)
    cost_micro: int | None = None
    price: Mapping[str, Any] | None = None
    """The price as it was applied, with its source; frozen with the call."""
    latency_ms: int = 0
    answer: str | None = None
    """The raw answer text, kept so that a restarted step pays nothing."""
    error: str | None = None
    first_token_ms: int | None = None
    """Time to the first token of a stream."""
    saved_micro: int = 0
    """What the provider's prompt cache saved, by the same price; below 0 when writing to it cost more."""
    spares_item: bool = False
    """Of unknown outcome, and a probe of the endpoint: it stays charged to all budgets but the item's own."""
    fault: str | None = None
    """The class of the error, such as `CallTimeoutError`; it stands in the event, not in the ledger."""


@dataclass(frozen=True, slots=True)
class SettledCall:
    """A call that is entered complete, in the transaction of its step (free and local ones)."""

    call: NewCall
    settlement: Settlement


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer the ledger has already."""

    call_id: int
    model: str
    provider: str
    answer: str
    usage: Usage
    cost_micro: int | None


class PublicationStatus(StrEnum):
    """What is known of one post at one sink."""

    INTENT = "intent"
    DONE = "done"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Publication:
    """One post at one sink; its row commits before the sink is touched. `key` is the idempotency key."""

    item_id: str
    sink: str
    key: str
    status: PublicationStatus
    intent_at: float
    location: str | None = None
    is_new: bool = True
    """False: the intent was there before (a crash, or a second try): look up before sending."""


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source as it is configured or added. `address` is unique over all kinds.

    It is the feed's URL (or file path) for `rss`, `@name` or `search:…` for `x`, the folder's whole path for `folder`,
    `webhook:NAME` for `webhook`, and `KIND:…` for a kind that a package adds.
    """

    kind: str
    address: str
    name: str | None = None
    every_seconds: float | None = None
    tags: tuple[str, ...] = ()
    is_enabled: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FetchState:
    """What a sensor keeps of a source between polls; written back whole after each poll."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    next_fetch_at: float = 0.0
    next_fetch_reason: str | None = None
    last_fetch_at: float | None = None
    last_success_at: float | None = None
    last_item_at: float | None = None
    errors_in_row: int = 0
    last_error: str | None = None
    moved_to: str | None = None
    moved_count: int = 0
    is_gone: bool = False
    """410: polling has ended until a person enables the source again."""
    interval_seconds: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else the sensor learns (ttl, cursor, recent posting times)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source on the board."""

    id: int
    kind: str
    address: str
    name: str
    origin: str
    """`config` or `added` (by command or API)."""
    every_seconds: float | None
    tags: tuple[str, ...]
    is_enabled: bool
    settings: Mapping[str, Any]
    fetch: FetchState
    created_at: float
