"""A gateway that answers what a test tells it to."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from brains.llm.base import Answer, CallContext, ModelRequest
from daemon.blackboard.records import SettledCall

Reply = BaseModel | Exception | Callable[[ModelRequest], BaseModel]


class ScriptedGateway:
    """Implements the `Gateway` contract. Replies are used up in order, per task; the last one stays.

    `asked` lists every request, also those that were answered with an error.
    """

    def __init__(
        self,
        replies: dict[str, Sequence[Reply]],
        *,
        provider: str = "fake",
        model: str = "fake-1",
        calls: Sequence[SettledCall] = (),
    ) -> None:
        self._replies = {task: list(listed) for task, listed in replies.items()}
        self._provider = provider
        self._model = model
        self._calls = calls
        self.asked: list[ModelRequest] = []
        self.is_closed = False

    async def ask(self, request: ModelRequest, context: CallContext) -> Answer[Any]:
        self.asked.append(request)
        listed = self._replies[request.task]
        reply = listed.pop(0) if len(listed) > 1 else listed[0]
        if isinstance(reply, Exception):
            raise reply
        value = reply if isinstance(reply, BaseModel) else reply(request)
        return Answer(value, self._provider, self._model, self._calls)

    def ready_at(self, task: str) -> float:
        return 0.0

    async def close(self) -> None:
        self.is_closed = True

    def tasks(self) -> list[str]:
        """The tasks that were asked for, in order."""
        return [request.task for request in self.asked]
