"""A source that was added, and how its feed was found."""

from typing import Literal

from pydantic import Field

from daemon.api.answers.base import Answer
from daemon.api.answers.sources import SourceAnswer


class OtherFeed(Answer):
    """A further feed of the site; nobody has looked whether it is there."""

    address: str
    """Its URL, without what is secret in it."""
    title: str
    """What the page calls it; may be empty."""
    format: str | None
    """RSS, Atom, RDF or JSON Feed; null where that is not told."""
    source_id: int | None
    """The source that it became, when all were wanted."""


class DiscoveryAnswer(Answer):
    """How the feed of an address was found."""

    asked: str
    """The address that was given, without what is secret in it."""
    how: Literal["feed", "rule", "announced", "tried", "given"]
    """`feed`: it is a feed's; `rule`: its site has feeds by a rule; `announced`: by its page; `tried`: where feeds
    usually stand; `given`: nobody could look, and it was taken as it is."""
    title: str
    """What the feed calls itself; may be empty."""
    format: str | None
    """RSS, Atom, RDF or JSON Feed; null when nobody could look."""
    entries: int | None = Field(ge=0)
    """How many entries it has; null when nobody could look."""
    warning: str | None
    """What there is to know before it is relied on."""
    others: list[OtherFeed]
    """Further feeds of the site."""


class AddedSourceAnswer(SourceAnswer):
    """The source, as it stands on the board now."""

    is_new: bool
    """False for one that was there already: it is left as it was, whatever was wished."""
    discovery: DiscoveryAnswer | None
    """How its feed was found; null where nobody was to look, or the source was there already."""
    secret: str | None = None
    """Of a new webhook: what its deliveries are signed with; told this once."""
