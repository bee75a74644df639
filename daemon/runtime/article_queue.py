"""Which article to read next: hosts take turns, so that nobody waits behind another site; of a host, the oldest.

A host that fails comes after all that do not: some that hang would otherwise sit in all places, again and again.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from daemon.blackboard.senses import AwaitedArticle

MOST_WAITING: Final = 500
MOST_OF_HOST: Final = 50
"""So much of one site is held; the rest is on the board, and is looked for again when there is room."""
FEW_OF_HOST: Final = 10
_MOST_TEXT_CHARS: Final = 20_000


@dataclass(slots=True)
class Waiting:
    """An article that is to be read, not before `not_before` (monotonic seconds); `tries` have failed."""

    awaited: AwaitedArticle
    host: str
    ends_at: float
    """When the board lets its item go (monotonic seconds): the time of day may be set meanwhile, and shifts both."""
    not_before: float = 0.0
    tries: int = 0
    why: str | None = None
    """What the last try failed with."""


@dataclass(slots=True)
class _Host:
    waiting: "OrderedDict[str, Waiting]" = field(default_factory=OrderedDict)
    is_busy: bool = False
    free_at: float = 0.0
    is_failing: bool = False
    turn: int = 0
    """Which of all turns was its last one."""


class ArticleQueue:
    """What waits, by host. Times are monotonic seconds; each host has one article read at a time."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        self._held: dict[str, str] = {}
        """The host of everything that waits or is in hand, by item id."""
        self._turns = 0
        self._overflown: set[str] = set()
        """Hosts of which something was left on the board."""

    def __len__(self) -> int:
        return len(self._held)

    @property
    def wants_more(self) -> bool:
        """Whether a host of which more is on the board has hardly anything left here."""
        return any(len(self._waiting_of(name)) < FEW_OF_HOST for name in self._overflown)

    def begin_look(self) -> None:
        """Everything on the board is about to be offered again."""
        self._overflown.clear()

    def add(self, awaited: AwaitedArticle, *, ends_at: float) -> None:
        """Take one in, which waits until `ends_at`.

        What is held already stays as it is, and what has no room is left on the board.
        """
        if awaited.item_id in self._held:
            return
        name = host_of(awaited.url)
        if len(self._waiting_of(name)) >= MOST_OF_HOST or not self._has_room_for(name):
            self._overflown.add(name)
            return
        host = self._hosts.setdefault(name, _Host())
        self._held[awaited.item_id] = name
        # Of a long text the beginning is enough to tell what the article is.
        short = replace(awaited, text=awaited.text[:_MOST_TEXT_CHARS])
        host.waiting[awaited.item_id] = Waiting(short, name, ends_at)

    def _waiting_of(self, name: str) -> "OrderedDict[str, Waiting]":
        host = self._hosts.get(name)
        return host.waiting if host is not None else OrderedDict()

    def _has_room_for(self, name: str) -> bool:
        """Whether there is room, if need be that of the host which has taken the most of it."""
        if len(self._held) < MOST_WAITING:
            return True
        largest = max(self._hosts, key=lambda one: len(self._hosts[one].waiting))
        if len(self._hosts[largest].waiting) <= len(self._waiting_of(name)) + 1:
            return False
        item_id, _ = self._hosts[largest].waiting.popitem()
        self.forget(item_id)
        self._overflown.add(largest)
        return True

    def take(self, *, now: float) -> Waiting | None:
        """The one whose turn it is; its host is busy until `release`."""
        ready = (self._first(host, now) for host in self._hosts.values() if not host.is_busy and host.free_at <= now)
        found = min((one for one in ready if one), key=self._place, default=None)
        if found is not None:
            host = self._hosts[found.host]
            del host.waiting[found.awaited.item_id]
            self._turns += 1
            host.is_busy, host.turn = True, self._turns
        return found

    def _place(self, waiting: Waiting) -> tuple[bool, int, str]:
        host = self._hosts[waiting.host]
        return host.is_failing, host.turn, waiting.awaited.item_id

    def release(self, host: str, *, free_at: float, is_well: bool = True) -> None:
        """The host is no longer busy; the next of its articles is read not before `free_at`."""
        one = self._hosts[host]
        one.is_busy, one.free_at = False, max(one.free_at, free_at)
        one.is_failing = not is_well

    def put_back(self, waiting: Waiting, *, not_before: float, why: str) -> None:
        """Try it again later."""
        waiting.tries += 1
        waiting.why = why
        waiting.not_before = not_before
        self._hosts[waiting.host].waiting[waiting.awaited.item_id] = waiting

    def forget(self, item_id: str) -> None:
        """It waits no more."""
        self._held.pop(item_id, None)

    def take_expired(self, *, at: float, now: float) -> list[Waiting]:
        """Forget and answer what waits only until `at`; forget hosts that nothing is left of."""
        expired: list[Waiting] = []
        for name, host in list(self._hosts.items()):
            over = [one for one in host.waiting.values() if one.ends_at <= at]
            for one in over:
                del host.waiting[one.awaited.item_id]
                self.forget(one.awaited.item_id)
            expired += over
            if not host.waiting and not host.is_busy and host.free_at <= now:
                del self._hosts[name]
        return expired

    def ends_at(self) -> float | None:
        """When the first of them stops waiting; None when nothing waits."""
        untils = (one.ends_at for host in self._hosts.values() for one in host.waiting.values())
        return min(untils, default=None)

    def next_at(self) -> float | None:
        """When the next one may be read, as far as time alone decides it; None when nothing waits."""
        times = [
            max(host.free_at, min(one.not_before for one in host.waiting.values()))
            for host in self._hosts.values()
            if host.waiting and not host.is_busy
        ]
        return min(times, default=None)

    @staticmethod
    def _first(host: _Host, now: float) -> Waiting | None:
        return next((one for one in host.waiting.values() if one.not_before <= now), None)


def host_of(url: str) -> str:
    """The host that an address leads to."""
    return (urlsplit(url).hostname or "").lower()
