"""Is it alive, and how is it."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from daemon.api.answers.health import EXAMPLE, DetailedHealthAnswer, HealthAnswer, UnhealthyAnswer
from daemon.api.dependencies import DeskPart, check_token
from daemon.api.refusals import GUARDED
from daemon.core.clock import SystemClock, iso
from daemon.core.version import version

_UNHEALTHY = 503
_ALIVE: dict[int | str, dict[str, Any]] = {
    _UNHEALTHY: {"model": UnhealthyAnswer, "description": "It is up, but does nothing"}
}
_DETAILED: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": EXAMPLE}}}}

router = APIRouter(prefix="/api/health", tags=["health"])


@router.get("", responses=_ALIVE, response_model=HealthAnswer)
async def health(desk: DeskPart) -> HealthAnswer | JSONResponse:
    """The daemon answers and works; needs no token. 503: no commit for 30 s, the board or a vital part is lost."""
    known = {"timestamp": _timestamp(), "version": version()}
    if why := desk.monitor.ailment():
        answer = UnhealthyAnswer(status="unhealthy", why=why, **known)
        return JSONResponse(answer.model_dump(), status_code=_UNHEALTHY)
    return HealthAnswer(status="healthy", **known)


@router.get(
    "/detailed", dependencies=[Depends(check_token)], responses=GUARDED | _DETAILED, response_model_exclude_unset=True
)
async def detailed_health(desk: DeskPart) -> DetailedHealthAnswer:
    """Level, machine and every service. Costs no call to a model; board and machine are at most 5 s old."""
    report = await desk.monitor.report()
    return DetailedHealthAnswer.model_validate({**report, "timestamp": _timestamp(), "version": version()})


def _timestamp() -> str:
    return iso(SystemClock().now()) or ""
