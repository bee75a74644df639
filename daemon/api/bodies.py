"""What callers send."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from daemon.api.posting import MAX_TEXT_CHARACTERS
from daemon.blackboard.budgets import scope_of_brain
from daemon.blackboard.feedback import LONGEST_CORRECTED, LONGEST_PASSAGE, LONGEST_REASON
from daemon.core.settings.values import parse_span
from sensors.wishes import SourceWishes

DISCARD_REASON = "discarded by a person"

# A bound also has pydantic look whether it is text at all: halves of characters are refused.
ItemId = Annotated[str, Field(min_length=1, max_length=100)]
Tag = Annotated[str, Field(min_length=1, max_length=100)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
_LONGEST_SECONDS = 100 * 365 * 86_400.0
_SPAN = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": _LONGEST_SECONDS},
        {"type": "string", "pattern": r"^(\d{1,9}(\.\d{1,9})?(ms|s|m|h|d|w) ?){1,4}$"},
    ],
    "examples": [1800, "30m"],
}
Span = Annotated[
    float, BeforeValidator(parse_span), Field(ge=0, le=_LONGEST_SECONDS, allow_inf_nan=False), WithJsonSchema(_SPAN)
]
"""Seconds, or a span of time such as `30m`."""
Share = Annotated[float, Field(ge=0, le=1)]


class Body(BaseModel):
    """Base of all requests: unknown fields are an error."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class PostBody(Body):
    """An item by a person or program: its text, or the URL where the text is."""

    text: str | None = Field(default=None, max_length=MAX_TEXT_CHARACTERS)
    """The text, plain, Markdown or HTML; without it, the page at `url` is fetched."""
    url: str | None = Field(default=None, max_length=4096, examples=["https://example.org/page"])
    """Where it is from."""
    title: str | None = Field(default=None, max_length=500)
    """Without one, the page's, or the first line."""

    @model_validator(mode="after")
    def _has_substance(self) -> Self:
        if not (self.text or "").strip() and not self.url:
            raise ValueError("an item needs text or url")
        return self


class ReasonBody(Body):
    """Why."""

    reason: str = Field(min_length=1, max_length=2000, examples=["the second number is last year's"])
    """What the writer is to do differently."""


class OptionalReasonBody(Body):
    """Why, if there is a reason to keep."""

    reason: str = Field(default=DISCARD_REASON, min_length=1, max_length=2000)
    """Stands with the item."""


class DecisionBody(Body):
    """One decision on several held items (`discard` also on dead letters): all of them, or none."""

    verb: Literal["approve", "reject", "discard"]
    """What is to be done with all of them."""
    ids: list[ItemId] = Field(min_length=1, max_length=1000)
    """The items."""
    reason: str | None = Field(default=None, min_length=1, max_length=2000)
    """Why; needed to reject."""

    @model_validator(mode="after")
    def _has_reason(self) -> Self:
        if self.verb == "reject" and self.reason is None:
            raise ValueError("reject needs a reason: it is what the writer should do differently")
        return self


class FeedbackBody(Body):
    """What a person says of a post."""

    verdict: Literal["up", "down"]
    """Thumbs."""
    about: Literal["post", "sentence", "claim"] = "post"
    """What is judged."""
    passage: str = Field(default="", max_length=LONGEST_PASSAGE)
    """The sentence or claim, word for word; empty for a post."""
    reason: str = Field(default="", max_length=LONGEST_REASON, examples=["the second number is last year's"])
    """Why."""
    corrected: str = Field(default="", max_length=LONGEST_CORRECTED)
    """What it should say instead; goes with `down`."""


class WayBody(Body):
    """How dead letters go back to work."""

    model: str | None = Field(default=None, min_length=1, max_length=200, examples=["offline"])
    """The one model of `llm.models` that all their calls go to from now on; without it, as configured."""
    dry_run: bool = False
    """Change nothing: only say what it would be, and what it may cost."""


