"""What a person says of a post, a sentence in it, or a claim of the knowledge: frozen records and their limits."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from daemon.core.errors import UsageError
from daemon.core.redaction import scrub_text
from daemon.core.texts import writable

LONGEST_PASSAGE: Final = 4_000
LONGEST_REASON: Final = 2_000
LONGEST_CORRECTED: Final = 20_000
"""In characters; a corrected text may be a whole post."""
_MARKS: Final = str.maketrans("", "", "*_`#>\\")


class About(StrEnum):
    """What is judged."""

    POST = "post"
    SENTENCE = "sentence"
    """A sentence of the newest post, or of the newest draft before there is one."""
    CLAIM = "claim"
    """A statement of the newest knowledge."""


class Verdict(StrEnum):
    """Thumbs."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """A verdict as it is given. `passage` is the sentence or claim, verbatim, and empty for a post.

    `corrected`: what it should say instead; only what is wrong has one.
    """

    item_id: str
    verdict: Verdict
    about: About = About.POST
    passage: str = ""
    reason: str = ""
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict as it stands on the board: one for each item, subject and passage. `at` is in epoch seconds."""

    id: int
    item_id: str
    title: str
    """The item's."""
    about: About
    passage: str
    verdict: Verdict
    reason: str
    corrected: str
    by: str
    at: float


def as_kept(new: NewFeedback) -> NewFeedback:
    """The verdict as it may stand on the board: in one form, with personal data and secrets in a person's words hidden.

    Raises `UsageError` for one that is too long, or whose parts do not belong together.
    """
    kept = replace(
        new,
        passage=writable(" ".join(new.passage.split())),
        reason=scrub_text(writable(new.reason.strip())),
        corrected=scrub_text(writable(new.corrected.strip())),
    )
    _check_lengths(kept)
    _check_parts(kept)
    return kept


def bare(text: str) -> str:
    """The words of a text without Markdown's marks and line ends: as a person who reads it would copy them."""
    return " ".join(text.translate(_MARKS).split())


def _check_lengths(new: NewFeedback) -> None:
    limits = {
        "the passage": (new.passage, LONGEST_PASSAGE),
        "the reason": (new.reason, LONGEST_REASON),
        "the corrected text": (new.corrected, LONGEST_CORRECTED),
    }
    for name, (text, longest) in limits.items():
        if len(text) > longest:
            raise UsageError(f"{name} has {len(text):,} characters; at most {longest:,} are kept")


def _check_parts(new: NewFeedback) -> None:
    if new.about is About.POST and new.passage:
        raise UsageError("a verdict on a whole post names no passage; say `sentence` or `claim` to judge one")
    if new.about is not About.POST and not any(map(str.isalnum, new.passage)):
        raise UsageError(f"name the {new.about} that is meant, word for word")
    if new.corrected and new.verdict is Verdict.UP:
        raise UsageError("what is right needs no corrected text; give it the verdict `down`")
    if new.corrected and bare(new.corrected) == bare(new.passage):
        raise UsageError("the corrected text says the same as the passage")


class FeedbackKeeper(Protocol):
    """The part of the board's contract that keeps feedback; every `Engine` has it."""

    async def give_feedback(self, new: NewFeedback, *, by: str) -> Feedback:
        """Keep a verdict; the same again changes nothing, another one on the same replaces it (and its time).

        Raises `NotFoundError` for an unknown item, `WrongStateError` for one that has no draft (or knowledge) yet, and
        `UsageError` for a passage that is neither in its newest post or draft nor a claim of its newest knowledge.
        """
        ...

    async def withdraw_feedback(self, number: int, *, by: str) -> bool:
        """Take a verdict back; False when there is none of that number (any more)."""
        ...
