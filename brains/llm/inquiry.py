"""One request of a step on its way through the stops of its task, and what it has used up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from brains.llm.base import Answer, CallContext, ModelRequest
from brains.llm.booking import Question, new_call
from brains.llm.bounds import reservation
from brains.llm.groups import Echelon, Endpoint
from brains.llm.hashing import request_hash
from brains.llm.purse import Purse
from brains.llm.routing import Stop
from brains.llm.stored import REUSED, StoredAnswers
from daemon.blackboard.records import CallStatus, SettledCall, Settlement, StoredAnswer
from daemon.core.errors import (
    BudgetExceededError,
    BurnRateError,
    ContextTooLongError,
    OutsideError,
    RequestLimitError,
    RetryTokensError,
)
from daemon.resilience.attempts import AttemptBudget


class TooDearError(BurnRateError):
    """This endpoint is passed over until money goes slower again."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and which endpoint gave it."""

    answer: Answer[Any]
    endpoint: str


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What all tries of one request share.

    `stops` is where it goes now, `way` all there is to its task: an answer of any of them may be in the ledger, and
    no item ends before the rest of them was tried.
    `asked`: the providers the step has asked. `purse` is the session's, in which nobody hedges and nothing is batched.
    """

    request: ModelRequest
    context: CallContext
    stops: Sequence[Stop]
    way: Sequence[Stop]
    budget: AttemptBudget
    asked: set[str]
    retry_delay: float = 0.0
    purse: Purse | None = None
    _questions: dict[tuple[str, str], Question] = field(default_factory=dict)

    def question(self, endpoint: Endpoint, echelon: Echelon) -> Question:
        """The request as this endpoint gets it."""
        key = (echelon.name, endpoint.name)
        if key not in self._questions:
            self._questions[key] = self._made(endpoint, echelon)
        return self._questions[key]

    def networked(self, stops: Sequence[Stop] | None = None) -> Iterator[Question]:
        """The questions to all endpoints with a network (of these stops), in order, each endpoint once."""
        seen = set[str]()
        for stop in (stop for stop in stops or self.stops if not stop.is_local):
            for endpoint in (endpoint for endpoint in stop.endpoints if endpoint.name not in seen):
                seen.add(endpoint.name)
                yield self.question(endpoint, stop.echelon)

    def is_cheaper(self, question: Question, *, at: float) -> bool:
        """Whether this very request costs less there than at the first endpoint; an unknown price is dear."""
        first, this = (reservation(q.request, q.endpoint, at=at) for q in (next(self.networked(self.way)), question))
        return this is not None and (first is None or this < first)

    def is_for_the_asker(self, error: OutsideError, *, position: int) -> bool:
        """Whether no other stop should be tried: the work is to wait, or to be asked shorter.

        What is local stands in for what is away, but neither for money or a turn that will come, nor for a retry.
        """
        later = self.stops[position + 1 :]
        if isinstance(error, TooDearError):
            return False
        is_local_left = all(stop.is_local for stop in later)
        if isinstance(error, ContextTooLongError):
            return self.request.can_shrink and is_local_left
        if isinstance(error, RetryTokensError):
            return bool(later) and is_local_left
        return isinstance(error, BudgetExceededError | RequestLimitError | BurnRateError) and error.until is not None

    def _made(self, endpoint: Endpoint, echelon: Echelon) -> Question:
        limit = endpoint.max_tokens
        asked = replace(self.request, max_tokens=limit) if limit else self.request
        name = endpoint.provider.name
        hashed = request_hash(asked, provider=name, model=endpoint.model, base_url=endpoint.base_url)
        return Question(asked, self.context, echelon, endpoint, hashed)


async def find_stored(inquiry: Inquiry, answers: StoredAnswers) -> Answered | None:
    """A stored answer of any of the endpoints: it costs nothing.

    What an earlier version of the program took may not be an answer any more; then it is asked again.
    """
    for question in inquiry.networked(inquiry.way):
        stored = await answers.find(inquiry.context, question.hash)
        if stored is not None and (value := _valid(question.request, stored.answer)) is not None:
            answer = Answer(value, provider=stored.provider, model=stored.model)
            return Answered(answer, question.endpoint.name)
    return None


async def find_reusable(
    inquiry: Inquiry, answers: StoredAnswers, *, max_age_seconds: float, at: float
) -> Answered | None:
    """The answer to the same request of another item. It stands among the item's calls as one that cost nothing."""
    for question in inquiry.networked(inquiry.way):
        stored = await answers.find_shared(inquiry.request.task, question.hash, since=at - max_age_seconds)
        if stored is not None and (value := _valid(question.request, stored.answer)) is not None:
            call = SettledCall(replace(new_call(question, at=at), reserved_micro=0), _reused(stored))
            answer = Answer(value, provider=stored.provider, model=stored.model, calls=(call,))
            return Answered(answer, question.endpoint.name)
    return None


def _reused(stored: StoredAnswer) -> Settlement:
    said = f"not asked: the answer of call {stored.call_id} was used again"
    return Settlement(CallStatus.OK, cost_micro=0, price={"source": REUSED, "call": stored.call_id}, error=said)


def _valid(request: ModelRequest, answer: str) -> BaseModel | None:
    try:
        return request.schema.model_validate_json(answer)
    except ValidationError:
        return None
