"""A hall of viewers: many clients of one event stream, in a process of its own.

`python -m tests.fakes.viewers --url URL --clients 2000 --slow 0.1 --dropped 0.2` connects them and writes `connected`.
Then it obeys lines on its standard input: `drop` cuts the connections of some, who come back at once with the id of the
last event they had; `closed` waits until the server has ended the streams of all who can keep up;
`end N` waits until all who can keep up have N events (or nothing comes any more), writes what was seen as one JSON
line, and ends. Slow ones have a small receive buffer and read it rarely.
"""

import argparse
import asyncio
import gc
import json
import socket
import sys
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from tests.fakes.sse_wire import Seen, StreamReader
from tests.fakes.viewers_report import report

SLOW_RECEIVE_BUFFER = 4096
SLOW_READS_EVERY_SECONDS = 2.0
COME_BACK_SECONDS = 0.1
CONNECTING_AT_ONCE = 100
CONNECTED_WITHIN_SECONDS = 120.0
QUIET_SECONDS = 3.0
PATIENCE_SECONDS = 30.0
_MOST_KNOWN = 512


@dataclass
class Hall:
    """What all viewers share."""

    url: str
    token: str | None
    known: dict[bytes, list[Seen]] = field(default_factory=dict)
    """What a whole read says: most viewers read the same bytes, and they are looked at once."""
    at_of: dict[int, float] = field(default_factory=dict)
    """When each event happened, as it says itself."""
    posted_of: dict[int, float] = field(default_factory=dict)
    """When the driver asked for each event, where the event carries that."""

    first_id: int = 0
    """What came before this one came while viewers were still coming in."""

    def begin(self) -> None:
        """All are in: from the next event on, all are to have the same."""
        self.first_id = max(self.at_of, default=0) + 1

    def request(self, *, last_event_id: int | None) -> bytes:
        """The head of a request for the stream."""
        parts = urlsplit(self.url)
        lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}", "Accept: text/event-stream"]
        lines += [f"Authorization: Bearer {self.token}"] if self.token else []
        lines += [f"Last-Event-ID: {last_event_id}"] if last_event_id is not None else []
        return "\r\n".join([*lines, "", ""]).encode()

    def remember(self, data: bytes, *, seen: list[Seen]) -> None:
        """Know the bytes again."""
        if len(self.known) >= _MOST_KNOWN:
            self.known.clear()
        self.known[data] = seen


class Viewer:
    """One client; it outlives its connections."""

    def __init__(self, hall: Hall, *, is_slow: bool, is_dropped: bool) -> None:
        self.hall = hall
        self.is_slow = is_slow
        self.is_dropped = is_dropped
        self.ids = array("q")
        self.times = array("d")
        self.resyncs_at: list[int] = []
        """How many events it had when it was told to begin anew."""
        self.back_seconds: float | None = None
        self.refusals = 0
        self.is_ended = asyncio.Event()
        """The server ended its last connection."""
        self._dropped_at: float | None = None
        self._connection: _Connection | None = None

    @property
    def ended(self) -> str | None:
        """How the server ended the last connection; None: it did not."""
        return self._connection.ended if self._connection else None

    async def connect(self) -> None:
        """Open the stream; comes back until it is let in."""
        while not await self._is_let_in():
            self.refusals += 1
            await asyncio.sleep(COME_BACK_SECONDS)
        if self._dropped_at is not None:
            self.back_seconds = time.time() - self._dropped_at

    def drop(self) -> None:
        """Lose the connection, without a word."""
        assert self._connection is not None
        self._dropped_at = time.time()
        self._connection.abort()

    async def _is_let_in(self) -> bool:
        loop, parts = asyncio.get_running_loop(), urlsplit(self.hall.url)
        connection = socket.socket()
        connection.setblocking(False)
        if self.is_slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_RECEIVE_BUFFER)
        try:
            await loop.sock_connect(connection, (parts.hostname or "", parts.port or 80))
            _, self._connection = await loop.create_connection(lambda: _Connection(self), sock=connection)
        except OSError:
            connection.close()
            return False
        if await self._connection.status == HTTPStatus.OK:
            return True
        self._connection.abort()
        return False


