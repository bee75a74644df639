"""Sources: list, add, remove, switch, import."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from daemon.api.bodies import ImportedAnswer, OpmlBody, RemovedAnswer, SourceBody
from daemon.api.dependencies import ActionsPart, DeskPart, check_token

SourceId = Annotated[int, Path(ge=1, lt=2**63)]

router = APIRouter(prefix="/api/sources", tags=["sources"], dependencies=[Depends(check_token)])


@router.get("")
async def list_sources(desk: DeskPart) -> list[dict[str, Any]]:
    """Every source and how reading it goes."""
    return await asyncio.to_thread(desk.reader.sources)


@router.post("", status_code=HTTPStatus.CREATED)
async def add_source(body: SourceBody, actions: ActionsPart) -> dict[str, Any]:
    """Add a source, or answer the one with the same address."""
    return await actions.add_source(body.address, name=body.name, every_seconds=body.every, tags=body.tags)


@router.post("/import")
async def import_sources(body: OpmlBody, actions: ActionsPart) -> ImportedAnswer:
    """Add every feed of an OPML document."""
    return ImportedAnswer(**await actions.import_sources(body.opml))


@router.post("/{source_id}/enable")
async def enable_source(source_id: SourceId, actions: ActionsPart) -> dict[str, Any]:
    """Read this source again, from now on."""
    return await actions.enable_source(str(source_id), is_enabled=True)


@router.post("/{source_id}/disable")
async def disable_source(source_id: SourceId, actions: ActionsPart) -> dict[str, Any]:
    """Read this source no more."""
    return await actions.enable_source(str(source_id), is_enabled=False)


@router.delete("/{source_id}")
async def remove_source(source_id: SourceId, actions: ActionsPart) -> RemovedAnswer:
    """Remove a source that was added; its items stay."""
    return RemovedAnswer(**await actions.remove_source(str(source_id)))
