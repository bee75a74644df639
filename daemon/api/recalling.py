"""The memory as documents."""

import asyncio
from typing import Any

from brains.memory.base import Memory
from daemon.blackboard.reading import BoardReader
from daemon.core.clock import iso
from daemon.core.errors import DavidAgentError, UsageError


async def memory_document(memory: Memory, *, reader: BoardReader) -> dict[str, Any]:
    """`{"mode", "status", "size", "waiting", "error"}`; `size` is null when the store does not answer."""
    waiting = await asyncio.to_thread(reader.unremembered) if reader.exists else 0
    size, error = await _size(memory)
    status = memory.status() if error is None else "degraded"
    return {"mode": memory.mode, "status": status, "size": size, "waiting": waiting, "error": error}


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
