"""The state of the whole desk in one document, from the board's file and the writer's lock."""

import json
import time
from collections.abc import Mapping
from typing import Protocol

from daemon.blackboard.reading.rows import Document
from daemon.blackboard.states import State
from daemon.core.clock import iso
from daemon.resilience.chosen_level import LEVEL_SET, LEVEL_TOLD, level_at_rest


class Writer(Protocol):
    """Who holds the writer's lock."""

    @property
    def pid(self) -> int | None:
        """Its process."""
        ...

    @property
    def address(self) -> str | None:
        """Where its API listens; None when it has none (`once`)."""
        ...


def empty_overview() -> Document:
    """What `BoardReader.overview` answers for a board nothing was ever posted on."""
    return {
        "states": {state.value: 0 for state in State},
        "oldest_age_seconds": {},
        "today": {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0},
        "controls": {},
    }


def status_document(overview: Document, *, holder: Writer | None, memory_default: str) -> Document:
    """Counts, ages, today, and how the daemon is.

    What the daemon wrote of itself counts only while it lives: after its end, level, memory, burn rate and pools are
    those of a desk at rest (where the level may be one that a person has set). Its breakers stand as it left them, and
    so the next start takes them up. `writer_pid` is the process that holds the board, whether it is a daemon with its
    API or not (yet); None without one.
    """
    controls = overview["controls"]
    told = json.loads(controls.get("daemon", "{}"))
    is_running = holder is not None and (holder.address is not None or told.get("pid") == holder.pid)
    level = _level(controls, is_running=is_running)
    return {
        "states": overview["states"],
        "level": level["level"],
        "daemon": _daemon(told, holder=holder if is_running else None),
        "level_told": level,
        "oldest_age_seconds": overview["oldest_age_seconds"],
        "today": overview["today"],
        "memory": controls.get("memory", memory_default) if is_running else memory_default,
        "breakers": breakers_of(controls),
        "burn": json.loads(controls.get("burn", "{}")).get("stage", "normal") if is_running else "normal",
        "pools": json.loads(controls.get("pools", "[]")) if is_running else [],
        "paused": "paused" in controls,
        "is_written": holder is not None,
        "writer_pid": holder.pid if holder else None,
    }


def breakers_of(controls: Mapping[str, str]) -> list[Document]:
    """The breakers as the daemon last wrote them, the closed ones too; what is no breaker is left out."""
    try:
        told = json.loads(controls.get("breakers", "[]"))
    except ValueError:
        return []
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _level(controls: Mapping[str, str], *, is_running: bool) -> Document:
    """As the daemon tells it; without one, what a person has set holds for the next."""
    at_rest = level_at_rest(controls.get(LEVEL_SET), now=time.time())
    if not is_running:
        return at_rest
    try:
        told = json.loads(controls.get(LEVEL_TOLD, "{}"))
    except ValueError:
        return at_rest
    return told if isinstance(told, dict) and told.keys() == at_rest.keys() else at_rest


def _daemon(told: Document, *, holder: Writer | None) -> Document:
    is_same = holder is not None and told.get("pid") == holder.pid
    return {
        "running": holder is not None,
        "pid": holder.pid if holder else None,
        "version": told.get("version") if is_same else None,
        "address": holder.address if holder else None,
        "started_at": _time(told.get("started_at")) if is_same else None,
        "heartbeat_at": _time(told.get("heartbeat_at")) if is_same else None,
    }


def _time(at: float | str | None) -> str | None:
    return at if isinstance(at, str) else iso(at)
