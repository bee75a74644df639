"""How the running program is."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from daemon.api.answers.base import Answer, Moment

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]


class HealthAnswer(Answer):
    """The daemon answers, and works."""

    status: str = Field(examples=["healthy"])
    """`healthy`."""
    timestamp: Moment
    """When this was."""
    version: str = Field(examples=["0.1.0"])
    """Of the running daemon."""


class UnhealthyAnswer(HealthAnswer):
    """The daemon answers, but does nothing."""

    status: str = Field(examples=["unhealthy"])
    """`unhealthy`."""
    why: str = Field(examples=["writer", "worker"])
    """What does not work, in one word: the writer, the board (its file is gone), or the name of a service."""


class SystemHealth(Answer):
    """The machine. Sizes are in MiB."""

    cpu_percent: float = Field(ge=0, le=100, examples=[12.5])
    """Of all processors, by all processes, since the look before."""
    memory_percent: float
    """Of the machine's memory, in use."""
    memory_available_mb: float
    """What programs may still take."""
    rss_mb: float
    """Resident memory of the daemon."""
    free_disk_mb: float
    """Under home."""


class ServiceHealth(Answer):
    """A service. Those without a name of their own here have `healthy`, and what there is to say."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    healthy: bool
    """It is as it should be."""
    error: str | None = None
    """The last fault of a service of this name."""


class DatabaseHealth(ServiceHealth):
    """The board and its one writer. Sizes are in MiB."""

    reason: str | None
    """Why it is not healthy."""
    write_seconds: Seconds
    """How long the newest commit took."""
    write_p99_seconds: Seconds
    """The slowest of the last minute's hundred."""
    last_commit_at: Moment | None
    """When the pulse last committed; null before the first time."""
    board_mb: float
    """The board's file."""
    wal_mb: float
    """Its log."""
    free_disk_mb: float
    """Under home."""


class MemoryHealth(ServiceHealth):
    """The vector store."""

    status: str = Field(examples=["ok"])
    """ok, degraded or off."""
    reason: str | None
    """Why it is degraded."""


class SourceHealth(Answer):
    """One source."""

    id: int
    """Its number."""
    name: str
    """As it was named, or names itself."""
    freshness: str = Field(examples=["fresh", "quiet", "stale"])
    """fresh; quiet: it can be read and has nothing new; stale: we fail to read it; disabled; gone."""
    last_success_at: Moment | None
    """When it was last read."""
    last_item_at: Moment | None
    """When it last had something new."""
    next_fetch_at: Moment | None
    """When it is read next; null when it is not."""
    errors_in_row: Count
    """How often reading it has failed since it last went well."""
    last_error: str | None
    """What failed last; null when nothing did."""


class SourcesHealth(ServiceHealth):
    """All sources: how many are how, and each of them."""

    stale_share: float = Field(ge=0, le=1)
    """Of those that are read."""
    fresh: Count
    """How many had something new."""
    quiet: Count
    """How many can be read and have nothing new."""
    stale: Count
    """How many we fail to read."""
    disabled: Count
    """How many are switched off."""
    gone: Count
    """How many are there no more."""
    each: list[SourceHealth]
    """Every one of them."""


class LoopHealth(ServiceHealth):
    """How late the event loop was within the last minute."""

    lag_p99_seconds: Seconds
    """99 % of the samples were no later."""
    lag_worst_seconds: Seconds
    """The latest of them."""


class WorkerHealth(ServiceHealth):
    """Who does the steps."""

    in_hand: Count
    """Items that are being worked on."""
    paused: bool
    """A person has stopped the claiming."""
    last_claim_at: Moment | None
    """Since the start."""
    last_end_at: Moment | None
    """When a step last ended, since the start."""
    last_publish_at: Moment | None
    """When a post last went out, since the start."""


class ItemsHealth(ServiceHealth):
    """The items on the board."""

    states: dict[str, Count]
    """How many are in each state; empty while the board cannot be read."""
    oldest_age_seconds: dict[str, Seconds]
    """Since the oldest was seen, by state that is not final and has items."""
    due_seconds: dict[str, Seconds]
    """Since the longest waiting might have been taken up, by state that has such items."""


class GateHealth(ServiceHealth):
    """The requests to models."""

    limit: Count
    """Requests that may be under way at once."""
    in_flight: Count
    """Requests that are."""
    waiting: Count
    """Requests that wait for a place."""


class LiveHealth(ServiceHealth):
    """The event streams; counts are since the start."""

    clients: Count
    """Streams that are open."""
    resyncs: Count
    """Times a client that fell behind was told to begin anew."""
    dropped: Count
    """Clients that were dropped because they took nothing."""
    refused: Count
    """Clients that found no place."""


