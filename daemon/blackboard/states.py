"""The state machine: states, verbs, and the one table of transitions. Nothing else knows the arrows.

The values are the words in the database. `daemon/ARCHITECTURE.md` shows a diagram made from this table.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an item stands."""

    QUEUED = "QUEUED"
    INGESTING = "INGESTING"
    DRAFTING = "DRAFTING"
    REVIEWING = "REVIEWING"
    PUBLISHING = "PUBLISHING"
    PUBLISHED = "PUBLISHED"
    DISCARDED = "DISCARDED"
    HELD = "HELD"
    DEAD_LETTER = "DEAD_LETTER"


LIVE = frozenset({State.QUEUED, State.INGESTING, State.DRAFTING, State.REVIEWING, State.PUBLISHING})
"""States in which the daemon still has work to do."""

FINAL = frozenset({State.PUBLISHED, State.DISCARDED})
"""States that nothing leaves."""

WAITS_FOR_PERSON = frozenset({State.HELD, State.DEAD_LETTER})
"""States that only a person ends."""


class Step(StrEnum):
    """The work of one state."""

    EXTRACT = "extract"
    DRAFT = "draft"
    REVIEW = "review"
    PUBLISH = "publish"


STEP_OF = {
    State.QUEUED: Step.EXTRACT,
    State.INGESTING: Step.EXTRACT,
    State.DRAFTING: Step.DRAFT,
    State.REVIEWING: Step.REVIEW,
    State.PUBLISHING: Step.PUBLISH,
}


class Verb(StrEnum):
    """What can be done to an item; each is one method of the engine and one guarded UPDATE."""

    CLAIM = "claim"
    ADVANCE = "advance"
    REJECT = "reject"
    HOLD = "hold"
    DISCARD = "discard"
    BURY = "bury"
    REVIVE = "revive"
    EDIT = "edit"
    APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of the diagram."""

    verb: Verb
    source: State
    target: State
    by: str
    """`worker` or `person`."""
    label: str


TRANSITIONS = (
    Transition(Verb.CLAIM, State.QUEUED, State.INGESTING, "worker", "claim"),
    Transition(Verb.ADVANCE, State.INGESTING, State.DRAFTING, "worker", "knowledge"),
    Transition(Verb.ADVANCE, State.DRAFTING, State.REVIEWING, "worker", "draft"),
    Transition(Verb.ADVANCE, State.REVIEWING, State.PUBLISHING, "worker", "pass"),
    Transition(Verb.ADVANCE, State.PUBLISHING, State.PUBLISHED, "worker", "published"),
    Transition(Verb.REJECT, State.REVIEWING, State.DRAFTING, "worker", "reject, with reasons"),
    Transition(Verb.HOLD, State.REVIEWING, State.HELD, "worker", "rounds used up, approval wanted"),
    Transition(Verb.HOLD, State.PUBLISHING, State.HELD, "worker", "outcome unknown"),
    Transition(Verb.DISCARD, State.INGESTING, State.DISCARDED, "worker", "duplicate, off topic"),
    *(
        Transition(Verb.BURY, state, State.DEAD_LETTER, "worker", "permanent, or retries used up")
        for state in (State.INGESTING, State.DRAFTING, State.REVIEWING, State.PUBLISHING)
    ),
    *(
        Transition(Verb.REVIVE, State.DEAD_LETTER, state, "person", "revive")
        for state in (State.INGESTING, State.DRAFTING, State.REVIEWING, State.PUBLISHING)
    ),
    Transition(Verb.EDIT, State.DEAD_LETTER, State.QUEUED, "person", "edit"),
    Transition(Verb.DISCARD, State.DEAD_LETTER, State.DISCARDED, "person", "discard"),
    Transition(Verb.APPROVE, State.HELD, State.PUBLISHING, "person", "approve"),
    Transition(Verb.REJECT, State.HELD, State.DRAFTING, "person", "reject"),
    Transition(Verb.DISCARD, State.HELD, State.DISCARDED, "person", "discard"),
)


def targets(verb: Verb, source: State) -> frozenset[State]:
    """Where `verb` may lead from `source`; empty when it is not allowed there."""
    return frozenset(t.target for t in TRANSITIONS if t.verb is verb and t.source is source)


def sources(verb: Verb, *, by: str) -> frozenset[State]:
    """The states from which `verb` is allowed to `by` (`worker` or `person`)."""
    return frozenset(t.source for t in TRANSITIONS if t.verb is verb and t.by == by)
