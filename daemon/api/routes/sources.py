"""Sources: list, try, add, remove, switch, import, export."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from daemon.api.answers.adding import AddedSourceAnswer
from daemon.api.answers.sources import ImportedAnswer, RemovedAnswer, SourceAnswer, TrialAnswer
from daemon.api.bodies import OpmlBody, SourceBody, TrialBody
from daemon.api.dependencies import ActionsPart, DeskPart, check_token
from daemon.api.posting import opml_text
from daemon.api.refusals import CHANGING, GUARDED, WITH_BODY, refusals
from daemon.runtime.source_facts import source_facts

SourceId = Annotated[int, Path(ge=1, lt=2**63, description="The number `GET /api/sources` tells")]
_ONE = CHANGING | refusals(404, 422)
_OPML: dict[int | str, dict[str, Any]] = {
    200: {"description": "An OPML 2.0 document", "content": {"text/x-opml": {"schema": {"type": "string"}}}}
}

router = APIRouter(prefix="/api/sources", tags=["sources"], dependencies=[Depends(check_token)], responses=GUARDED)


@router.get("", response_model=list[SourceAnswer])
async def list_sources(desk: DeskPart) -> object:
    """Every source and how reading it goes."""
    return await asyncio.to_thread(lambda: source_facts(desk.reader.sources(), settings=desk.settings))


@router.post(
    "", response_model=AddedSourceAnswer, status_code=HTTPStatus.CREATED, responses=CHANGING | WITH_BODY | refusals(502)
)
async def add_source(body: SourceBody, actions: ActionsPart) -> object:
    """Add a source, or answer the one with the same address; with `discover`, the feed that a site leads to."""
    return await actions.add_source(body.address, discover=body.discover, all_feeds=body.all_feeds, **body.wishes())


@router.post("/test", response_model=TrialAnswer, responses=WITH_BODY)
async def try_source(body: TrialBody, actions: ActionsPart) -> object:
    """Look at an address as the sensor would, and keep nothing: what is there, or why it cannot be read."""
    return await actions.try_source(body.address)


@router.get("/opml", response_class=Response, responses=_OPML)
async def export_sources(desk: DeskPart) -> Response:
    """The feeds as OPML, their tags as folders; those with a login or a token in their address are left out."""
    text = opml_text(await asyncio.to_thread(desk.reader.sources))
    headers = {"Content-Disposition": 'attachment; filename="davidagent.opml"'}
    return Response(text, media_type="text/x-opml", headers=headers)


@router.post("/import", response_model=ImportedAnswer, responses=CHANGING | WITH_BODY)
async def import_sources(body: OpmlBody, actions: ActionsPart) -> object:
    """Add every feed of an OPML document."""
    return await actions.import_sources(body.opml)


@router.post("/{source_id}/enable", response_model=SourceAnswer, responses=_ONE)
async def enable_source(source_id: SourceId, actions: ActionsPart) -> object:
    """Read this source again, from now on."""
    return await actions.enable_source(str(source_id), is_enabled=True)


@router.post("/{source_id}/disable", response_model=SourceAnswer, responses=_ONE)
async def disable_source(source_id: SourceId, actions: ActionsPart) -> object:
    """Read this source no more."""
    return await actions.enable_source(str(source_id), is_enabled=False)


@router.delete("/{source_id}", response_model=RemovedAnswer, responses=_ONE)
async def remove_source(source_id: SourceId, actions: ActionsPart) -> object:
    """Remove a source that was added; its items stay. One of the configuration is removed there (422)."""
    return await actions.remove_source(str(source_id))
