"""Is it healthy: what the figures of one look mean.

The program is `degraded` when its level is above L0, or one of its services is not healthy. The services, and when each
is not:

- `database`: the board cannot be read, no commit for 30 s, the slowest commits (p99 of a minute) over a second, the log
  over 256 MiB, or less free disk than twice what level L3 is entered at (`levels.l3.free_disk`).
- `memory`: the vector store does not answer. Off is healthy.
- `model <name>`, one for each endpoint: its breaker is not closed.
- `sources`: more than a fifth of those that are read are stale. A feed with nothing new is not stale.
- `loop`: the event loop is late by more than a quarter of a second (p99 of a minute).
- `worker`, `items`, `gate`, `live`, `limiter`: never; they are there to be seen.
- `burn rate` and `chaos`: always; they are there only while money goes too fast, or faults are made on purpose.
- any other name: a service of ours that failed within the last minute, or does not come up again.
"""

from collections.abc import Mapping
from typing import Any

from daemon.blackboard.reading.freshness import Freshness
from daemon.blackboard.reading.monitoring import BoardFigures, SourceFigures
from daemon.core.clock import iso
from daemon.core.redaction import scrub_text
from daemon.core.settings.models import Settings
from daemon.runtime.condition import NORMAL, Condition
from daemon.runtime.look import Look

MIB = 1024 * 1024
SLOW_WRITE_SECONDS = 1.0
LATE_LOOP_SECONDS = 0.25
MOST_STALE_SHARE = 0.2
LONGEST_WAL_BYTES = 256 * MIB
LONGEST_BEAT_SECONDS = 30.0
"""Without a beat of the pulse for so long, the program is up but does nothing."""
VITAL_SERVICES = frozenset({"worker", "sensing", "pulse", "recorder", "leases", "rescuer"})
"""Without one of these the work stands still, or is not safe."""
_ROOM_ABOVE_L3 = 2
_READ = (Freshness.FRESH, Freshness.QUIET, Freshness.STALE)

Service = dict[str, Any]


def judge(look: Look, *, settings: Settings) -> dict[str, Any]:
    """The report of one look, JSON-ready; the module says what makes it degraded."""
    condition = look.condition
    services = {
        "database": _database(look, least_disk=_ROOM_ABOVE_L3 * settings.levels.l3.free_disk),
        "memory": _memory(condition),
        **_models(condition),
        "sources": _sources(look.board),
        "loop": _loop(look),
        **_work(look),
        **_api(look),
    }
    for name, trouble in _troubles(condition).items():
        services[name] = services.get(name, {}) | trouble
    is_normal = condition.level.level == NORMAL and all(one["healthy"] for one in services.values())
    return {
        "status": "healthy" if is_normal else "degraded",
        "level": condition.level.level,
        "level_reason": condition.level.reason,
        "level_since": condition.level.since,
        "level_by": condition.level.by,
        "level_until": condition.level.until,
        "system": _system(look),
        "services": services,
    }


def _system(look: Look) -> dict[str, Any]:
    machine = look.machine
    return {
        "cpu_percent": machine.cpu_percent,
        "memory_percent": machine.memory_percent,
        "memory_available_mb": _mib(machine.memory_available),
        "rss_mb": _mib(machine.rss),
        "free_disk_mb": _mib(machine.free_disk),
    }


def _database(look: Look, *, least_disk: int) -> Service:
    machine = look.machine
    reasons = {
        look.board_error or "": look.board is None,
        "no commit for more than 30 s": look.beat_age > LONGEST_BEAT_SECONDS,
        "commits are slow": look.write_p99 > SLOW_WRITE_SECONDS,
        "the log is not shortened": machine.wal > LONGEST_WAL_BYTES,
        "the disk is nearly full": machine.free_disk < least_disk,
    }
    found = "; ".join(why for why, holds in reasons.items() if holds)
    return {
        "healthy": not found,
        "reason": scrub_text(found) or None,
        "write_seconds": round(look.write_last, 4),
        "write_p99_seconds": round(look.write_p99, 4),
        "last_commit_at": iso(look.times.beat_at),
        "board_mb": _mib(machine.board),
        "wal_mb": _mib(machine.wal),
        "free_disk_mb": _mib(machine.free_disk),
    }


