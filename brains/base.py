"""The contract of a brain: it gets work, it answers an outcome. It never writes to the board."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from brains.llm.base import CallContext
from daemon.blackboard.records import Claim, NewArtifact, SettledCall


@dataclass(frozen=True, slots=True)
class Advanced:
    """The step is done."""

    artifacts: Sequence[NewArtifact] = ()
    calls: Sequence[SettledCall] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The draft does not pass; `reasons` go back to the writer, one sentence each."""

    reasons: Sequence[str]
    artifacts: Sequence[NewArtifact] = ()
    calls: Sequence[SettledCall] = ()


@dataclass(frozen=True, slots=True)
class Discarded:
    """The item is for nobody: `reason` says why (duplicate, too short, off topic)."""

    reason: str
    artifacts: Sequence[NewArtifact] = ()
    calls: Sequence[SettledCall] = ()


Outcome = Advanced | Rejected | Discarded


class Brain(Protocol):
    """Does one kind of step."""

    async def run(self, claim: Claim, context: CallContext) -> Outcome:
        """Do the step of `claim`. Raises `OutsideError` or `BrainError`; cancellation passes."""
        ...
