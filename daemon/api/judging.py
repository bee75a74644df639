"""What a person says of posts, as a person's verbs."""

from typing import Any

from daemon.blackboard.feedback import About, FeedbackKeeper, NewFeedback, Verdict
from daemon.blackboard.reading.feedback import as_document
from daemon.core.errors import UsageError

Document = dict[str, Any]


class FeedbackSwitch:
    """Gives and withdraws verdicts on the board."""

    def __init__(self, engine: FeedbackKeeper, *, by: str) -> None:
        self._engine = engine
        self._by = by

    async def give(self, item_id: str, *, verdict: str, about: str = "post", **words: str) -> Document:
        """Keep a verdict (`up`, `down`) about a `post`, `sentence` or `claim`; `words`: passage, reason, corrected.

        The verdict as it stands on the board. Raises `UsageError`, and what `Engine.give_feedback` raises.
        """
        try:
            new = NewFeedback(item_id, Verdict(verdict), About(about), **words)
        except ValueError as error:
            raise UsageError(f"{error}: a verdict is up or down, about a post, sentence or claim") from error
        return as_document(await self._engine.give_feedback(new, by=self._by))

    async def withdraw(self, number: int) -> Document:
        """Take a verdict back: `{"withdrawn": 1}`, or 0 when it is gone already."""
        return {"withdrawn": int(await self._engine.withdraw_feedback(number, by=self._by))}
