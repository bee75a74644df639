"""The token: a new one in the place of the old."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from daemon.api.callers import caller_in
from daemon.api.dependencies import DeskPart, check_token
from daemon.api.rotating import rotate_token

router = APIRouter(prefix="/api/admin/token", tags=["admin"], dependencies=[Depends(check_token)])


class RotatedAnswer(BaseModel):
    """Where the new token is; it is never sent."""

    rotated: bool
    path: str = Field(description="The file with the new token, which only its owner can read")


@router.post("/rotate")
async def rotate(request: Request, desk: DeskPart) -> RotatedAnswer:
    """Make a new token; the old one opens nothing from this moment on, and streams it opened are ended."""
    return RotatedAnswer(**await rotate_token(desk.access, engine=desk.engine, by=caller_in(request.scope).via))
