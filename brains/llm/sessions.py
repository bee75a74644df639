"""Conversations of several turns: at one endpoint, with their history and a budget of their own."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import BaseModel

from brains.llm.base import Answer, ModelRequest, Turn
from brains.llm.inquiry import Answered
from brains.llm.purse import Purse
from brains.llm.routing import Stop, pools_in
from daemon.core.errors import ConfigError

Ask = Callable[[ModelRequest, Sequence[Stop]], Awaitable[Answered]]


class Session:
    """One conversation. It stays where its first turn was answered.

    When that endpoint fails, the turn is asked whole, with the history, of the next one, and the session stays there.
    After a restart the same turns are found again in the ledger, and cost nothing. One turn at a time.
    """

    def __init__(self, ask: Ask, *, task: str, brain: str, system: str, stops: Sequence[Stop], purse: Purse) -> None:
        self._ask = ask
        self._task = task
        self._brain = brain
        self._system = system
        self._stops = list(stops)
        self._purse = purse
        self._turns: tuple[Turn, ...] = ()
        self.endpoint: str | None = None
        """Where it is; None before the first answer."""

    @property
    def turns(self) -> Sequence[Turn]:
        """What was said so far, oldest first."""
        return self._turns

    @property
    def spent_micro(self) -> int:
        """Micro-dollars its calls have cost; those of unknown outcome count with what was set aside."""
        return self._purse.spent_micro

    async def ask(
        self, prompt: str, *, schema: type[BaseModel], prompt_version: str, max_tokens: int = 4096
    ) -> Answer[Any]:
        """The next turn. One that fails changes nothing, and may be asked again.

        Raises what `Gateway.ask` raises, and `BudgetExceededError` without `until` when the session's turns or dollars
        are used up.
        """
        self._purse.require_turn()
        request = ModelRequest(
            task=self._task,
            brain=self._brain,
            system=self._system,
            prompt=prompt,
            schema=schema,
            prompt_version=prompt_version,
            max_tokens=max_tokens,
            turns=self._turns,
        )
        answered = await self._ask(request, self._in_order())
        said = answered.answer.value.model_dump_json(by_alias=True)
        self._turns = (*self._turns, Turn("user", prompt), Turn("assistant", said))
        self._purse.turns += 1
        self.endpoint = answered.endpoint
        return answered.answer

    def _in_order(self) -> list[Stop]:
        """Where the session is comes first."""
        return sorted(self._stops, key=lambda stop: stop.name != self.endpoint)


def stops_for_session(task: str, *, group: str, stops: Sequence[Stop]) -> list[Stop]:
    """The stops that can converse. Raises `ConfigError` when a pool is among them, or when there is none."""
    if pools := pools_in(stops):
        raise ConfigError(
            f"llm.roles.{task}: {group} has the pool {pools[0]}, and pools answer single turns only; "
            f"for a session, name a group whose echelons list models instead of {pools[0]}"
        )
    networked = [stop for stop in stops if not stop.is_local]
    if not networked:
        raise ConfigError(f"llm.roles.{task}: no model of {group} can hold a conversation; add one with a provider")
    return networked
