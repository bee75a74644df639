"""A board with a source in every condition."""

import time
from dataclasses import dataclass
from pathlib import Path

from daemon.blackboard import SqliteEngine
from daemon.blackboard.records import FetchState, NewSource
from daemon.core.clock import SystemClock
from tests.fakes.staged_board import opened, seen

HOUR = 3600.0
ERROR = "https://missing.example/feed answered 404 Not Found; the address is wrong, or what was there was taken down"
NASTY = "<script>alert(1)</script> **bold** [link](https://evil.example)"


@dataclass(frozen=True)
class Watched:
    """Ids by the condition each source is in."""

    failing: int
    gone: int
    late: int
    new: int
    quiet: int
    disabled: int
    ok: int
    configured: int


async def watch(home: Path) -> Watched:
    """Make it, as of now."""
    async with opened(home, clock=SystemClock()) as engine:
        await engine.sync_sources([NewSource(kind="rss", address="https://config.example/f", name="From the file")])
        configured = (await engine.due_sources(limit=1, is_all=True))[0].id
        now = time.time()
        well = FetchState(last_fetch_at=now, last_success_at=now, last_item_at=now, next_fetch_at=now + HOUR)
        await _fetched(engine, configured, well)
        ids = {
            name: await _added(engine, name) for name in ("failing", "gone", "late", "new", "quiet", "disabled", "ok")
        }
        watched = Watched(**ids, configured=configured)
        await _bring_about(engine, watched, now=now)
        return watched


async def _added(engine: SqliteEngine, name: str) -> int:
    shown = NASTY if name == "failing" else f"The {name} one"
    tags = ("sea", "a, b") if name in {"ok", "quiet"} else ()
    new = NewSource(kind="rss", address=f"https://{name}.example/feed", name=shown, tags=tags)
    return (await engine.add_source(new, by="cli")).id


async def _bring_about(engine: SqliteEngine, watched: Watched, *, now: float) -> None:
    await _fetched(
        engine,
        watched.failing,
        FetchState(
            last_fetch_at=now - 60,
            last_success_at=now - 2 * HOUR,
            errors_in_row=3,
            last_error=ERROR,
            next_fetch_at=now + HOUR,
            next_fetch_reason="3 failures in a row: next try after 1.5 h",
        ),
        outcome="failed",
        error=ERROR,
    )
    await _fetched(engine, watched.gone, FetchState(is_gone=True, errors_in_row=1, last_error="410"), outcome="gone")
    await _fetched(engine, watched.late, FetchState(last_fetch_at=now - 5 * HOUR, next_fetch_at=now - HOUR))
    reason = "nothing new for 6 days"
    await _fetched(
        engine,
        watched.quiet,
        FetchState(last_success_at=now, last_fetch_at=now, next_fetch_at=now + HOUR, next_fetch_reason=reason),
    )
    await engine.set_source_enabled(watched.disabled, is_enabled=False, by="dashboard")
    await engine.record_fetch(
        watched.ok,
        fetch=FetchState(last_fetch_at=now, last_success_at=now, last_item_at=now, next_fetch_at=now + HOUR),
        observations=[seen("one"), seen("two")],
        event={"outcome": "read"},
    )


async def _fetched(engine: SqliteEngine, source_id: int, fetch: FetchState, **event: str) -> None:
    await engine.record_fetch(source_id, fetch=fetch, observations=(), event={"outcome": "read", **event})
