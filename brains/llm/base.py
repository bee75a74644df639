"""The contract between the steps, the gateway and the providers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from daemon.blackboard.records import NewCall, SettledCall, Settlement, StoredAnswer, Usage
from daemon.core.errors import AnswerLostError, CallTimeoutError, MalformedAnswerError, RefusedError
from daemon.core.settings.models import StreamSettings
from daemon.core.texts import writable
from daemon.resilience.attempts import AttemptLog

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier turn of a conversation. `role` is `user` or `assistant`."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One question to a model. What is stable comes first (`system`), so that a provider can cache it.

    `schema` is sent to the provider natively and the answer is validated against it. `material` is the same question as
    data, for the offline provider, which reads no prose.
    """

    task: str
    """`extract`, `draft` or `review`."""
    brain: str
    """`left` or `right`."""
    system: str
    prompt: str
    schema: type[BaseModel]
    prompt_version: str
    material: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int = 4096
    temperature: float = 0.2
    known_as: str | None = None
    """By what the request is known again instead of its prompt: the same without what may differ after a restart."""
    can_shrink: bool = False
    """Who asks will send a shorter one when told that it is too long; then no local endpoint stands in for that."""
    turns: tuple[Turn, ...] = ()
    """What was said before `prompt`, oldest first; only sessions have it."""


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What a provider said. `text` is the JSON document as it came, also when it is not valid."""

    text: str
    usage: Usage
    model: str
    """The model as the provider names it."""
    finish: str = "stop"
    first_token_seconds: float | None = None
    """How long the first token of a stream took; None when the answer came whole."""

    def __post_init__(self) -> None:
        # It is kept, and quoted when a repair is asked for: neither works with halves of characters.
        object.__setattr__(self, "text", writable(self.text))


class UnusableAnswerError(MalformedAnswerError):
    """The answer was charged, but is cut off or empty."""

    def __init__(self, message: str = "", *, answer: ProviderAnswer, endpoint: str | None = None) -> None:
        self.answer = answer
        super().__init__(message, endpoint=endpoint)


class PaidRefusalError(RefusedError):
    """The model refused the content, and charged for the tokens it read."""

    def __init__(self, message: str = "", *, answer: ProviderAnswer, endpoint: str | None = None) -> None:
        self.answer = answer
        super().__init__(message, endpoint=endpoint)


class BrokenStreamError(AnswerLostError):
    """The stream broke off."""

    def __init__(self, message: str = "", *, usage: Usage | None = None, endpoint: str | None = None) -> None:
        self.usage = usage or Usage()
        """What is known to have been used before."""
        super().__init__(message, endpoint=endpoint)


class LoopingStreamError(BrokenStreamError):
    """The model repeats itself without end."""


class SlowStreamError(CallTimeoutError):
    """The stream began too late, stalled, or was too slow."""

    def __init__(self, message: str = "", *, usage: Usage | None = None, endpoint: str | None = None) -> None:
        self.usage = usage or Usage()
        """What is known to have been used before."""
        super().__init__(message, endpoint=endpoint)


class Provider(Protocol):
    """One vendor behind its real SDK. SDK retries are off: resilience is ours."""

    name: str
    is_local: bool
    """Free, in this process, no network: no gate, no attempt, no ledger entry before the call."""

    async def complete(
        self, request: ModelRequest, *, model: str, timeout: float, stream: StreamSettings | None = None
    ) -> ProviderAnswer:
        """Ask. Raises an `OutsideError` (vendor errors are translated here); cancelling cancels the HTTP request.

        With `stream`, the answer is streamed where the provider can, within these limits; it is whole when it is
        returned. A stream that broke, stalled, crawled or looped raises `BrokenStreamError`, `SlowStreamError` or
        `LoopingStreamError`.
        """
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class Ledger(Protocol):
    """Where calls are booked; `runtime` puts the board behind it."""

    async def find_answer(self, *, item_id: str, request_hash: str) -> StoredAnswer | None:
        """The stored answer to the same request, if there is one."""
        ...

    async def begin_call(self, call: NewCall) -> int:
        """Book a call before it is sent. Raises `BudgetExceededError` when the budget does not allow it."""
        ...

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        """Book how it ended."""
        ...


@dataclass(frozen=True, slots=True)
class CallContext:
    """For whom a call is made. `attempts` counts the sent requests of this step, durably."""

    item_id: str
    round: int
    epoch: int
    attempts: AttemptLog
    is_vip: bool = False
    """It passes the burn-rate breaker."""
    urgency: str = "normal"
    """`low`: it may go through the provider's batch interface."""
    model: str | None = None
    """The one model (of `llm.models`) that a person wants it done with; None: the task's group decides."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[Shape]):
    """A valid answer: `value` is an instance of the request's schema."""

    value: Shape
    provider: str
    model: str
    calls: Sequence[SettledCall] = ()
    """Calls not booked yet (local ones); they go with the outcome of the step."""


class Gateway(Protocol):
    """The one way to the models."""

    async def ask(self, request: ModelRequest, context: CallContext) -> Answer[Any]:
        """Ask the task's group, echelon by echelon.

        Raises `WaitError` (nothing sent, `until` says when), `RetriesExhaustedError`, or a final `OutsideError`.
        """
        ...

    def ready_at(self, task: str) -> float:
        """Epoch seconds before which asking for this task is useless (every breaker open); 0 when it is ready."""
        ...

    def is_probing(self, task: str) -> bool:
        """Whether one request is to find out if anybody answers this task again; more would be refused."""
        ...

    async def close(self) -> None:
        """Close all providers."""
        ...
