"""What one row of the table is: a server's behaviour, and what the sensor does with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from sensors.base import Sighting
from tests.fakes.feed_server import Asked, Reply
from tests.fakes.feeds import item, rss

FEED = rss(item(1), item(2))
"""What most servers of the table send, one way or another: two entries."""
HOST = "feeds.example"
"""A name that cases give addresses to."""


@dataclass(frozen=True)
class Seen:
    """What a case came to: its polls in order, what they asked the server for, and what names they looked up."""

    sightings: Sequence[Sighting]
    asked: Sequence[Asked]
    looked_up: Sequence[str]
    now: float

    @property
    def outcomes(self) -> list[str]:
        """The outcome of each poll."""
        return [sighting.outcome for sighting in self.sightings]

    @property
    def wait(self) -> float:
        """Seconds until the next poll, before jitter."""
        return self.sightings[-1].fetch.interval_seconds or 0.0

    def sent(self, header: str) -> list[str | None]:
        """What each request had in this header."""
        return [asked.headers.get(header) for asked in self.asked]

    def texts(self) -> str:
        """All titles and texts of the last poll."""
        return "\n".join(f"{one.title}\n{one.text}" for one in self.sightings[-1].observations)


@dataclass(frozen=True)
class Case:
    """A server's behaviour at `/case`, and what becomes of the last poll.

    `found` is how many observations there are, or words of the failure. `does` says it for the README; empty: what
    `found` says is enough. `replies` are given in order, the last one stays; `{port}` in their headers and in `address`
    is the server's port. `names` are the answers of the name servers, one list each time a name is asked for.
    `others` are scripts for other paths. `check` is what else must hold.
    """

    name: str
    replies: Reply | tuple[Reply, ...]
    found: int | str
    _: KW_ONLY
    outcome: str = ""
    does: str = ""
    polls: int = 1
    address: str = "http://127.0.0.1:{port}/case"
    names: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    others: Mapping[str, Reply] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Seen], bool] = lambda _: True

    @property
    def expected(self) -> str:
        """The outcome of the last poll."""
        return self.outcome or ("failed" if isinstance(self.found, str) else "read")

    @property
    def said(self) -> str:
        """What the sensor does, for a person to read."""
        if self.does:
            return self.does
        if isinstance(self.found, str):
            return f"{'gone' if self.outcome == 'gone' else 'a failure'}: “… {self.found} …”"
        return "reads it" if self.found else "reads it: no entries"


@dataclass(frozen=True)
class Group:
    """Cases of one kind."""

    name: str
    cases: tuple[Case, ...]
