"""The memory."""

from typing import Literal

from pydantic import Field

from daemon.api.answers.base import Answer, Moment


class RebuildFigures(Answer):
    """What filling it anew takes."""

    posts: int = Field(ge=0)
    """Posts to remember."""
    tokens: int = Field(ge=0)
    """Tokens to make vectors of, guessed from the newest posts; 0 where the model is our own."""
    cost_usd: float | None = Field(ge=0)
    """What that costs in dollars; null when the price is not known."""


class MemoryAnswer(Answer):
    """How the memory is."""

    mode: Literal["embedded", "http", "off"]
    """Where it is kept."""
    status: Literal["ok", "degraded", "off"]
    """Whether it answers."""
    size: int | None = Field(ge=0)
    """Posts it holds; null when it does not answer."""
    published: int = Field(ge=0)
    """Posts that were published."""
    remembered: int = Field(ge=0)
    """Those of them that it has taken, as the board knows."""
    waiting: int = Field(ge=0)
    """Published posts it has not taken yet."""
    waiting_since: Moment | None
    """When the first of those was published; null when none waits."""
    bytes: int | None = Field(ge=0)
    """Of its files; null where a server keeps them, or it is off."""
    model: str | None
    """The embedding model; null when it is off."""
    filled_with: str | None
    """The embedding model of what is in it; null when there never was one."""
    rebuild: RebuildFigures
    """What filling it anew takes."""
    error: str | None
    """Why it does not answer; null when it does."""
    degraded_since: Moment | None
    """Since when it is degraded; null when it is not."""


class FoundMemory(Answer):
    """A post that is near in meaning."""

    item_id: str
    """Its item."""
    title: str
    """Its title."""
    text: str
    """Its text, or the part of it that is near."""
    url: str | None
    """The source's address; null when it has none."""
    language: str | None
    """Of the post; null when it is not known."""
    published_at: Moment
    """When it was published."""
    score: float
    """How near, from -1 to 1; 1 is the same."""


class RebuildAnswer(Answer):
    """The memory is being filled anew."""

    to_remember: int = Field(ge=0)
    """Posts it is being filled with."""
