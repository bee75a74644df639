"""Is it alive, and how is it."""

import asyncio
from typing import Any

from fastapi import APIRouter, Depends

from daemon.api.bodies import DetailedHealthAnswer, HealthAnswer, SystemHealth
from daemon.api.dependencies import DeskPart, check_token
from daemon.core.clock import SystemClock, iso
from daemon.core.version import version

_MEBIBYTE = 1024 * 1024

router = APIRouter(prefix="/api/health", tags=["health"])


@router.get("")
async def health() -> HealthAnswer:
    """The daemon answers; needs no token."""
    return HealthAnswer(status="healthy", timestamp=_timestamp(), version=version())


@router.get("/detailed", dependencies=[Depends(check_token)])
async def detailed_health(desk: DeskPart) -> DetailedHealthAnswer:
    """Level, machine and every service."""
    found = desk.health()
    services: dict[str, dict[str, Any]] = {name: dict(one) for name, one in found["services"].items()}
    is_normal = found["level"] == "L0" and all(one["healthy"] for one in services.values())
    return DetailedHealthAnswer(
        status="healthy" if is_normal else "degraded",
        timestamp=_timestamp(),
        version=version(),
        level=found["level"],
        system=await asyncio.to_thread(_system),
        services=services,
    )


def _timestamp() -> str:
    return iso(SystemClock().now()) or ""


def _system() -> SystemHealth:
    import psutil

    memory = psutil.virtual_memory()
    return SystemHealth(
        cpu_percent=psutil.cpu_percent(interval=None),
        memory_percent=memory.percent,
        memory_available_mb=round(memory.available / _MEBIBYTE, 1),
    )
