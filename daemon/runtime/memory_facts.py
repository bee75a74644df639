"""What is known of the memory without opening it: from the board, the settings, and the folder it is kept in."""

import json
from pathlib import Path
from typing import Any, Final

from brains.llm.embedding_models import PaidModel, paid_model
from brains.memory.base import Memory
from brains.memory.extent import bytes_on_disk
from daemon.blackboard.reading.desk_sources import memory_counts
from daemon.blackboard.reading.published import recent_posts
from daemon.blackboard.reading.reader import BoardReader
from daemon.core.clock import iso
from daemon.core.settings.models import Settings
from daemon.runtime.remembered import remembered
from daemon.runtime.remembering import MEMORY_MODEL

Document = dict[str, Any]

MEMORY_TOLD: Final = "memory_told"
"""The key under which a running daemon says why, and since when, its memory is away."""
SAMPLED: Final = 200
"""So many of the newest posts tell how long the others are."""
_EMPTY: Final[Document] = {"published": 0, "remembered": 0, "unremembered": 0, "waiting_since": None}


def memory_told(memory: Memory) -> Document:
    """Why it is degraded, and since when (epoch seconds): `{"reason", "since"}`, both None when it is not."""
    return {"reason": getattr(memory, "reason", None), "since": getattr(memory, "degraded_at", None)}


def memory_facts(reader: BoardReader, *, settings: Settings, now: float) -> Document:
    """`{"mode", "model", "filled_with", "published", "remembered", "waiting", "waiting_since", "bytes", "rebuild"}`.

    `remembered` and `waiting` are posts, as the board knows it; `waiting_since` is when the first of those that wait
    was published. `filled_with` is the embedding model of what is in it, None before there was one. `bytes` are those
    of its files, None where a server keeps it. `rebuild`: `{"posts", "tokens", "cost_usd"}`, what filling it anew
    takes; 0 dollars where the model is ours, None where nobody knows its price. Raises what opening a board raises, and
    `ConfigError` for settings that cannot work.
    """
    memory = settings.memory
    counts = memory_counts(reader.path) if reader.exists else dict(_EMPTY)
    return {
        "mode": memory.mode,
        "model": None if memory.mode == "off" else _model_name(settings),
        "filled_with": reader.controls().get(MEMORY_MODEL) if reader.exists else None,
        "published": counts["published"],
        "remembered": counts["remembered"],
        "waiting": counts["unremembered"],
        "waiting_since": counts["waiting_since"],
        "bytes": bytes_on_disk(settings.home) if memory.mode == "embedded" else None,
        "rebuild": _rebuild(reader, settings=settings, posts=counts["published"], now=now),
    }


def told_of_memory(controls: dict[str, str]) -> Document:
    """What the daemon last said of it on the board: `{"reason", "since"}`, the time as text."""
    try:
        told = json.loads(controls.get(MEMORY_TOLD, "{}"))
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    since = told.get("since")
    return {"reason": told.get("reason"), "since": iso(since) if isinstance(since, int | float) else None}


def _model_name(settings: Settings) -> str:
    paid = paid_model(settings.memory, settings.llm)
    if paid is not None:
        return paid.name
    from brains.memory.embeddings import WordLlamaEmbeddings

    return WordLlamaEmbeddings.name


def _rebuild(reader: BoardReader, *, settings: Settings, posts: int, now: float) -> Document:
    paid = paid_model(settings.memory, settings.llm)
    if paid is None or not posts:
        return {"posts": posts, "tokens": 0, "cost_usd": 0.0}
    tokens, cost = _of_newest(reader.path, paid=paid, now=now)
    return {
        "posts": posts,
        "tokens": round(tokens * posts),
        "cost_usd": None if cost is None else round(cost * posts, 6),
    }


def _of_newest(board: Path, *, paid: PaidModel, now: float) -> tuple[float, float | None]:
    """Tokens and dollars for one post, as the newest are."""
    posts = [remembered(content) for content in recent_posts(board, limit=SAMPLED)]
    if not posts:
        return 0.0, 0.0
    tokens, cost = paid.cost([f"{post.title}\n\n{post.text}".strip() for post in posts], at=now)
    return tokens / len(posts), None if cost is None else cost / len(posts)
