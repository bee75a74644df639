"""LangGraph with its SQLite checkpointer: four nodes, a checkpoint after each (durability `sync`)."""

import asyncio
import time
from typing import TypedDict

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph

from bench.contestants.harness import STEPS, Load, main


class Board(TypedDict, total=False):
    """What the nodes write, one field each."""

    on_extract: dict[str, str]
    on_draft: dict[str, str]
    on_review: dict[str, str]
    on_publish: dict[str, str]


async def drain(load: Load) -> float:
    """All items, `concurrency` threads at once."""
    async with AsyncSqliteSaver.from_conn_string(str(load.home / "langgraph.db")) as saver:
        await saver.setup()
        await saver.conn.execute(f"PRAGMA synchronous={load.synchronous}")
        graph = _graph(load).compile(checkpointer=saver)
        room = asyncio.Semaphore(load.concurrency)

        async def one(number: int) -> None:
            async with room:
                await graph.ainvoke({}, {"configurable": {"thread_id": str(number)}}, durability="sync")

        started = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(load.items)))
        return time.perf_counter() - started


def _graph(load: Load) -> StateGraph:
    graph = StateGraph(Board)
    previous = START
    for step in STEPS:

        async def node(_: Board, field: str = f"on_{step}") -> dict[str, dict[str, str]]:
            return {field: load.payload}

        graph.add_node(step, node)
        graph.add_edge(previous, step)
        previous = step
    graph.add_edge(previous, END)
    return graph


if __name__ == "__main__":
    main(drain)
