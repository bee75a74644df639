"""The memory: how it is, what it knows, filling it anew."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from daemon.api.answers.memory import FoundMemory, MemoryAnswer, RebuildAnswer
from daemon.api.dependencies import ActionsPart, DeskPart, check_token
from daemon.api.recalling import memory_document, search_document
from daemon.api.refusals import CHANGING, GUARDED, refusals

router = APIRouter(prefix="/api/memory", tags=["memory"], dependencies=[Depends(check_token)], responses=GUARDED)


@router.get("", response_model=MemoryAnswer)
async def memory_status(desk: DeskPart) -> object:
    """Mode, status, how many posts it holds and waits for, and what filling it anew takes."""
    return await memory_document(desk.memory, reader=desk.reader, settings=desk.settings)


@router.get("/search", response_model=list[FoundMemory], responses=refusals(422, 502))
async def search_memory(
    desk: DeskPart,
    *,
    q: Annotated[str, Query(min_length=1, max_length=10_000, description="What it is to be near to")],
    limit: Annotated[int, Query(ge=1, le=50, description="How many at most")] = 5,
) -> object:
    """What is nearest in meaning, the nearest first; 422 when the memory is off."""
    return await search_document(desk.memory, text=q, limit=limit)


@router.post(
    "/rebuild", response_model=RebuildAnswer, status_code=HTTPStatus.ACCEPTED, responses=CHANGING | refusals(502)
)
async def rebuild_memory(desk: DeskPart, actions: ActionsPart) -> object:
    """Empty the memory and fill it again from the board, in the background."""
    return await actions.rebuilt_memory(await desk.rebuild_memory())
