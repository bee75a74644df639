"""A bare group-commit loop on aiosqlite: claim, result and event, nothing else. What the file can do."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable

import aiosqlite

from bench.contestants.harness import STEPS, Load, main

Work = Callable[[sqlite3.Connection], None]

SCHEMA = """
CREATE TABLE items (id INTEGER PRIMARY KEY, step INTEGER NOT NULL, epoch INTEGER NOT NULL);
CREATE TABLE results (id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL, step TEXT NOT NULL, content TEXT NOT NULL);
CREATE TABLE events (id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL, type TEXT NOT NULL);
"""


class GroupCommit:
    """Collects what arrives while a batch commits; one crossing to the thread for each batch."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._waiting: list[tuple[Work, asyncio.Future[None]]] = []
        self._arrived = asyncio.Event()

    async def do(self, work: Work) -> None:
        """Do `work`; returns after its commit."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        self._arrived.set()
        await done

    async def run(self) -> None:
        """Commit batches until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            batch, self._waiting = self._waiting, []
            await self._connection._execute(self._commit, [work for work, _ in batch])  # noqa: SLF001 - one crossing
            for _, done in batch:
                done.set_result(None)

    def _commit(self, batch: list[Work]) -> None:
        connection = self._connection._conn  # noqa: SLF001 - inside aiosqlite's own thread
        connection.execute("BEGIN IMMEDIATE")
        for work in batch:
            work(connection)
        connection.execute("COMMIT")


async def drain(load: Load) -> float:
    """All items, `concurrency` coroutines."""
    async with aiosqlite.connect(load.home / "raw.db", isolation_level=None) as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute(f"PRAGMA synchronous={load.synchronous}")
        await connection.executescript(SCHEMA)
        await connection.execute("BEGIN")
        await connection.executemany("INSERT INTO items VALUES (?, 0, 0)", [(i,) for i in range(load.items)])
        await connection.execute("COMMIT")
        writer = GroupCommit(connection)
        commits = asyncio.create_task(writer.run())
        started = time.perf_counter()
        numbers = iter(range(load.items))
        await asyncio.gather(*(_worker(writer, numbers, load) for _ in range(load.concurrency)))
        seconds = time.perf_counter() - started
        commits.cancel()
        return seconds


async def _worker(writer: GroupCommit, numbers, load: Load) -> None:  # noqa: ANN001
    for number in numbers:
        for step in STEPS:
            await writer.do(lambda c, n=number: c.execute("UPDATE items SET epoch = epoch + 1 WHERE id = ?", (n,)))
            content = json.dumps(load.payload)

            def save(c: sqlite3.Connection, *, n: int = number, s: str = step, content: str = content) -> None:
                c.execute("UPDATE items SET step = step + 1 WHERE id = ?", (n,))
                c.execute("INSERT INTO results (item_id, step, content) VALUES (?, ?, ?)", (n, s, content))
                c.execute("INSERT INTO events (item_id, type) VALUES (?, ?)", (n, s))

            await writer.do(save)


if __name__ == "__main__":
    main(drain)
