"""What the parts of the running program say of themselves: from memory, at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from brains.memory.base import Memory
from daemon.resilience.gate import Gate
from daemon.runtime.economy import Economy
from daemon.runtime.levels import LevelKeeper
from daemon.runtime.supervisor import Supervisor
from daemon.runtime.worker import Worker

NORMAL = "L0"


@dataclass(frozen=True, slots=True)
class LevelSign:
    """The level of degradation. Times are ISO 8601; None: no time."""

    level: str = NORMAL
    since: str | None = None
    reason: str | None = None
    by: str | None = None
    """`auto`, or the program through which a person chose it."""
    until: str | None = None

    @property
    def number(self) -> int:
        """0 (normal) to 3."""
        return int(self.level[1:])


@dataclass(frozen=True, slots=True)
class Condition:
    """How the parts are at one moment."""

    level: LevelSign = LevelSign()
    is_paused: bool = False
    in_hand: int = 0
    """Items that are being worked on."""
    memory: str = "off"
    """`ok`, `degraded` or `off`."""
    memory_reason: str | None = None
    gate_limit: int = 0
    gate_in_flight: int = 0
    gate_waiting: int = 0
    breakers: Sequence[Mapping[str, Any]] = ()
    """A snapshot of each (`daemon.resilience.breaker`)."""
    burn: Mapping[str, Any] = field(default_factory=dict)
    """The snapshot of the burn rate (`brains.llm.burn`)."""
    chaos: Mapping[str, Any] | None = None
    """What faults are made on purpose; None: none."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """The last fault of each service that has not run steadily since."""
    lost: Sequence[str] = ()
    """Services that have ended, or fail whenever they are started."""


class Listening(Protocol):
    """The part of the API that events are sent through (`hub.stats`)."""

    @property
    def clients(self) -> int:
        """Streams that are open."""
        ...

    @property
    def resyncs(self) -> int:
        """Times a client that fell behind was told to begin anew."""
        ...

    @property
    def dropped(self) -> int:
        """Clients that were dropped because they took nothing."""
        ...

    @property
    def refused(self) -> int:
        """Clients that found no place."""
        ...


class Limiting(Protocol):
    """What holds callers to their limits (`limiter.stats`)."""

    @property
    def in_flight(self) -> int:
        """Requests that are worked on."""
        ...

    @property
    def waiting(self) -> int:
        """Requests that wait for a place."""
        ...

    @property
    def refused(self) -> Mapping[str, int]:
        """Requests that were refused, by why."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that are asked."""

    memory: Memory
    gate: Gate
    worker: Worker
    economy: Economy
    supervisor: Supervisor
    levels: LevelKeeper

    def condition(self) -> Condition:
        """Ask them all."""
        worker, gate, economy = self.worker, self.gate, self.economy
        return Condition(
            level=level_sign(self.levels.document()),
            is_paused=worker.is_paused,
            in_hand=len(worker.in_hand),
            memory=self.memory.status(),
            memory_reason=getattr(self.memory, "reason", None),
            gate_limit=gate.limit,
            gate_in_flight=gate.in_flight,
            gate_waiting=gate.waiting,
            breakers=economy.breaker_snapshots(),
            burn=economy.burn.snapshot(),
            chaos=economy.chaos.health().get("chaos"),
            faults=self.supervisor.faults,
            lost=self.supervisor.lost,
        )


def level_sign(document: Mapping[str, Any]) -> LevelSign:
    """What the keeper of the level says of it."""
    return LevelSign(**{field: document[field] for field in ("level", "since", "reason", "by", "until")})
