"""What it costs, and would cost elsewhere."""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from daemon.api.answers.costs import CostsAnswer
from daemon.api.dependencies import DeskPart, check_token
from daemon.api.refusals import GUARDED, refusals
from daemon.runtime.costing import Elsewhere, cost_report, window_of

router = APIRouter(prefix="/api/costs", tags=["costs"], dependencies=[Depends(check_token)], responses=GUARDED)

_Price = Annotated[float | None, Query(ge=0, le=1_000_000, allow_inf_nan=False)]
_MOST_MODELS = 20


@router.get("", response_model=CostsAnswer, response_model_exclude_unset=True, responses=refusals(422))
async def costs(
    desk: DeskPart,
    *,
    since: Annotated[str | None, Query(max_length=100, description="A span of time", examples=["1d", "12h"])] = None,
    day: Annotated[
        str | None, Query(max_length=100, description="One day (UTC)", examples=["2026-11-20", "yesterday"])
    ] = None,
    what_if: Annotated[
        list[str],
        Query(
            max_length=_MOST_MODELS,
            description="Models the same work is to be priced by, as provider/model or configured name",
            examples=[["gpt-5", "anthropic/claude-haiku-5-5"]],
        ),
    ] = [],  # noqa: B006 - FastAPI reads the default and never changes it
    price_in: Annotated[_Price, Query(description="Dollars for a million tokens of requests; with `price_out`")] = None,
    price_out: Annotated[_Price, Query(description="Dollars for a million tokens of answers; with `price_in`")] = None,
) -> object:
    """Calls, tokens and money by all that explains them; with `what_if`, what other models would have cost.

    Of the last day, or since a span of time, or of one `day`.
    """
    now = time.time()
    window = window_of(since=since, day=day, now=now)
    elsewhere = Elsewhere(tuple(what_if), price_in=price_in, price_out=price_out)
    return await asyncio.to_thread(
        cost_report, desk.reader, window=window, settings=desk.settings, elsewhere=elsewhere, now=now
    )
