"""What the brains hand to each other, and what the models must answer: knowledge, draft, review.

These are sent to the providers as JSON schema, so the descriptions are read by models. `claims` in knowledge are
statements of fact; they have nothing to do with the claim on an item.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Form(BaseModel):
    """Base of all shapes: unknown fields are an error."""

    model_config = ConfigDict(extra="forbid")


class EntityKind(StrEnum):
    """What kind of thing a name stands for."""

    PERSON = "person"
    ORGANIZATION = "organization"
    PLACE = "place"
    PRODUCT = "product"
    WORK = "work"
    OTHER = "other"


class Entity(Form):
    """A name in the source."""

    name: str = Field(description="The name exactly as the source writes it")
    kind: EntityKind


class Finding(Form):
    """A statement of fact the source makes."""

    statement: str = Field(description="One fact, in the language of the source")
    evidence: str = Field(description="The sentence of the source that supports it, copied verbatim")


class Figure(Form):
    """A number in the source."""

    value: str = Field(description="The number with its unit, exactly as the source writes it")
    meaning: str = Field(description="What it measures")
    evidence: str = Field(description="The sentence of the source it stands in, copied verbatim")


class DateMention(Form):
    """A date in the source."""

    text: str = Field(description="The date exactly as the source writes it")
    iso: str | None = Field(default=None, description="YYYY-MM-DD, YYYY-MM or YYYY, when it is certain")
    evidence: str = Field(description="The sentence of the source it stands in, copied verbatim")


class Quote(Form):
    """Words the source puts in quotation marks."""

    text: str = Field(description="The quoted words, copied verbatim, without the quotation marks")
    speaker: str | None = Field(default=None, description="Who said it, as the source names them")


class Knowledge(Form):
    """What the left brain extracts from one item."""

    language: str = Field(description="Language of the source: en, zh, de, …")
    gist: str = Field(description="What the item is about, in one sentence")
    claims: list[Finding] = Field(default_factory=list)
    entities: list[Entity] = Field(default_factory=list)
    numbers: list[Figure] = Field(default_factory=list)
    dates: list[DateMention] = Field(default_factory=list)
    quotes: list[Quote] = Field(default_factory=list)
    topics: list[str] = Field(default_factory=list, description="Two to six short key phrases")
    discard_reason: str | None = Field(
        default=None, description="Set only when there is nothing to write about: empty, advertisement, test entry"
    )


class Draft(Form):
    """What the right brain writes."""

    language: str
    title: str
    summary: str = Field(description="One or two sentences, plain text")
    body: str = Field(description="Markdown. No title, no links, no images, no HTML")
    topics: list[str] = Field(default_factory=list)


class FaultKind(StrEnum):
    """What can be wrong with a sentence of a draft."""

    UNSUPPORTED = "unsupported"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    QUOTE = "quote"
    LINK = "link"
    INSTRUCTION = "instruction"
    FORM = "form"


class Fault(Form):
    """One thing wrong with a draft."""

    kind: FaultKind
    sentence: str = Field(description="The sentence of the draft, copied verbatim")
    reason: str = Field(description="What is wrong and what the source says instead, in one sentence")


class Evidence(Form):
    """A sentence of the draft and the words of the source that support it."""

    sentence: str
    source: str = Field(description="Words of the source, copied verbatim")


class Judgement(Form):
    """What the reviewing model answers, for the sentences it was asked about."""

    faults: list[Fault] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)


class Review(Form):
    """The whole check of one draft: deterministic grounding first, then the model's judgement."""

    passed: bool
    faults: list[Fault] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)
    sentences_checked: int = 0
    judged_by: str = Field(default="grounding", description="`grounding` alone, or the model that judged the rest")
