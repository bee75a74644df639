"""What people said of posts."""

from typing import Literal

from pydantic import Field

from daemon.api.answers.base import Answer, Moment


class FeedbackAnswer(Answer):
    """One verdict."""

    id: int = Field(ge=1)
    """Its number."""
    item_id: str
    """The item it is about."""
    title: str
    """The item's title."""
    about: Literal["post", "sentence", "claim"]
    """What of it is judged: the whole post, a sentence of it, or a claim of the knowledge."""
    passage: str
    """The sentence or claim; empty for a post."""
    verdict: Literal["up", "down"]
    """Thumbs."""
    reason: str
    """Why, in the person's words; empty when no reason was given."""
    corrected: str
    """What it should say instead; empty when nothing was."""
    by: str = Field(examples=["dashboard"])
    """Through what it was given."""
    at: Moment
    """When it was given, or changed last."""


class SourceVerdicts(Answer):
    """The verdicts on the items of a source."""

    source_id: int | None
    """The source's number; null for what people posted."""
    source: str | None
    """Its name."""
    up: int = Field(ge=0)
    """Thumbs up."""
    down: int = Field(ge=0)
    """Thumbs down."""
    corrected: int = Field(ge=0)
    """Those with a corrected text."""


class VerdictCounts(Answer):
    """All verdicts there are."""

    up: int = Field(ge=0)
    """Thumbs up."""
    down: int = Field(ge=0)
    """Thumbs down."""
    corrected: int = Field(ge=0)
    """Those with a corrected text."""
    by_source: list[SourceVerdicts]
    """The same by source, the one with the most thumbs down first."""


class SourceTrust(SourceVerdicts):
    """How far a source is trusted, by the verdicts on its items."""

    published: int = Field(ge=0)
    """Of its newest 200 items."""
    held: int = Field(ge=0)
    """Of its newest 200 items."""
    discarded: int = Field(ge=0)
    """Of its newest 200 items."""
    trust: float | None = Field(ge=0, le=1, examples=[0.75])
    """`(up + 1) / (up + down + 2)`."""


class FeedbackPage(Answer):
    """A page of verdicts, with the sums of all."""

    feedback: list[FeedbackAnswer]
    """The newest first."""
    next: str | None
    """What to give as `at` for the page behind; null at the end."""
    previous: str | None
    """What to give as `at` for the page before; null at the begin."""
    counts: VerdictCounts
    """Of all verdicts, whatever page or filter."""
    trust: list[SourceTrust]
    """The sources whose posts were judged, the least trusted first."""


class WithdrawnAnswer(Answer):
    """A verdict was taken back."""

    withdrawn: int = Field(ge=0, le=1)
    """0 when it was gone already."""
