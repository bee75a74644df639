"""For whoever runs it: figures, pause, backup."""

import asyncio
from typing import Any

from fastapi import APIRouter, Depends

from daemon.api.bodies import BackupAnswer, BackupBody, PausedAnswer
from daemon.api.dependencies import ActionsPart, DeskPart, check_token
from daemon.blackboard.reading import BoardReader

router = APIRouter(prefix="/api", tags=["admin"], dependencies=[Depends(check_token)])


@router.get("/admin/stats")
async def stats(desk: DeskPart) -> dict[str, Any]:
    """Counts, ages, today's sums, the size of the board's files and the newest event."""
    return await asyncio.to_thread(_stats, desk.reader)


@router.post("/admin/pause")
async def pause(actions: ActionsPart) -> PausedAnswer:
    """Claim no more work; what is in hand is finished."""
    return PausedAnswer(**await actions.pause(is_paused=True))


@router.post("/admin/resume")
async def resume(actions: ActionsPart) -> PausedAnswer:
    """Claim work again."""
    return PausedAnswer(**await actions.pause(is_paused=False))


@router.post("/backup")
async def backup(body: BackupBody, actions: ActionsPart) -> BackupAnswer:
    """Copy the board to a new file."""
    return BackupAnswer(**await actions.backup(body.path))


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
