"""Faults on purpose: how they stand, on, off."""

from fastapi import APIRouter, Depends

from daemon.api.answers.chaos import ChaosAnswer
from daemon.api.bodies import ChaosBody
from daemon.api.dependencies import ActionsPart, check_token
from daemon.api.refusals import CHANGING, GUARDED, WITH_BODY

router = APIRouter(prefix="/api/chaos", tags=["chaos"], dependencies=[Depends(check_token)], responses=GUARDED)


@router.get("", response_model=ChaosAnswer)
async def chaos_status(actions: ActionsPart) -> object:
    """Whether faults on purpose are on, since whose word, until when, and which."""
    return await actions.chaos_status()


@router.post("/on", response_model=ChaosAnswer, responses=CHANGING | WITH_BODY)
async def turn_chaos_on(body: ChaosBody, actions: ActionsPart) -> object:
    """Make faults on purpose from now on."""
    faults = body.model_dump(exclude_none=True, exclude={"for_seconds"})
    return await actions.chaos_on(faults, for_seconds=body.for_seconds)


@router.post("/off", response_model=ChaosAnswer, responses=CHANGING)
async def turn_chaos_off(actions: ActionsPart) -> object:
    """Make none any more."""
    return await actions.chaos_off()
