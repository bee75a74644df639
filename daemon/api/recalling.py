"""The memory as documents."""

import asyncio
import time
from functools import partial
from typing import Any

from brains.memory.base import Memory
from daemon.blackboard.reading import BoardReader
from daemon.core.clock import iso
from daemon.core.errors import DavidAgentError, UsageError
from daemon.core.settings.models import Settings
from daemon.runtime.memory_facts import memory_facts, memory_told


async def memory_document(memory: Memory, *, reader: BoardReader, settings: Settings) -> dict[str, Any]:
    """What `memory_facts` knows, and of the memory itself `{"mode", "model", "status", "size", "error", …}`.

    `size` is null when the store does not answer; `degraded_since` is there when it is degraded.
    """
    facts = await asyncio.to_thread(partial(memory_facts, reader, settings=settings, now=time.time()))
    size, error = await _size(memory)
    told = memory_told(memory)
    return facts | {
        "mode": memory.mode,
        "model": memory.model,
        "status": memory.status() if error is None else "degraded",
        "size": size,
        "error": error or told["reason"],
        "degraded_since": iso(told["since"]),
    }


async def search_document(memory: Memory, *, text: str, limit: int) -> list[dict[str, Any]]:
    """What is nearest in meaning: `[{"item_id", "title", "text", "url", "language", "published_at", "score"}]`."""
    if memory.mode == "off":
        raise UsageError("the memory is off (memory.mode)")
    return [
        {
            "item_id": one.item_id,
            "title": one.title,
            "text": one.text,
            "url": one.url,
            "language": one.language,
            "published_at": iso(one.published_at),
            "score": round(one.score, 4),
        }
        for one in await memory.search(text, limit=limit)
    ]


async def _size(memory: Memory) -> tuple[int | None, str | None]:
    try:
        return (await memory.size() if memory.mode != "off" else 0), None
    except DavidAgentError as error:
        return None, str(error)
