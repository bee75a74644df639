"""What the board's records say, in the form the brains need it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from brains.envelope import clean, disarm
from brains.grounding.normal_form import fold
from brains.language.blocks import plain_text
from brains.language.detection import guess_language
from brains.language.document import is_from_text
from brains.language.fields import own_words
from brains.language.words import length_in_words
from brains.schemas import Draft, Knowledge
from daemon.blackboard.records import Claim, Observation


def read_knowledge(content: Mapping[str, Any]) -> Knowledge:
    """The knowledge in an artifact, without what is kept beside it."""
    return Knowledge.model_validate(_own_fields(Knowledge, content))


def read_draft(content: Mapping[str, Any]) -> Draft:
    """The draft in an artifact, without what is kept beside it."""
    return Draft.model_validate(_own_fields(Draft, content))


def language_of(claim: Claim) -> str:
    """The language of an item: what its text shows; the feed's word decides only what the text leaves open."""
    seen = claim.observation
    return guess_language(clean(f"{seen.title}\n{seen.text}"), hint=seen.language)


def clean_title(claim: Claim) -> str:
    """The item's title in one line."""
    return " ".join(disarm(claim.observation.title or claim.item.title).split())


def own_text(observation: Observation) -> float:
    """How many words the text has that the title has not; Chinese and Japanese are converted.

    A title that was made from the text takes nothing from it. The names of a record's fields are nobody's words.
    """
    said = own_words(clean(observation.text), title=observation.title)
    text, title = fold(plain_text(said)), fold(observation.title)
    is_beside = title and not is_from_text(observation.title, text=said)
    return length_in_words(text.replace(title, " ") if is_beside else text)


def day_of(at: float | None) -> str:
    """`2026-11-20` (UTC), or that it is not known."""
    return datetime.fromtimestamp(at, UTC).date().isoformat() if at is not None else "on an unknown day"


def _own_fields(shape: type[BaseModel], content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: content[name] for name in shape.model_fields if name in content}