class _Connection(asyncio.Protocol):
    """One connection of a viewer, to its end."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._reader = StreamReader()
        self._transport: asyncio.Transport | None = None
        self._is_aborted = False
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.ended: str | None = None

    def abort(self) -> None:
        """Be gone at once."""
        self._is_aborted = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream, from where it broke off."""
        self._transport = transport = cast("asyncio.Transport", transport)
        ids = self._viewer.ids
        transport.write(self._viewer.hall.request(last_event_id=ids[-1] if ids else None))

    def data_received(self, data: bytes) -> None:
        """Note every event and when it came."""
        now, viewer = time.time(), self._viewer
        seen = viewer.hall.known.get(data) if self._reader.is_between else None
        if seen is None:
            seen = self._read(data)
        for one in seen:
            if one.id is None:
                viewer.resyncs_at.append(len(viewer.ids))
            else:
                viewer.ids.append(one.id)
                viewer.times.append(now)
        if viewer.is_slow and self._transport is not None:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(SLOW_READS_EVERY_SECONDS, self._read_on)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note how it ended, unless it was this side."""
        if not self._is_aborted:
            self.ended = "ended" if self._reader.is_at_end else "cut"
            self._viewer.is_ended.set()
        if not self.status.done():
            self.status.set_result(0)

    def _read(self, data: bytes) -> list[Seen]:
        was_between, hall = self._reader.is_between, self._viewer.hall
        seen = self._reader.feed(data)
        for one in seen:
            if one.id is not None:
                hall.at_of.setdefault(one.id, one.at)
                hall.posted_of.setdefault(one.id, one.posted_at)
        if self._reader.status is not None and not self.status.done():
            self.status.set_result(self._reader.status)
        if was_between and self._reader.is_between and not self._reader.is_at_end:
            hall.remember(data, seen=seen)
        return seen

    def _read_on(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()


async def _attend(options: argparse.Namespace) -> None:
    hall = Hall(options.url, options.token)
    viewers = _viewers(hall, options)
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def enter(viewer: Viewer) -> None:
        async with gate:
            await viewer.connect()

    async with asyncio.timeout(CONNECTED_WITHIN_SECONDS):
        await asyncio.gather(*map(enter, viewers))
    gc.collect()
    gc.freeze()
    gc.disable()
    hall.begin()
    _say("connected")
    coming_back: list[asyncio.Task[None]] = []
    started, cpu = time.monotonic(), time.process_time()
    while True:
        command, *arguments = (await asyncio.to_thread(sys.stdin.readline)).split() or ["end", "0"]
        if command == "drop":
            dropped = [viewer for viewer in viewers if viewer.is_dropped]
            for viewer in dropped:
                viewer.drop()
            coming_back = [asyncio.create_task(viewer.connect()) for viewer in dropped]
        elif command == "closed":
            await _wait_until_closed(viewers)
        elif command == "end":
            seconds, used = time.monotonic() - started, time.process_time() - cpu
            await _wait_for_all(viewers, count=int(arguments[0]))
            for task in coming_back:
                task.cancel()
            _say(json.dumps(report(hall, viewers=viewers) | {"cpu_share": round(used / seconds, 3)}))
            return


def _viewers(hall: Hall, options: argparse.Namespace) -> list[Viewer]:
    """The slow are spread among the others; the dropped are taken from those who keep up."""
    slow = _every(options.slow)
    dropped = _every(options.dropped)
    made, fast = [], 0
    for number in range(options.clients):
        is_slow = slow(number)
        fast += not is_slow
        made.append(Viewer(hall, is_slow=is_slow, is_dropped=not is_slow and dropped(fast)))
    return made


def _every(share: float) -> Callable[[int], bool]:
    """True for that share of the numbers, evenly."""
    return lambda number: int((number + 1) * share) > int(number * share)


async def _wait_for_all(viewers: list[Viewer], *, count: int) -> None:
    """Until all who can keep up have that many, or none has got more for a while."""
    end, quiet_since, last = time.monotonic() + PATIENCE_SECONDS, time.monotonic(), -1
    while time.monotonic() < end:
        had = [len(viewer.ids) for viewer in viewers if not viewer.is_slow]
        if min(had, default=count) >= count:
            return
        if sum(had) != last:
            quiet_since, last = time.monotonic(), sum(had)
        if time.monotonic() - quiet_since > QUIET_SECONDS:
            return
        await asyncio.sleep(0.1)


async def _wait_until_closed(viewers: list[Viewer]) -> None:
    ends = [asyncio.create_task(viewer.is_ended.wait()) for viewer in viewers if not viewer.is_slow]
    await asyncio.wait(ends, timeout=PATIENCE_SECONDS)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the arguments and attend."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--token")
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--slow", type=float, default=0.1)
    parser.add_argument("--dropped", type=float, default=0.2)
    options = parser.parse_args()
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_attend(options))


if __name__ == "__main__":
    main()
