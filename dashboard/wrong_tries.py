"""How often somebody tried to sign in with a wrong token in the last minute."""

import time
from collections import deque
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Final

MOST: Final = 10
SPAN_SECONDS: Final = 60.0
MOST_CLIENTS: Final = 1000
_OTHERS: Final = "others"
_NETWORK_BITS: Final = 64


class WrongTries:
    """At most `most` wrong tries of one client in any span of `seconds`; safe between threads.

    A try counts before its token is looked at, and is given back when that was right, so that many at once are no way
    around. What is kept does not grow: beyond `most_clients` the others are counted as one.
    """

    def __init__(
        self,
        *,
        most: int = MOST,
        seconds: float = SPAN_SECONDS,
        most_clients: int = MOST_CLIENTS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._most_clients = most_clients
        self._now = now
        self._lock = Lock()
        self._tries: dict[str, deque[float]] = {}

    def enter(self, client: str) -> float:
        """0 when the client may try now, which is counted; else the seconds until it may."""
        with self._lock:
            now = self._now()
            self._forget(now)
            tries = self._tries.setdefault(self._counted_as(client), deque())
            if len(tries) >= self._most:
                return tries[0] + self._seconds - now
            tries.append(now)
            return 0.0

    def forgive(self, client: str) -> None:
        """The last try was right."""
        with self._lock:
            tries = self._tries.get(self._counted_as(client))
            if tries:
                tries.pop()

    def _counted_as(self, client: str) -> str:
        name = network_of(client)
        return name if name in self._tries or len(self._tries) < self._most_clients else _OTHERS

    def _forget(self, now: float) -> None:
        for client, tries in list(self._tries.items()):
            while tries and tries[0] <= now - self._seconds:
                tries.popleft()
            if not tries:
                del self._tries[client]


def network_of(client: str) -> str:
    """An address as it is counted: of IPv6 its /64, whose owner could take a new address for each try."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client
    mapped = getattr(address, "ipv4_mapped", None)
    if address.version == 4 or mapped:  # noqa: PLR2004 - the version of the Internet Protocol
        return str(mapped or address)
    return str(ip_network((int(address), _NETWORK_BITS), strict=False))
