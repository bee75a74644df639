"""What it costs, and would cost elsewhere."""

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from daemon.api.costing import Elsewhere, cost_report, window_of
from daemon.api.dependencies import DeskPart, check_token

router = APIRouter(prefix="/api/costs", tags=["costs"], dependencies=[Depends(check_token)])

_Price = Annotated[float | None, Query(ge=0, allow_inf_nan=False, description="Dollars for a million tokens")]


@router.get("")
async def costs(
    desk: DeskPart,
    *,
    since: Annotated[str | None, Query(description="A span of time such as 1d (the default) or 12h")] = None,
    day: Annotated[str | None, Query(description="One day (UTC): 2026-11-20, today, yesterday")] = None,
    what_if: Annotated[
        list[str], Query(description="Models the same work is to be priced by, as provider/model or configured name")
    ] = [],  # noqa: B006 - FastAPI reads the default and never changes it
    price_in: _Price = None,
    price_out: _Price = None,
) -> dict[str, Any]:
    """Calls, tokens and money by all that explains them; with `what_if`, what other models would have cost."""
    now = time.time()
    window = window_of(since=since, day=day, now=now)
    elsewhere = Elsewhere(tuple(what_if), price_in=price_in, price_out=price_out)
    return await asyncio.to_thread(
        cost_report, desk.reader, window=window, settings=desk.settings, elsewhere=elsewhere, now=now
    )
