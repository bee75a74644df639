"""The memory: how it is, what it knows, filling it anew."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from daemon.api.bodies import RebuildAnswer
from daemon.api.dependencies import DeskPart, check_token
from daemon.api.recalling import memory_document, search_document

router = APIRouter(prefix="/api/memory", tags=["memory"], dependencies=[Depends(check_token)])


@router.get("")
async def memory_status(desk: DeskPart) -> dict[str, Any]:
    """Mode, status, and how many posts it holds and waits for."""
    return await memory_document(desk.memory, reader=desk.reader)


@router.get("/search")
async def search_memory(
    desk: DeskPart,
    *,
    q: Annotated[str, Query(min_length=1, max_length=10_000)],
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> list[dict[str, Any]]:
    """What is nearest in meaning."""
    return await search_document(desk.memory, text=q, limit=limit)


@router.post("/rebuild", status_code=HTTPStatus.ACCEPTED)
async def rebuild_memory(desk: DeskPart) -> RebuildAnswer:
    """Empty the memory and fill it again from the board, in the background."""
    return RebuildAnswer(to_remember=await desk.rebuild_memory())
