"""What a request of a batch is booked as: at half the price, before it is sent and when its answer has come.

All that is needed for an answer stands in its custom id, so a batch can be settled by another process than sent it.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from brains.llm.base import PaidRefusalError, ProviderAnswer, UnusableAnswerError
from brains.llm.batch.base import BatchResult
from brains.llm.batch.office import is_outcome_unknown
from brains.llm.booking import Question, first_problem, new_call
from brains.llm.groups import Endpoint
from brains.llm.pricing import BATCH_PRICE, saved_by_cache
from brains.schemas import Draft, Judgement, Knowledge
from daemon.blackboard.records import CallKind, CallStatus, NewCall, Settlement, Usage
from daemon.core.errors import OutsideError

_SHAPES: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {"extract": Knowledge, "draft": Draft, "review": Judgement}
)
_CUSTOM_ID: Final = re.compile(r"call-(?P<call>\d+)-(?P<task>\w+)")


def batched_call(question: Question, *, at: float) -> NewCall:
    """The entry for a request that is taken into a batch: half of what it may cost is set aside."""
    call = new_call(question, at=at)
    reserved = call.reserved_micro
    share = None if reserved is None else math.ceil(reserved * BATCH_PRICE)
    return replace(call, kind=CallKind.BATCH, reserved_micro=share)


def custom_id(call_id: int, *, task: str) -> str:
    """By what the provider names a call's answer, such as `call-17-extract`."""
    return f"call-{call_id}-{task}"


def by_call(results: Mapping[str, BatchResult]) -> dict[int, BatchResult]:
    """The results by the id of their call, each answer checked for its form. What is not ours is left out."""
    matches = ((_CUSTOM_ID.fullmatch(name), result) for name, result in results.items())
    return {int(match["call"]): _checked(result, task=match["task"]) for match, result in matches if match}


def is_charged(result: BatchResult) -> bool:
    """Whether the model answered, well or badly."""
    return _paid_answer(result) is not None


def settlement_of(result: BatchResult, *, endpoint: Endpoint, began_at: float, ended_at: float) -> Settlement:
    """How a call ended. The price is that of the time the batch began."""
    latency_ms = round(max(0.0, ended_at - began_at) * 1000)
    answer = _paid_answer(result)
    if answer is None:
        return _unpaid(result, latency_ms=latency_ms)
    price = endpoint.price if answer.usage != Usage() else None
    cost = price.cost(answer.usage, at=began_at, factor=BATCH_PRICE) if price else None
    return Settlement(
        _status(result),
        usage=answer.usage,
        cost_micro=cost.micro if cost else None,
        price=cost.price if cost else None,
        latency_ms=latency_ms,
        answer=answer.text,
        error=said(result) if isinstance(result, OutsideError) else None,
        saved_micro=saved_by_cache(price, answer.usage, at=began_at, factor=BATCH_PRICE) if price else 0,
    )


def unsent(why: str) -> Settlement:
    """A call that never left."""
    return Settlement(CallStatus.ERROR, cost_micro=0, error=why)


def unconfirmed(error: OutsideError) -> Settlement:
    """A call of which nobody knows whether it is charged; what was set aside for it stays so."""
    return Settlement(CallStatus.UNCONFIRMED, error=said(error))


def said(error: OutsideError) -> str:
    """An error in one line, with its class."""
    return f"{type(error).__name__}: {error}"


def _checked(result: BatchResult, *, task: str) -> BatchResult:
    shape = _SHAPES.get(task)
    if isinstance(result, OutsideError) or shape is None:
        return result
    try:
        shape.model_validate_json(result.text)
    except ValidationError as error:
        return UnusableAnswerError(first_problem(error), answer=result)
    return result


def _paid_answer(result: BatchResult) -> ProviderAnswer | None:
    if isinstance(result, UnusableAnswerError | PaidRefusalError):
        return result.answer
    return None if isinstance(result, OutsideError) else result


def _unpaid(result: Any, *, latency_ms: int) -> Settlement:
    if is_outcome_unknown(result):
        return replace(unconfirmed(result), latency_ms=latency_ms)
    return replace(unsent(said(result)), latency_ms=latency_ms)


def _status(result: BatchResult) -> CallStatus:
    if isinstance(result, UnusableAnswerError):
        return CallStatus.MALFORMED
    return CallStatus.ERROR if isinstance(result, OutsideError) else CallStatus.OK
