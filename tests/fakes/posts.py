"""Posts and board records for tests, with one thing changed at a time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from daemon.blackboard.records import Artifact, Item, Observation
from daemon.blackboard.states import State
from daemon.publish.base import CheckedClaim, Post

ITEM_ID = "06c2r5x9k1v7q"
AT = 1_795_000_000.0
"""2026-11-18T11:06:40Z"""

_POST = Post(
    item_id=ITEM_ID,
    slug=f"solar-record-{ITEM_ID}",
    title="Solar farms set a record",
    summary="Almost half of the midday load came from the sun.",
    body='Solar plants delivered **47.3%** of the load.\n\n> "Not before 2028," said Ana Ruiz.',
    published_at=AT,
    source="Grid Weekly",
    link="https://example.org/solar?x=1&y=2",
    language="en",
    tags=("energy", "solar power"),
    models=("claude-sonnet-5-5",),
    cost_usd=0.0123,
    claims=(CheckedClaim("Solar plants delivered 47.3% of the load.", "solar delivered 47.3 % of load"),),
    author="Jane Doe",
)

_DRAFT: Mapping[str, Any] = {
    "language": "en",
    "title": "Solar farms set a record",
    "summary": "Almost half of the load.",
    "body": "Solar plants delivered 47.3% of the load.",
    "topics": ["solar power", "Energy"],
    "provider": "anthropic",
    "model": "claude-sonnet-5-5",
}


def a_post(**changes: Any) -> Post:
    """A whole post."""
    return replace(_POST, **changes)


def an_item(**changes: Any) -> Item:
    """An item in PUBLISHING."""
    item = Item(
        id=ITEM_ID,
        state=State.PUBLISHING,
        title="Solar record",
        url="https://example.org/solar",
        source_id=1,
        source="Grid Weekly",
        round=0,
        attempts=0,
        epoch=4,
        created_at=AT - 100,
        updated_at=AT,
        available_at=AT - 100,
        cost_micro=12_300,
        tags=("energy",),
    )
    return replace(item, **changes)


def an_observation(**changes: Any) -> Observation:
    """What the sensor saw."""
    return replace(Observation(title="Solar record", text="…", language="en", author="Jane Doe"), **changes)


def an_artifact(kind: str, content: Mapping[str, Any], *, number: int = 1) -> Artifact:
    """A stored artifact."""
    return Artifact(
        id=number, item_id=ITEM_ID, kind=kind, round=0, model="m", content=content, created_at=AT - 10 + number
    )


def a_draft(*, number: int = 1, **changes: Any) -> Artifact:
    """A draft artifact."""
    return an_artifact("draft", {**_DRAFT, **changes}, number=number)
