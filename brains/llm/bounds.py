"""What a request costs, and the most it can cost."""

import json
from dataclasses import replace
from decimal import Decimal
from functools import cache

from pydantic import BaseModel

from brains.llm.base import ModelRequest
from brains.llm.groups import Endpoint
from brains.llm.pricing import FULL_PRICE, Cost
from daemon.blackboard.records import Usage

_OVERHEAD_TOKENS = 1024
"""What vendors add to a prompt for tools and schemas, with room to spare."""


def reservation(request: ModelRequest, endpoint: Endpoint, *, at: float, factor: Decimal = FULL_PRICE) -> int | None:
    """An upper bound of the cost in micro-dollars; None when the price is unknown."""
    most = _bound(request, endpoint, at=at, factor=factor)
    return most.micro if most else None


def most_of(request: ModelRequest, endpoint: Endpoint, *, at: float) -> Cost | None:
    """What an answer is booked with of which the server does not say what it used: a cap must hold there too."""
    most = _bound(request, endpoint, at=at)
    return replace(most, price={**most.price, "tokens": "not reported; the most it can have cost"}) if most else None


def _bound(request: ModelRequest, endpoint: Endpoint, *, at: float, factor: Decimal = FULL_PRICE) -> Cost | None:
    """The most a request can cost.

    A token covers at least one byte, so the bytes of the prompt bound its tokens; all of them might be written to the
    cache, which costs more; the answer may use up its limit.
    """
    texts = (request.system, *(turn.text for turn in request.turns), request.prompt)
    size = sum(len(text.encode()) for text in texts)
    size += 2 * _schema_size(request.schema) + _OVERHEAD_TOKENS
    plain = Usage(input_tokens=size, output_tokens=request.max_tokens)
    cached = Usage(input_tokens=size, cache_write_tokens=size, output_tokens=request.max_tokens)
    costs = [cost_of(endpoint, usage, at=at, factor=factor) for usage in (plain, cached)]
    return max((cost for cost in costs if cost), key=lambda cost: cost.micro, default=None)


@cache
def _schema_size(shape: type[BaseModel]) -> int:
    """Bytes of the JSON schema; making one takes milliseconds."""
    return len(json.dumps(shape.model_json_schema(), ensure_ascii=False).encode())


def cost_of(endpoint: Endpoint, usage: Usage, *, at: float, factor: Decimal = FULL_PRICE) -> Cost | None:
    """The cost of a call; None when the price is unknown or the server reported no tokens."""
    if endpoint.price is None or usage == Usage():
        return None
    return endpoint.price.cost(usage, at=at, factor=factor)
