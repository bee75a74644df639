"""Opening the board, and the memory, for commands that act without a daemon."""

import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from brains.llm.embedding_models import build_embeddings
from brains.memory.base import Memory
from brains.memory.building import build_memory
from daemon.blackboard import SqliteEngine, open_board
from daemon.blackboard.engine import Engine
from daemon.blackboard.sqlite.files import BOARD_NAME
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.models import Settings
from daemon.resilience.gate import Gate
from daemon.runtime.bookkeeping import BoardLedger
from daemon.runtime.remembered import load_posts
from daemon.runtime.remembering import Remembering


@asynccontextmanager
async def open_engine(settings: Settings, *, emitter: Emitter | None = None) -> AsyncIterator[SqliteEngine]:
    """The board, as its one writer. Raises `WriterLockedError` when another process is that."""
    clock = SystemClock()
    engine = await open_board(
        home=settings.home,
        clock=clock,
        ids=TimeSortedIds(clock.now, random.SystemRandom()),
        boot_id=uuid.uuid4().hex,
        synchronous=settings.blackboard.synchronous,
        emitter=emitter,
    )
    async with engine:
        yield engine


def open_memory(settings: Settings, *, engine: Engine) -> Memory:
    """The memory of this home; close it after use. What a provider's vectors cost is booked on the board."""
    clock, emitter = SystemClock(), Emitter()
    embeddings = build_embeddings(
        settings.memory,
        settings.llm,
        ledger=BoardLedger(engine=engine, budget=settings.budget),
        gate=Gate(settings.llm.max_concurrency),
        clock=clock,
        rng=random.SystemRandom(),
        emit=emitter.emit,
    )
    return build_memory(settings.memory, home=settings.home, clock=clock, emit=emitter.emit, embeddings=embeddings)


async def rebuild_memory(settings: Settings, *, engine: Engine) -> int:
    """Empty the memory and fill it again from the board; answers how many posts there were to remember.

    Raises `DavidAgentError` when the store is down; what it did not take is remembered later.
    """
    memory, emitter = open_memory(settings, engine=engine), Emitter()
    board = settings.home / BOARD_NAME
    remembering = Remembering(
        engine=engine, memory=memory, load_posts=load_posts(board), emitter=emitter, clock=SystemClock()
    )
    try:
        count = await remembering.rebuild()
        await remembering.catch_up()
    finally:
        await memory.close()
    return count
