"""What the API needs of the running program, in one object."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from brains.memory.base import Memory
from daemon.blackboard.engine import Engine
from daemon.blackboard.reading import BoardReader
from daemon.core.clock import Clock
from daemon.core.events import Emitter
from daemon.core.settings.models import Settings
from daemon.runtime.access import Access
from daemon.runtime.health import Monitor
from daemon.runtime.levels import LevelKeeper
from sensors.parsers.pool import ParsePool
from sensors.web.fetching import Fetcher


class Desk(Protocol):
    """The running program, as the API sees it; any object with these attributes will do."""

    @property
    def settings(self) -> Settings:
        """The configuration it runs with."""
        ...

    @property
    def engine(self) -> Engine:
        """The board's one writer."""
        ...

    @property
    def reader(self) -> BoardReader:
        """The board's read side."""
        ...

    @property
    def memory(self) -> Memory:
        """The vector store, also when it is off."""
        ...

    @property
    def access(self) -> Access:
        """Who may come in."""
        ...

    @property
    def monitor(self) -> Monitor:
        """How the running program is."""
        ...

    @property
    def emitter(self) -> Emitter:
        """Tells of every event, those of the board with their ids and in order."""
        ...

    @property
    def levels(self) -> LevelKeeper:
        """The level of degradation, and who set it."""
        ...

    @property
    def clock(self) -> Clock:
        """The time it lives by."""
        ...

    @property
    def fetcher(self) -> Fetcher:
        """What asks the outside, one for all, so that a host's limit holds."""
        ...

    @property
    def parsers(self) -> ParsePool:
        """The processes that read what comes from outside."""
        ...

    def health(self) -> Mapping[str, Any]:
        """`{"level": "L0", "services": {name: {"healthy": bool, …}}}`, from memory, at once."""
        ...

    def breakers(self) -> Sequence[Mapping[str, Any]]:
        """The breaker of every model, as its snapshot."""
        ...

    async def reset_breaker(self, name: str, *, by: str) -> Mapping[str, Any]:
        """Close a breaker, and let go on what waits for it: its snapshot, and whether it was `reset`.

        Raises `NotFoundError`.
        """
        ...

    def wake(self) -> None:
        """New work is on the board, or a source is due: look now instead of at the next poll."""
        ...

    async def rebuild_memory(self) -> int:
        """Empty the memory and have it filled again from the board; answers how many posts there are to remember."""
        ...
