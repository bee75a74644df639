"""The level of degradation: how it stands, and a person's own choice."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from daemon.api.answers.level import LevelAnswer
from daemon.api.bodies import Body
from daemon.api.callers import caller_in
from daemon.api.dependencies import DeskPart, check_token
from daemon.api.leveling import LevelSwitch
from daemon.api.refusals import CHANGING, GUARDED, WITH_BODY
from daemon.core.settings.values import Seconds
from daemon.resilience.chosen_level import LONGEST_SECONDS

router = APIRouter(prefix="/api/admin/level", tags=["admin"], dependencies=[Depends(check_token)], responses=GUARDED)


class LevelBody(Body):
    """A level that holds whatever the rules say, or `auto`. `for` ends it by itself (seconds, or such as `30m`)."""

    level: Literal["auto", "L0", "L1", "L2", "L3"]
    """Which; `auto` leaves it to the rules."""
    for_seconds: Annotated[Seconds, Field(gt=0, le=LONGEST_SECONDS)] | None = Field(default=None, alias="for")
    """After this time it is left to the rules again."""
    why: str = Field(default="", max_length=500)
    """A person's reason; it stands with the level."""


@router.get("")
async def level(desk: DeskPart) -> LevelAnswer:
    """Which level holds, since when, and why."""
    return LevelAnswer(**desk.levels.document())


@router.post("", responses=CHANGING | WITH_BODY)
async def set_level(body: LevelBody, request: Request, desk: DeskPart) -> LevelAnswer:
    """Set the level by hand, or leave it to the rules again; it outlives a restart."""
    switch = LevelSwitch(desk.engine, by=caller_in(request.scope).via)
    await switch.choose(body.level, for_seconds=body.for_seconds, why=body.why, now=time.time())
    await desk.levels.look()
    return LevelAnswer(**desk.levels.document())
