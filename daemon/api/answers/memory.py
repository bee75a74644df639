"""The memory."""

from typing import Literal

from pydantic import Field

from daemon.api.answers.base import Answer, Moment


class MemoryAnswer(Answer):
    """How the memory is."""

    mode: Literal["embedded", "http", "off"]
    """Where it is kept."""
    status: Literal["ok", "degraded", "off"]
    """Whether it answers."""
    size: int | None = Field(ge=0)
    """Posts it holds; null when it does not answer."""
    waiting: int = Field(ge=0)
    """Published posts it has not taken yet."""
    error: str | None
    """Why it does not answer; null when it does."""


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
