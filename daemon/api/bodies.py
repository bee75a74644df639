"""What callers send, and what actions answer."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from daemon.api.posting import MAX_TEXT_CHARACTERS
from daemon.blackboard.budgets import scope_of_brain
from daemon.core.settings.values import Seconds

DISCARD_REASON = "discarded by a person"

# A bound also has pydantic look whether it is text at all: halves of characters are refused.
ItemId = Annotated[str, Field(min_length=1, max_length=100)]
Tag = Annotated[str, Field(min_length=1, max_length=100)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Body(BaseModel):
    """Base of all requests: unknown fields are an error."""

    model_config = ConfigDict(extra="forbid")


class PostBody(Body):
    """An item by a person or program: its text, or the URL where the text is."""

    text: str | None = Field(default=None, max_length=MAX_TEXT_CHARACTERS)
    url: str | None = Field(default=None, max_length=4096)
    title: str | None = Field(default=None, max_length=500)

    @model_validator(mode="after")
    def _has_substance(self) -> Self:
        if not (self.text or "").strip() and not self.url:
            raise ValueError("an item needs text or url")
        return self


class ReasonBody(Body):
    """Why."""

    reason: str = Field(min_length=1, max_length=2000)


class OptionalReasonBody(Body):
    """Why, if there is a reason to keep."""

    reason: str = Field(default=DISCARD_REASON, min_length=1, max_length=2000)


class DecisionBody(Body):
    """One decision on several held items (`discard` also on dead letters): all of them, or none."""

    verb: Literal["approve", "reject", "discard"]
    ids: list[ItemId] = Field(min_length=1, max_length=1000)
    reason: str | None = Field(default=None, min_length=1, max_length=2000)

    @model_validator(mode="after")
    def _has_reason(self) -> Self:
        if self.verb == "reject" and self.reason is None:
            raise ValueError("reject needs a reason: it is what the writer should do differently")
        return self


class RetryBody(Body):
    """Which dead letters: exactly one of the three."""

    ids: list[ItemId] | None = Field(default=None, min_length=1, max_length=1000)
    group: str | None = Field(default=None, max_length=2000)
    all: bool = False

    @model_validator(mode="after")
    def _names_exactly_one(self) -> Self:
        if sum((self.ids is not None, self.group is not None, self.all)) != 1:
            raise ValueError("give exactly one of ids, group and all")
        return self


class BudgetBody(Body):
    """Caps for the running day (also of brains) or month, in dollars; what is not named stays as it is."""

    daily_usd: Dollars | None = None
    monthly_usd: Dollars | None = None
    per_brain_daily_usd: dict[Literal["left", "right", "memory"], Dollars] = Field(default_factory=dict)

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
    """A source to add: a feed's URL or file path, or `@account`."""

    address: str = Field(min_length=1, max_length=4096)
    name: str | None = Field(default=None, max_length=200)
    every: Seconds | None = None
    tags: list[Tag] = Field(default_factory=list, max_length=50)


class OpmlBody(Body):
    """An OPML document."""

    opml: str = Field(min_length=1, max_length=5_000_000)


class BackupBody(Body):
    """Where the copy goes: an absolute path on the daemon's machine that is not there yet."""

    path: Path

    @model_validator(mode="after")
    def _is_absolute(self) -> Self:
        if not self.path.is_absolute():
            raise ValueError("path must be absolute")
        return self


class PostedAnswer(BaseModel):
    """The item; `new` is false when it was on the board already."""

    id: str
    new: bool
    state: str | None


class RevivedAnswer(BaseModel):
    """How many dead letters are back at work."""

    revived: int


class ApprovedAnswer(BaseModel):
    """How many held items go on to be published."""

    approved: int


class RejectedAnswer(BaseModel):
    """How many held items are written anew."""

    rejected: int


class DiscardedAnswer(BaseModel):
    """How many items were dropped."""

    discarded: int


class RemovedAnswer(BaseModel):
    """The address of the source that was removed."""

    removed: str


class ImportedAnswer(BaseModel):
    """How many feeds are new, how many were there already, and what could not be read."""

    added: int
    known: int
    problems: list[str]


class BackupAnswer(BaseModel):
    """The copy."""

    path: str
    bytes: int


class PausedAnswer(BaseModel):
    """Whether work is claimed."""

    paused: bool


class RebuildAnswer(BaseModel):
    """How many posts the memory is being filled with."""

    to_remember: int


class HealthAnswer(BaseModel):
    """The daemon answers."""

    status: str
    timestamp: str
    version: str


class SystemHealth(BaseModel):
    """The machine."""

    cpu_percent: float
    memory_percent: float
    memory_available_mb: float


class DetailedHealthAnswer(BaseModel):
    """How every part is. `status` is `degraded` as soon as one part, or the level, is not normal."""

    status: str
    timestamp: str
    version: str
    level: str
    system: SystemHealth
    services: dict[str, dict[str, object]]
