"""The contract of a sink, and the post it gets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A sentence of the post and the words of the source that support it."""

    sentence: str
    source: str


@dataclass(frozen=True, slots=True)
class Post:
    """A finished post. Built from the board alone, so that building it again gives the same bytes.

    `published_at` is the time of the first intent. `slug` is safe as a file name and unique (it ends in the item id).
    `link` comes from the item record, never from a model. `body` is Markdown.
    """

    item_id: str
    slug: str
    title: str
    summary: str
    body: str
    published_at: float
    source: str | None
    link: str | None
    language: str
    tags: Sequence[str] = ()
    models: Sequence[str] = ()
    cost_usd: float | None = 0.0
    is_digest: bool = False
    """Written by the offline brain; the post says so."""
    claims: Sequence[CheckedClaim] = field(default_factory=tuple)
    author: str | None = None
    """The author of the source."""
    source_date: float | None = None
    """When the source says that it is from, in epoch seconds; None when it does not say so believably."""


class Sink(Protocol):
    """A place where posts go."""

    name: str
    can_look_up: bool
    """`look_up` is reliable (local files), so a send of unknown outcome can be settled without a person."""

    async def look_up(self, post: Post, *, key: str) -> str | None:
        """Where the post already is at this sink, or None."""
        ...

    async def send(self, post: Post, *, key: str) -> str:
        """Publish it; answers where it is. Raises `PublishError` (certainly not there) or `OutcomeUnknownError`."""
        ...

    async def flush(self) -> None:
        """Write what was put off (feeds are rewritten at most once a second)."""
        ...

    async def close(self) -> None:
        """Flush and close."""
        ...