class LimiterHealth(ServiceHealth):
    """The limits of requests."""

    in_flight: Count
    """Requests that are worked on."""
    waiting: Count
    """Requests that wait for a place."""
    refused: dict[str, Count]
    """Since the start, by why."""


class ServicesHealth(Answer):
    """Every service. Models (`model <name>`), and what is in trouble, stand here as well under their names."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)
    __pydantic_extra__: dict[str, ServiceHealth]

    database: DatabaseHealth
    """The board and its one writer."""
    memory: MemoryHealth
    """The vector store."""
    sources: SourcesHealth
    """All sources."""
    loop: LoopHealth
    """The event loop."""
    worker: WorkerHealth
    """Who does the steps."""
    items: ItemsHealth
    """The items on the board."""
    gate: GateHealth
    """The requests to models."""
    live: LiveHealth | None = None
    """The event streams; null where none can be opened."""
    limiter: LimiterHealth | None = None
    """The limits of requests; null where there are none."""


class DetailedHealthAnswer(Answer):
    """How every part is. `degraded` as soon as one service, or the level, is not normal."""

    status: str = Field(examples=["healthy", "degraded"])
    """healthy or degraded."""
    timestamp: Moment
    """When this was."""
    version: str
    """Of the running daemon."""
    level: str = Field(examples=["L0"])
    """L0 normal, L1, L2, L3 ingest only."""
    level_reason: str | None
    """Why this level holds."""
    level_since: Moment | None
    """When it was entered."""
    level_by: str | None
    """auto, or the program through which a person chose it."""
    level_until: Moment | None
    """When a person's choice ends."""
    system: SystemHealth
    """The machine."""
    services: ServicesHealth
    """Every service."""


EXAMPLE: dict[str, Any] = {
    "status": "degraded",
    "timestamp": "2026-11-20T11:06:59.123Z",
    "version": "0.1.0",
    "level": "L0",
    "level_reason": "nothing was seen yet",
    "level_since": "2026-11-20T08:00:00.000Z",
    "level_by": "auto",
    "level_until": None,
    "system": {
        "cpu_percent": 12.5,
        "memory_percent": 41.0,
        "memory_available_mb": 14210.4,
        "rss_mb": 190.2,
        "free_disk_mb": 51230.0,
    },
    "services": {
        "database": {
            "healthy": True,
            "reason": None,
            "write_seconds": 0.0011,
            "write_p99_seconds": 0.0042,
            "last_commit_at": "2026-11-20T11:06:58.010Z",
            "board_mb": 18.4,
            "wal_mb": 4.0,
            "free_disk_mb": 51230.0,
        },
        "memory": {"healthy": True, "status": "ok", "reason": None},
        "model writer": {
            "healthy": False,
            "name": "writer",
            "state": "open",
            "reason": "5 of the last 5 calls failed, the last with ServerFaultError: 529",
            "opened_at": "2026-11-20T11:06:31.000Z",
            "next_probe_at": "2026-11-20T11:07:31.000Z",
            "samples": 0,
            "failures": 0,
        },
        "sources": {
            "healthy": True,
            "stale_share": 0.0,
            "fresh": 0,
            "quiet": 1,
            "stale": 0,
            "disabled": 0,
            "gone": 0,
            "each": [
                {
                    "id": 1,
                    "name": "Example",
                    "freshness": "quiet",
                    "last_success_at": "2026-11-20T10:40:00.000Z",
                    "last_item_at": "2026-11-17T09:00:00.000Z",
                    "next_fetch_at": "2026-11-20T11:40:00.000Z",
                    "errors_in_row": 0,
                    "last_error": None,
                }
            ],
        },
        "loop": {"healthy": True, "lag_p99_seconds": 0.0031, "lag_worst_seconds": 0.012},
        "worker": {
            "healthy": True,
            "in_hand": 2,
            "paused": False,
            "last_claim_at": "2026-11-20T11:06:50.000Z",
            "last_end_at": "2026-11-20T11:06:52.000Z",
            "last_publish_at": "2026-11-20T11:01:00.000Z",
        },
        "items": {
            "healthy": True,
            "states": {"QUEUED": 3, "DRAFTING": 2, "PUBLISHED": 210},
            "oldest_age_seconds": {"QUEUED": 64.0, "DRAFTING": 71.5},
            "due_seconds": {"QUEUED": 2.0},
        },
        "gate": {"healthy": True, "limit": 3, "in_flight": 2, "waiting": 0},
    },
}
