"""The token: a new one in the place of the old."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from daemon.api.callers import caller_in
from daemon.api.dependencies import DeskPart, check_token
from daemon.api.refusals import CHANGING, GUARDED, refusals
from daemon.api.rotating import rotate_token as rotate

router = APIRouter(
    prefix="/api/admin/token", tags=["admin"], dependencies=[Depends(check_token)], responses=GUARDED | CHANGING
)


class RotatedAnswer(BaseModel):
    """Where the new token is; it is never sent."""

    rotated: bool = Field(description="It is done")
    path: str = Field(description="The file with the new token, which only its owner can read")


@router.post("/rotate", responses=refusals(422))
async def rotate_token(request: Request, desk: DeskPart) -> RotatedAnswer:
    """Make a new token; the old one opens nothing from this moment on, and streams it opened are ended.

    422 when the token stands in the configuration.
    """
    return RotatedAnswer(**await rotate(desk.access, engine=desk.engine, by=caller_in(request.scope).via))
