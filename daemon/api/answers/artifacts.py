"""What the steps produced."""

from typing import Annotated, Literal

from pydantic import Field

from brains.schemas import EntityKind, FaultKind
from daemon.api.answers.base import Answer, Document, Documented, Moment


class FindingContent(Answer):
    """A statement of fact the source makes."""

    statement: str
    """One fact, in the language of the source."""
    evidence: str
    """The sentence of the source that supports it, verbatim."""


class EntityContent(Answer):
    """A name in the source."""

    name: str
    """As the source writes it."""
    kind: EntityKind
    """What kind of thing it stands for."""


class FigureContent(Answer):
    """A number in the source."""

    value: str
    """With its unit, as the source writes it."""
    meaning: str
    """What it measures."""
    evidence: str
    """The sentence of the source it stands in, verbatim."""


class DateContent(Answer):
    """A date in the source."""

    text: str
    """As the source writes it."""
    iso: str | None
    """YYYY-MM-DD, YYYY-MM or YYYY; null when it is not certain."""
    evidence: str
    """The sentence of the source it stands in, verbatim."""


class QuoteContent(Answer):
    """Words the source puts in quotation marks."""

    text: str
    """Verbatim, without the marks."""
    speaker: str | None
    """As the source names them; null when it does not."""


class KnowledgeContent(Answer):
    """What the left brain extracted."""

    gist: str
    """What the item is about, in one sentence."""
    language: str
    """Of the source: en, zh, …"""
    claims: list[FindingContent]
    """Statements of fact."""
    entities: list[EntityContent]
    """Names."""
    numbers: list[FigureContent]
    """Numbers."""
    dates: list[DateContent]
    """Dates."""
    quotes: list[QuoteContent]
    """Quotations."""
    topics: list[str]
    """Short key phrases."""
    discard_reason: str | None
    """Why there is nothing to write about; null when there is."""


class MemoryContent(Answer):
    """An earlier post that was recalled while the draft was written."""

    item_id: str
    """Its item."""
    title: str
    """Its title."""
    text: str
    """The beginning of its text."""
    url: str | None
    """The source's address; null when it has none."""
    published_at: float
    """Seconds since the epoch."""


class DraftContent(Answer):
    """What the right brain wrote."""

    title: str
    """The post's title."""
    body: str
    """Markdown, without title, links and images."""
    language: str
    """Of the draft."""
    summary: str
    """One or two sentences."""
    topics: list[str]
    """Short key phrases."""
    memories: list[MemoryContent]
    """What was recalled for it."""
    memory_degraded: bool
    """The memory did not answer, so nothing was recalled."""
    examples: list[int] = Field(default_factory=list)
    """The numbers of the verdicts that the writer was shown as examples."""
    provider: str
    """Whose model wrote it; `offline` for a digest."""
    model: str
    """Which model wrote it."""


class FaultContent(Answer):
    """One thing wrong with a draft."""

    kind: FaultKind
    """What kind of fault."""
    sentence: str
    """The sentence of the draft, verbatim."""
    reason: str
    """What is wrong, and what the source says instead."""


class EvidenceContent(Answer):
    """A sentence and the words of the source that support it."""

    sentence: str
    """Of the draft."""
    source: str
    """Words of the source, verbatim."""


class ReviewContent(Answer):
    """The check of one draft."""

    passed: bool
    """It may be published."""
    faults: list[FaultContent]
    """What it was sent back for."""
    evidence: list[EvidenceContent]
    """What supports each checked sentence."""
    sentences_checked: int
    """How many sentences needed evidence."""
    judged_by: str
    """`grounding` alone, or the model that judged the rest."""


class PostContent(Answer):
    """The post as it was published."""

    item_id: str
    """The item it was made of."""
    title: str
    """Its title."""
    slug: str
    """The readable part of its file's name; ends in the item's id."""
    summary: str
    """One or two sentences, plain text."""
    body: str
    """Markdown."""
    published_at: float
    """When it was first meant to be published, seconds since the epoch."""
    source: str | None
    """The source's name; null for what a person posted without an address."""
    link: str | None
    """The source's address; null when it has none."""
    language: str
    """Of the post; `und` when it is not known."""
    tags: list[str]
    """Of the source, and the draft's topics."""
    models: list[str]
    """The models that took part."""
    cost_usd: float | None
    """Dollars; null when the price of a call is not known."""
    is_digest: bool
    """Written by the offline brain."""
    claims: list[EvidenceContent]
    """Its sentences with their evidence."""
    author: str | None
    """The author of the source; null when it names none."""
    source_date: float | None = None
    """When the source says that it is from, seconds since the epoch; null when it does not say, or nobody asked yet."""


class _Artifact(Answer):
    round: int = Field(ge=0)
    """0 for the first draft; one more each time it is sent back."""
    model: str | None
    """The model that made it; null when no model took part."""
    created_at: Moment
    """When the step ended."""


class KnowledgeArtifact(_Artifact):
    """What the left brain extracted."""

    kind: Literal["knowledge"]
    """What it is."""
    content: Annotated[Document, Documented(KnowledgeContent)]
    """The knowledge."""


class DraftArtifact(_Artifact):
    """What the right brain wrote."""

    kind: Literal["draft"]
    """What it is."""
    content: Annotated[Document, Documented(DraftContent)]
    """The draft."""


class ReviewArtifact(_Artifact):
    """What the left brain said of a draft."""

    kind: Literal["review"]
    """What it is."""
    content: Annotated[Document, Documented(ReviewContent)]
    """The review."""


class PostArtifact(_Artifact):
    """What was published."""

    kind: Literal["post"]
    """What it is."""
    content: Annotated[Document, Documented(PostContent)]
    """The post."""


ArtifactAnswer = Annotated[
    KnowledgeArtifact | DraftArtifact | ReviewArtifact | PostArtifact, Field(discriminator="kind")
]
"""What a step produced; `kind` tells which form `content` has."""
