"""What the brains learn from people: examples of earlier verdicts, and what was said of the item at hand itself.

Examples stand at the head of the task and change only when somebody judges a post, so that a provider's prompt cache
goes on working. Neither they nor what was said of the item belong to what a request is known by: a step that starts
again after a verdict was given finds its paid answer.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from brains.envelope import Envelope
from daemon.blackboard.records import Item

Verdict = Mapping[str, Any]

NO_EXAMPLES: Final = "There are no examples."
_LABEL: Final = "examples"
_SHOWN: Final = ("about", "verdict", "title", "before", "after", "reason")


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a step is told of what people said.

    `examples`: verdicts on other items, `{"id", "about", "verdict", "title", "before", "after", "reason", …}`, in the
    order in which they are shown. `own`: what was found wrong with this item,
    `{"about", "passage", "reason", "corrected", …}`.
    """

    examples: Sequence[Verdict] = ()
    own: Sequence[Verdict] = ()


NOTHING: Final = Lessons()


class LessonBook(Protocol):
    """Where the brains look up what people said."""

    async def of(self, item: Item, *, brain: str) -> Lessons:
        """What `brain` (`left` or `right`) is told for this item. Never raises what failed: then there is nothing."""
        ...


class NoLessons:
    """Nobody ever said anything."""

    async def of(self, item: Item, *, brain: str) -> Lessons:
        """Nothing."""
        del item, brain
        return NOTHING


def seal_examples(examples: Sequence[Verdict], *, seed: str) -> str:
    """The examples in an envelope of their own, the same bytes for every item.

    Its code is a hash of all that stands in it, so no part of it can know the code.
    """
    if not examples:
        return NO_EXAMPLES
    text = "\n".join(json.dumps(_shown(one), ensure_ascii=False) for one in examples)
    return Envelope(hashlib.sha256(text.encode()).hexdigest(), 0, seed).seal(text, label=_LABEL)


def faults_in(own: Sequence[Verdict]) -> list[dict[str, str]]:
    """What people found wrong with this item, as faults for the writer; `kind` is `editor`."""
    return [
        {"kind": "editor", "sentence": one["passage"], "reason": " ".join(_wrong(one))}
        for one in own
        if one["passage"] or one["reason"] or one["corrected"]
    ]


def corrections_in(own: Sequence[Verdict]) -> list[dict[str, str]]:
    """What should be said instead of a sentence or claim, `{"sentence", "corrected"}`."""
    return [
        {"sentence": one["passage"], "corrected": one["corrected"]}
        for one in own
        if one["passage"] and one["corrected"]
    ]


def _wrong(one: Verdict) -> Iterator[str]:
    if one["reason"]:
        yield one["reason"]
    elif one["passage"]:
        yield "A person marked this as wrong."
    if one["corrected"]:
        yield f"It should say: {one['corrected']}"


def _shown(one: Verdict) -> dict[str, Any]:
    return {key: one[key] for key in _SHOWN if one[key]}
