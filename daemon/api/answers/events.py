"""What happened: events of the board."""

from typing import Annotated

from pydantic import ConfigDict, Field

from daemon.api.answers.base import Answer, Document, Documented, Moment
from daemon.blackboard.states import State


class FailureData(Answer):
    """Why something failed."""

    error_class: str
    """The class of the error, such as `RateLimitedError`."""
    message: str
    """What went wrong, in a sentence."""
    traceback: str
    """Python's own; empty when there is none."""
    remedy: str
    """What may be done about it: retry, wait, shrink, repair, final."""
    group: str
    """What all failures of this kind have in common."""
    endpoint: str | None
    """Who failed; null when it was ourselves."""
    status: int | None
    """The HTTP status; null without one."""


class Gist(Answer):
    """The little of an artifact that shows the work; more fields by its kind."""

    model_config = ConfigDict(extra="allow")

    kind: str
    """knowledge, draft, review or post."""
    model: str | None
    """The model that made it; null when none took part."""


class EventData(Answer):
    """What an event tells. Which fields are there depends on its type; the common ones are described here."""

    model_config = ConfigDict(extra="allow")

    by: str | None = None
    """Who did it: `cli`, `api`, `dashboard`, `sensor`, `config`, or a worker's number."""
    reason: str | None = None
    """Why it was held, discarded, put back or changed."""
    reasons: list[str] = Field(default_factory=list)
    """Why a draft was sent back."""
    failure: Annotated[Document, Documented(FailureData)] = Field(default_factory=dict)
    """Why a request, or the whole item, failed."""
    made: list[Annotated[Document, Documented(Gist)]] = Field(default_factory=list)
    """What the step produced, in short."""
    title: str = ""
    """Of a posted item."""
    source_id: int | None = None
    """The source; null for what a person posted."""
    call_id: int | None = None
    """The call; null when it was entered complete."""
    cost_usd: float | None = None
    """Dollars; null when it is not known."""
    latency_ms: int | None = None
    """Milliseconds to the whole answer."""
    sink: str = ""
    """Where a post goes."""
    location: str | None = None
    """Where a post is."""
    waits_for: str | None = None
    """What an item that was put back waits for: budget, burn, breaker, batch, turn, article."""


class EventAnswer(Answer):
    """One event of the board; ids grow by one."""

    id: int = Field(ge=1)
    """Its number, by which streams resume."""
    type: str = Field(examples=["item_advanced"])
    """What happened, such as `item_posted`, `call_settled`, `control_set`."""
    item_id: str | None
    """The item it happened to; null when it was none."""
    from_: State | None = Field(alias="from")
    """The item's state before; null when it has none."""
    to: State | None
    """The item's state after; null when it has none."""
    at: Moment
    """When it was committed."""
    data: Annotated[Document, Documented(EventData)]
    """More, by its type."""