class EditBody(Body):
    """What a dead letter is to say, and who is to do it; what is left out stays as it is."""

    title: str | None = Field(default=None, min_length=1, max_length=500)
    """Its title."""
    text: str | None = Field(default=None, min_length=1, max_length=MAX_TEXT_CHARACTERS)
    """Its text, plain, Markdown or HTML."""
    model: str | None = Field(default=None, min_length=1, max_length=200, examples=["offline"])
    """The one model of `llm.models` that all its calls go to from now on; without it, as configured."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.title is None and self.text is None and self.model is None:
            raise ValueError("say what is to be changed: title, text or model")
        return self


class RetryBody(WayBody):
    """Which dead letters: exactly one of ids, group and all."""

    ids: list[ItemId] | None = Field(default=None, min_length=1, max_length=1000)
    """These."""
    group: str | None = Field(default=None, max_length=2000)
    """Those of a group, as `GET /api/dead-letters` names it."""
    all: bool = False
    """All there are."""

    @model_validator(mode="after")
    def _names_exactly_one(self) -> Self:
        if sum((self.ids is not None, self.group is not None, self.all)) != 1:
            raise ValueError("give exactly one of ids, group and all")
        return self


class BudgetBody(Body):
    """Caps for the running day (also of brains) or month, in dollars; what is not named stays as it is."""

    daily_usd: Dollars | None = None
    """Dollars the running day may cost."""
    monthly_usd: Dollars | None = None
    """Dollars the running month may cost."""
    per_brain_daily_usd: dict[Literal["left", "right", "memory", "sensor"], Dollars] = Field(default_factory=dict)
    """Dollars the running day of a brain may cost."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if not self.caps():
            raise ValueError("give daily_usd, monthly_usd or per_brain_daily_usd")
        return self

    def caps(self) -> dict[str, float]:
        """Dollars by the scope the board knows."""
        named = {"day": self.daily_usd, "month": self.monthly_usd}
        named |= {scope_of_brain(brain): usd for brain, usd in self.per_brain_daily_usd.items()}
        return {scope: usd for scope, usd in named.items() if usd is not None}


class SourceBody(Body):
    """A source to add. What does not belong to its kind is refused."""

    address: str = Field(min_length=1, max_length=4096, examples=["https://example.org/feed.xml"])
    """A feed's URL, the path of a feed file or folder on the daemon's machine, `@account` or `search:QUERY` of X,
    `webhook:NAME`, or `KIND:ADDRESS` for a kind that an installed package adds."""
    name: str | None = Field(default=None, max_length=200)
    """Without one, as the feed names itself."""
    every: Span | None = None
    """How often it is read; without it, as often as it posts."""
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    """What its items are tagged with."""
    full_text: bool | None = None
    """Fetch the article behind each entry; null: where the entry's text is short (`sensors.full_text.shorter_than`)."""
    daily_reads: int | None = Field(default=None, ge=1)
    """Of X: posts that may be read in a day (UTC); null: `sensors.x.daily_reads`."""
    daily_usd: float | None = Field(default=None, gt=0, le=1_000_000, allow_inf_nan=False)
    """Of X: dollars that reading may cost in a day (UTC); null: `sensors.x.daily_usd`."""
    mirror: str | None = Field(default=None, min_length=1, max_length=4096)
    """Of X: a feed that is read in its place, which needs no key."""
    discover: bool = False
    """Look at a web address first: the feed that it leads to becomes the source; where none is found, nothing does."""
    all_feeds: bool = False
    """With `discover`: the further feeds that the page announces too."""

    def wishes(self) -> SourceWishes:
        """What is wished of it."""
        return SourceWishes(
            name=self.name,
            every_seconds=self.every,
            tags=self.tags,
            full_text=self.full_text,
            daily_reads=self.daily_reads,
            daily_usd=self.daily_usd,
            mirror=self.mirror,
        )


class TrialBody(Body):
    """An address to look at, before it is made a source."""

    address: str = Field(min_length=1, max_length=4096, examples=["https://example.org/feed.xml"])
    """A feed's URL, a page's, or the path of a file on the daemon's machine."""


class OpmlBody(Body):
    """An OPML document."""

    opml: str = Field(min_length=1, max_length=12_000_000)
    """The document's text."""


class BackupBody(Body):
    """Where the copy goes: an absolute path on the daemon's machine that is not there yet."""

    path: Path = Field(examples=["/var/backups/blackboard-2026-11-20.db"])
    """The new file."""

    @model_validator(mode="after")
    def _is_absolute(self) -> Self:
        if not self.path.is_absolute():
            raise ValueError("path must be absolute")
        return self


class ChaosBody(Body):
    """What shall differ from the configuration; shares are between 0 and 1, and of all calls."""

    latency_share: Share | None = None
    """Calls that wait longer."""
    latency: tuple[Span, Span] | None = None
    """How much longer, from and to."""
    network_errors: Share | None = None
    """Calls whose connection fails."""
    rate_limits: Share | None = None
    """Calls that are refused with 429."""
    retry_after: Span | None = None
    """What such a refusal asks for."""
    garbage: Share | None = None
    """Calls answered with nonsense."""
    truncated: Share | None = None
    """Calls whose answer is cut off."""
    memory_down: bool | None = None
    """The memory does not answer."""
    seed: int | None = None
    """Of the random numbers."""
    for_seconds: Span | None = Field(default=None, alias="for", gt=0)
    """After this time it ends by itself; without it, when it is turned off."""
