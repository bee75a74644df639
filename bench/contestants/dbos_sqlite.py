"""DBOS on SQLite: a workflow of four steps, one workflow at a time (its faster way here) or many at once.

It keeps a rollback journal by itself; it gets WAL, which is faster, so that all stand on the same ground.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

import sqlalchemy
from dbos import DBOS

from bench.contestants.harness import STEPS, Load, main


async def drain(load: Load) -> float:
    """All items; `DBOS_AT_ONCE` in the environment says how many workflows run at once."""
    at_once = int(os.environ.get("DBOS_AT_ONCE", "1"))
    _prepare_connections(load.synchronous)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": f"sqlite:///{load.home / 'dbos.db'}",
            "console_log_level": "ERROR",
            "log_level": "ERROR",
        }
    )
    run = _one_at_a_time(load) if at_once == 1 else _many_at_once(load, at_once=at_once)
    DBOS.launch()
    try:
        started = time.perf_counter()
        await run()
        return time.perf_counter() - started
    finally:
        DBOS.destroy()


def _prepare_connections(synchronous: str) -> None:
    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
    def connected(connection: object, _: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]
        connection.execute(f"PRAGMA synchronous={synchronous}")  # type: ignore[attr-defined]


def _one_at_a_time(load: Load) -> Callable[[], Awaitable[None]]:
    @DBOS.step()
    def step(name: str) -> dict[str, str]:
        return {**load.payload, "step": name}

    @DBOS.workflow()
    def item() -> None:
        for name in STEPS:
            step(name)

    async def run() -> None:
        await asyncio.to_thread(lambda: [item() for _ in range(load.items)])

    return run


def _many_at_once(load: Load, *, at_once: int) -> Callable[[], Awaitable[None]]:
    @DBOS.step()
    async def step(name: str) -> dict[str, str]:
        return {**load.payload, "step": name}

    @DBOS.workflow()
    async def item() -> None:
        for name in STEPS:
            await step(name)

    async def run() -> None:
        room = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with room:
                await item()

        await asyncio.gather(*(one() for _ in range(load.items)))

    return run


if __name__ == "__main__":
    main(drain)