def _memory(condition: Condition) -> Service:
    is_healthy = condition.memory != "degraded"
    return {"healthy": is_healthy, "status": condition.memory, "reason": condition.memory_reason}


def _models(condition: Condition) -> dict[str, Service]:
    return {
        f"model {breaker['name']}": {
            **breaker,
            "healthy": breaker["state"] == "closed",
            "opened_at": iso(breaker["opened_at"]),
            "next_probe_at": iso(breaker["next_probe_at"]),
        }
        for breaker in condition.breakers
    }


def _sources(board: BoardFigures | None) -> Service:
    if board is None:
        return {"healthy": False, "stale_share": 0.0, **{one.value: 0 for one in Freshness}, "each": []}
    counts = board.freshness()
    read = sum(counts[one] for one in _READ)
    share = counts[Freshness.STALE] / read if read else 0.0
    each = [_source(source) for source in board.sources]
    return {"healthy": share <= MOST_STALE_SHARE, "stale_share": round(share, 3), **counts, "each": each}


def _source(source: SourceFigures) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "freshness": source.freshness.value,
        "last_success_at": iso(source.last_success_at),
        "last_item_at": iso(source.last_item_at),
        "next_fetch_at": iso(source.next_fetch_at),
        "errors_in_row": source.errors_in_row,
        "last_error": source.last_error,
    }


def _loop(look: Look) -> Service:
    return {
        "healthy": look.lag_p99 <= LATE_LOOP_SECONDS,
        "lag_p99_seconds": round(look.lag_p99, 4),
        "lag_worst_seconds": round(look.lag_worst, 4),
    }


def _work(look: Look) -> dict[str, Service]:
    condition, board = look.condition, look.board
    return {
        "worker": {
            "healthy": True,
            "in_hand": condition.in_hand,
            "paused": condition.is_paused,
            "last_claim_at": iso(look.times.claim_at),
            "last_end_at": iso(look.times.end_at),
            "last_publish_at": iso(look.times.publish_at),
        },
        "items": {
            "healthy": True,
            "states": dict(look.counts),
            "oldest_age_seconds": _rounded(board.oldest if board else {}),
            "due_seconds": _rounded(board.due if board else {}),
        },
        "gate": {
            "healthy": True,
            "limit": condition.gate_limit,
            "in_flight": condition.gate_in_flight,
            "waiting": condition.gate_waiting,
        },
    }


def _api(look: Look) -> dict[str, Service]:
    services: dict[str, Service] = {}
    if (live := look.listening) is not None:
        services["live"] = {
            "healthy": True,
            "clients": live.clients,
            "resyncs": live.resyncs,
            "dropped": live.dropped,
            "refused": live.refused,
        }
    if (limits := look.limiting) is not None:
        services["limiter"] = {
            "healthy": True,
            "in_flight": limits.in_flight,
            "waiting": limits.waiting,
            "refused": {str(why): count for why, count in limits.refused.items()},
        }
    return services


def _troubles(condition: Condition) -> dict[str, Service]:
    found: dict[str, Service] = {}
    if condition.burn.get("stage", "normal") != "normal":
        found["burn rate"] = {**condition.burn, "healthy": False}
    if condition.chaos is not None:
        found["chaos"] = {**condition.chaos, "healthy": False}
    found |= {name: {"healthy": False, "error": "it does not come up again"} for name in _lost(condition)}
    return found | {name: {"healthy": False, "error": why} for name, why in condition.faults.items()}


def _lost(condition: Condition) -> list[str]:
    """Others may end: what is switched off has nothing to do."""
    return sorted(VITAL_SERVICES.intersection(condition.lost))


def _rounded(spans: Mapping[str, float]) -> dict[str, float]:
    return {state: round(seconds, 1) for state, seconds in spans.items()}


def _mib(size: int) -> float:
    return round(size / MIB, 1)
