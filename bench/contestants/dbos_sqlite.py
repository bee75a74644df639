"""DBOS on SQLite: a workflow of four steps, one workflow at a time (its faster way here) or many at once."""

import asyncio
import os
import time

import sqlalchemy
from dbos import DBOS

from bench.contestants.harness import STEPS, Load, main


async def drain(load: Load) -> float:
    """All items; `DBOS_AT_ONCE` in the environment says how many workflows run at once."""
    at_once = int(os.environ.get("DBOS_AT_ONCE", "1"))
    _set_synchronous(load.synchronous)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": f"sqlite:///{load.home / 'dbos.db'}",
            "console_log_level": "ERROR",
            "log_level": "ERROR",
        }
    )
    workflow = _workflow(load)
    DBOS.launch()
    try:
        return await _timed(workflow, items=load.items, at_once=at_once)
    finally:
        DBOS.destroy()


def _set_synchronous(synchronous: str) -> None:
    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
    def connected(connection: object, _: object) -> None:
        connection.execute(f"PRAGMA synchronous={synchronous}")  # type: ignore[attr-defined]


def _workflow(load: Load):  # noqa: ANN202 - DBOS's decorators hide the type
    @DBOS.step()
    async def step(name: str) -> dict[str, str]:
        return {**load.payload, "step": name}

    @DBOS.workflow()
    async def item() -> None:
        for name in STEPS:
            await step(name)

    return item


async def _timed(workflow, *, items: int, at_once: int) -> float:  # noqa: ANN001
    room = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with room:
            await workflow()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(items)))
    return time.perf_counter() - started


if __name__ == "__main__":
    main(drain)
