"""What it costs."""

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from daemon.api.dependencies import DeskPart, check_token
from daemon.core.errors import UsageError
from daemon.core.settings.values import parse_span

router = APIRouter(prefix="/api/costs", tags=["costs"], dependencies=[Depends(check_token)])


@router.get("")
async def costs(
    desk: DeskPart, *, since: Annotated[str, Query(description="A span of time such as 1d or 12h")] = "1d"
) -> dict[str, Any]:
    """Calls, tokens and money by brain, model and day."""
    try:
        start = time.time() - parse_span(since)
    except ValueError as error:
        raise UsageError(str(error)) from error
    rate = desk.settings.budget.currency.get("CNY")
    return await asyncio.to_thread(desk.reader.costs, since=start, cny_rate=rate)
