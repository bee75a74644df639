"""Faults on purpose: how they stand, on, off."""

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import Field

from daemon.api.bodies import Body
from daemon.api.dependencies import ActionsPart, check_token
from daemon.core.settings.values import Seconds

router = APIRouter(prefix="/api/chaos", tags=["chaos"], dependencies=[Depends(check_token)])

Share = float | None


class ChaosBody(Body):
    """What shall differ from the configuration; shares are between 0 and 1. `for` ends it by itself (seconds)."""

    latency_share: Share = None
    latency: tuple[Seconds, Seconds] | None = None
    network_errors: Share = None
    rate_limits: Share = None
    retry_after: Seconds | None = None
    garbage: Share = None
    truncated: Share = None
    memory_down: bool | None = None
    seed: int | None = None
    for_seconds: Seconds | None = Field(default=None, alias="for", gt=0)


@router.get("")
async def chaos_status(actions: ActionsPart) -> dict[str, Any]:
    """Whether faults on purpose are on, since whose word, until when, and which."""
    return await actions.chaos_status()


@router.post("/on")
async def chaos_on(body: ChaosBody, actions: ActionsPart) -> dict[str, Any]:
    """Make faults on purpose from now on."""
    faults = body.model_dump(exclude_none=True, exclude={"for_seconds"})
    return await actions.chaos_on(faults, for_seconds=body.for_seconds)


@router.post("/off")
async def chaos_off(actions: ActionsPart) -> dict[str, Any]:
    """Make none any more."""
    return await actions.chaos_off()
