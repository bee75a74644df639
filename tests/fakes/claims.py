"""Claims as a worker holds them, made without a board."""

from collections.abc import Mapping, Sequence
from typing import Any

from brains.llm.base import CallContext
from daemon.blackboard.records import Artifact, Claim, Item, NewArtifact, Observation
from daemon.blackboard.states import State
from daemon.resilience.attempts import LocalAttempts

PUBLISHED_AT = 1_795_132_800.0
"""2026-11-20, 00:00 UTC."""


def make_claim(
    text: str,
    *,
    title: str = "",
    state: State = State.INGESTING,
    artifacts: Sequence[NewArtifact] = (),
    round_: int = 0,
    seen: Mapping[str, Any] | None = None,
    **item: Any,
) -> Claim:
    """A claim on an item with this text. `seen` and `item` set further fields of the observation and the item."""
    observation = Observation(**({"title": title, "text": text, "published_at": PUBLISHED_AT} | dict(seen or {})))
    fields = {"id": "06c2r5x9k1v7q", "url": "https://news.example/story", "source_id": 1, "source": "Harbor Gazette"}
    row = Item(
        state=state, title=title, round=round_, attempts=0, epoch=1, created_at=0.0, updated_at=0.0, available_at=0.0,
        **(fields | item),
    )  # fmt: skip
    stored = tuple(
        Artifact(at, row.id, new.kind, round_, new.model, new.content, 0.0) for at, new in enumerate(artifacts, 1)
    )
    return Claim(row, "worker-1", observation, stored)


def make_context(claim: Claim) -> CallContext:
    return CallContext(claim.item.id, claim.item.round, claim.item.epoch, LocalAttempts())
