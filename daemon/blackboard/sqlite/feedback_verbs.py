"""The engine's verbs on what people say of posts, each handed to the writer."""

from daemon.blackboard.feedback import Feedback, NewFeedback
from daemon.blackboard.sqlite import feedback
from daemon.blackboard.sqlite.writer import GroupWriter


class FeedbackVerbs:
    """A person's verdicts."""

    _writer: GroupWriter

    async def give_feedback(self, new: NewFeedback, *, by: str) -> Feedback:
        """Keep a verdict. Raises `NotFoundError`, `WrongStateError` and `UsageError`."""
        return await self._writer.run(feedback.give, new=new, by=by)

    async def withdraw_feedback(self, number: int, *, by: str) -> bool:
        """Take a verdict back; False when it is gone."""
        return await self._writer.run(feedback.withdraw, number=number, by=by)
