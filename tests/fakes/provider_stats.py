"""What the fake provider counts."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.fakes.provider_wire import Tokens, WireRequest

NO_TOKENS = Tokens()


@dataclass
class Entry:
    """One request.

    `outcome`: open, answered, failed (an error status), lost (broken on purpose) or aborted (the client went away).
    `hash` is the SHA-256 of the body, `limit` the output tokens it allows. `tokens` is what was given out.
    """

    number: int
    started_at: float
    path: str
    vendor: str
    model: str
    hash: str
    limit: int | None = None
    outcome: str = "open"
    status: int | None = None
    ended_at: float | None = None
    tokens: Tokens = field(default_factory=Tokens)


@dataclass
class Stats:
    """All counters. Tokens count when the whole answer was handed to the connection."""

    in_flight: int = 0
    max_in_flight: int = 0
    connections: int = 0
    events: int = 0
    """Events of streams that were handed to a connection."""
    log: list[Entry] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, request: WireRequest, *, body_hash: str, at: float) -> Entry:
        """A request has arrived whole."""
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        number = len(self.log) + 1
        entry = Entry(number, at, request.path, request.vendor, request.model, body_hash, request.limit)
        self.log.append(entry)
        self.changed.set()
        return entry

    def end(
        self, entry: Entry, *, outcome: str, at: float, status: int | None = None, tokens: Tokens = NO_TOKENS
    ) -> None:
        """It is over, one way or another."""
        self.in_flight -= 1
        entry.outcome, entry.status, entry.ended_at, entry.tokens = outcome, status, at, tokens
        self.changed.set()

    def event_sent(self) -> None:
        """One more event of a stream."""
        self.events += 1
        self.changed.set()

    async def until(self, condition: Callable[["Stats"], bool], *, timeout: float = 10.0) -> None:
        """Wait until the counters say so. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            while not condition(self):
                self.changed.clear()
                await self.changed.wait()

    def count(self, outcome: str) -> int:
        """How many requests ended so."""
        return sum(entry.outcome == outcome for entry in self.log)

    @property
    def tokens(self) -> Tokens:
        """All tokens given out."""
        names = list(asdict(Tokens()))
        return Tokens(**{name: sum(getattr(entry.tokens, name) for entry in self.log) for name in names})

    def answered_by_hash(self) -> Counter[str]:
        """How often a charged answer was given to exactly this request."""
        return Counter(entry.hash for entry in self.log if entry.outcome == "answered")

    def as_dict(self, *, has_log: bool = True) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "requests": len(self.log),
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "by_path": Counter(entry.path for entry in self.log),
            "by_outcome": Counter(entry.outcome for entry in self.log),
            "by_status": Counter(str(entry.status) for entry in self.log),
            "tokens": asdict(self.tokens),
            "received_by_hash": Counter(entry.hash for entry in self.log),
            "answered_by_hash": self.answered_by_hash(),
            "log": [asdict(entry) for entry in self.log] if has_log else [],
        }
