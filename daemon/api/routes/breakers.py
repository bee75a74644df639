"""The breakers of the models: how they stand, and closed by hand."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from daemon.api.answers.breakers import BreakerAnswer, ResetAnswer
from daemon.api.callers import caller_in
from daemon.api.dependencies import DeskPart, check_token
from daemon.api.refusals import CHANGING, GUARDED, refusals

# A model may be called anything, `gemini/flash` too.
Name = Annotated[str, Path(min_length=1, max_length=200, description="The model, as the configuration calls it")]

router = APIRouter(prefix="/api/breakers", tags=["breakers"], dependencies=[Depends(check_token)], responses=GUARDED)


@router.get("", response_model=list[BreakerAnswer])
async def list_breakers(desk: DeskPart) -> object:
    """The breaker of every model with a network."""
    return desk.breakers()


@router.post("/{name:path}/reset", response_model=ResetAnswer, responses=CHANGING | refusals(404, 422))
async def reset_breaker(name: Name, request: Request, desk: DeskPart) -> object:
    """Close a breaker at once; what waits for it goes on. One that is closed stays so. An unknown name is 404."""
    return await desk.reset_breaker(name, by=caller_in(request.scope).via)
