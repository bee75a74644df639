"""How the daemon is, in the words of the status: from the writer's lock and what the daemon last wrote of itself."""

import json
import time
from dataclasses import dataclass
from typing import Any, Final

from daemon.blackboard import read_holder
from daemon.blackboard.reading.status import empty_overview, status_document
from daemon.core.chaos import CHAOS, ChaosState, chaos_state
from daemon.core.clock import iso
from daemon.resilience.chosen_level import AUTO
from dashboard.desk import Desk

Document = dict[str, Any]

SILENT_AFTER_SECONDS: Final = 15.0
"""The daemon writes a sign of life every 2 s."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """One look. `kind`: `running`, `silent`, `starting`, `down` or `never`."""

    kind: str
    status: Document
    """The status document; its counts are empty, because they would cost more than the pulse is worth."""
    since: str | None
    """When it was started; when it runs no more, its last sign of life."""
    silent_seconds: float
    chaos: ChaosState

    @property
    def level(self) -> Document:
        """The level that holds, and why."""
        level: Document = self.status["level_told"]
        return level

    @property
    def has_level(self) -> bool:
        """A daemon is at work at some level, or a person has set one for the next."""
        return self.kind in ("running", "silent") or self.level["by"] != AUTO

    @property
    def is_paused(self) -> bool:
        """A person has paused it; that also holds for the next start."""
        return bool(self.status["paused"])


def pulse_of(desk: Desk) -> Pulse:
    """Look now. Raises what opening a board raises; no board at all is a daemon that never ran."""
    controls = desk.reader.controls() if desk.reader.exists else {}
    holder = read_holder(desk.settings.home)
    default = "off" if desk.settings.memory.mode == "off" else "ok"
    overview = empty_overview() | {"controls": controls}
    status = status_document(overview, holder=holder, memory_default=default)
    now = time.time()
    told = json.loads(controls.get("daemon", "{}"))
    beat = told.get("heartbeat_at")
    quiet = max(0.0, now - beat) if isinstance(beat, int | float) else 0.0
    kind = _kind(status, is_known=beat is not None, silent_seconds=quiet)
    since = status["daemon"]["started_at"] if kind == "running" else _time(beat)
    return Pulse(kind, status, since, quiet, chaos_state(desk.settings.chaos, controls.get(CHAOS), now=now))


def _kind(status: Document, *, is_known: bool, silent_seconds: float) -> str:
    daemon = status["daemon"]
    if daemon["running"]:
        return "silent" if daemon["heartbeat_at"] and silent_seconds > SILENT_AFTER_SECONDS else "running"
    if status["is_written"]:
        return "starting"
    return "down" if is_known else "never"


def _time(at: float | str | None) -> str | None:
    return at if isinstance(at, str) else iso(at)
