"""For whoever runs it: figures, pause, backup."""

import asyncio
from typing import Any

from fastapi import APIRouter, Depends

from daemon.api.answers.admin import BackupAnswer, PausedAnswer, StatsAnswer
from daemon.api.bodies import BackupBody
from daemon.api.dependencies import ActionsPart, DeskPart, check_token
from daemon.api.refusals import CHANGING, GUARDED, WITH_BODY
from daemon.blackboard.reading import BoardReader

router = APIRouter(prefix="/api", tags=["admin"], dependencies=[Depends(check_token)], responses=GUARDED)


@router.get("/admin/stats", response_model=StatsAnswer)
async def stats(desk: DeskPart) -> object:
    """Counts, ages, today's sums, the size of the board's files and the newest event."""
    return await asyncio.to_thread(_stats, desk.reader)


@router.post("/admin/pause", response_model=PausedAnswer, responses=CHANGING)
async def pause(actions: ActionsPart) -> object:
    """Claim no more work; what is in hand is finished."""
    return await actions.pause(is_paused=True)


@router.post("/admin/resume", response_model=PausedAnswer, responses=CHANGING)
async def resume(actions: ActionsPart) -> object:
    """Claim work again."""
    return await actions.pause(is_paused=False)


@router.post("/backup", response_model=BackupAnswer, responses=CHANGING | WITH_BODY)
async def backup(body: BackupBody, actions: ActionsPart) -> object:
    """Copy the board to a new file on the daemon's machine."""
    return await actions.backup(body.path)


def _stats(reader: BoardReader) -> dict[str, Any]:
    overview = reader.overview()
    controls = overview.pop("controls")
    log = reader.path.with_name(reader.path.name + "-wal")
    return overview | {
        "paused": "paused" in controls,
        "last_event_id": reader.last_event_id(),
        "board_bytes": reader.path.stat().st_size,
        "wal_bytes": log.stat().st_size if log.exists() else 0,
    }
