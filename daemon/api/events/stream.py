"""One client that listens: a place in the log that everybody shares, and nothing else of its own."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import Receive, Send

from daemon.api.events import encoding
from daemon.api.events.hub import Address, EventHub
from daemon.api.events.log import join
from daemon.api.events.selection import Selection
from daemon.api.events.waking import Waiter
from daemon.api.events.wire import Wire

HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
)
_FREE = -1
_OK = 200
_BODY = "http.response.body"


class Stream:
    """Sends one client what it asked for, from `start()` until it goes, lags too far behind, or the hub closes.

    A client that is further behind than `buffer` events, counted from where it began to catch up, and whom the server
    had to wait for, is told to begin anew (`resync`). One that is merely behind, because it comes back, or because very
    much happened at once, gets everything.
    """

    __slots__ = (
        "_address",
        "_allowed",
        "_blocked_at",
        "_hub",
        "_is_gone",
        "_selection",
        "_send",
        "_sent_at",
        "_waiter",
        "_wants_ping",
        "_was_blocked",
        "_wire",
        "at",
        "task",
    )

    def __init__(
        self, hub: EventHub, *, selection: Selection, send: Send, address: Address | None, wire: Wire | None = None
    ) -> None:
        """`wire`: the short way to the client, where there is one."""
        self._hub = hub
        self._selection = selection
        self._send = send
        self._address = address
        self._wire = wire
        self._waiter: Waiter | None = None
        self._is_gone = False
        self._wants_ping = False
        self._was_blocked = False
        self._blocked_at = _FREE
        self._sent_at = hub.ticks
        self._allowed = hub.settings.buffer
        self.at = 0
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - made inside of the coroutine that serves the client
        self.task: asyncio.Task[Any] = task

    async def serve(self, receive: Receive, *, after: int | None) -> None:
        """Send events after an id, or from now on; returns when the client is gone or the hub closes.

        Raises what reading the board raises, before or after the answer has begun.
        """
        watcher = asyncio.create_task(self._watch(receive), name="event stream")
        self._hub.enter(self)
        try:
            with contextlib.suppress(OSError):  # how servers other than uvicorn say that the client is gone
                await self._begin(after)
                await self._follow()
                if not self._is_gone:
                    await self._say_farewell()
        finally:
            self._hub.leave(self)
            watcher.cancel()

    @property
    def is_public(self) -> bool:
        """It shows what everybody may see, and needed no token."""
        return self._selection.is_public

    def tick(self) -> None:
        """See whether the client is stalled, or has heard nothing for long."""
        ticks, hub = self._hub.ticks, self._hub
        if self._blocked_at != _FREE:
            if ticks - self._blocked_at >= hub.ticks_to_stall and not self._is_gone:
                hub.stats.dropped += 1
                self.cut()
        elif ticks - self._sent_at >= hub.ticks_to_ping:
            self._wants_ping = True
            self._wake()

    def end(self) -> None:
        """The hub closes: say so to who waits, and cut off who takes nothing."""
        if self._blocked_at != _FREE:
            self.cut()
        self._wake()

    def cut(self) -> None:
        """Leave the client, and what it did not take."""
        self._is_gone = True
        if self._wire is not None:
            self._wire.abort()
        elif self._address is not None:
            self._hub.abort(self._address)
        self._wake()

    async def _begin(self, after: int | None) -> None:
        log = self._hub.log
        is_known = after is None or await self._hub.reaches(after)
        await self._send({"type": "http.response.start", "status": _OK, "headers": list(HEADERS)})
        wait = encoding.retry(self._hub.retry_seconds())
        if after is None:
            self.at = log.newest
            await self._write(encoding.starts_at(self.at) + wait)
        elif is_known:
            self.at = after
            await self._write(wait)
        else:
            # An id that the board has not: of another board, or of this one before it was restored.
            self.at = after
            await self._write(wait + self._resynced())
        self._allowed = max(0, log.newest - self.at) + self._hub.settings.buffer

    async def _follow(self) -> None:
        hub, log = self._hub, self._hub.log
        while not (self._is_gone or hub.is_closing):
            if self.at >= log.newest:
                self._allowed = hub.settings.buffer
                await self._wait()
            elif self._is_lost():
                await self._write(self._resynced())
            elif self.at < log.floor:
                await self._send_from_board()
            else:
                chunk = log.chunk(self._selection, at=self.at)
                self.at = chunk.upto
                if chunk.body:
                    hub.stats.events_sent += chunk.count
                    await self._write(chunk.body)

    def _is_lost(self) -> bool:
        """Too far behind, and not because of what happened at once."""
        log, buffer = self._hub.log, self._hub.settings.buffer
        if log.newest - self.at > self._allowed:
            if self._was_blocked:
                return True
            self._allowed = log.newest - self.at + buffer
        return self._was_blocked and self._allowed == buffer and self.at < log.floor

    def _resynced(self) -> bytes:
        last, self.at = self.at, self._hub.log.newest
        self._hub.stats.resyncs += 1
        self._was_blocked = False
        return encoding.resync(last=last, newest=self.at)

    async def _send_from_board(self) -> None:
        page = await self._hub.history.page(self._selection, at=self.at, newest=self._hub.log.newest)
        while self.at < page.upto and not (self._is_gone or self._hub.is_closing or self._is_lost()):
            chunk = join(page.after(self.at), self._selection, upto=page.upto)
            self.at = chunk.upto
            if chunk.body:
                self._hub.stats.events_sent += chunk.count
                await self._write(chunk.body)

    async def _wait(self) -> None:
        if self._wants_ping:
            await self._write(encoding.PING)
            return
        wake_up = self._hub.wake_up
        push = None if self._wire is None else self._push
        self._waiter = wake_up.waiter(self._selection, push=push)
        try:
            quiet = await self._waiter
            # What came while it waited and was not for it, it has, so to say.
            self.at = max(self.at, quiet)
        finally:
            wake_up.forget(self._waiter, self._selection)
            self._waiter = None

    def _push(self, quiet: int) -> bool:
        """Send what is new by the short way; False when that is not open, or more than a write is to be sent."""
        hub, log, wire = self._hub, self._hub.log, self._wire
        at = max(self.at, quiet)
        if wire is None or self._is_gone or hub.is_closing or self._wants_ping or at < log.floor or not wire.is_free:
            return False
        chunk = log.chunk(self._selection, at=at)
        if chunk.upto < log.newest:
            return False
        if chunk.body:
            wire.write(chunk.framed)
            hub.stats.events_sent += chunk.count
            self._was_blocked, self._sent_at = False, hub.ticks
        self.at = chunk.upto
        return True

    async def _write(self, body: bytes) -> None:
        hub = self._hub
        newest, self._blocked_at = hub.log.newest, hub.ticks
        await self._send({"type": _BODY, "body": body, "more_body": True})
        # Nothing else runs while a client takes what it is given: what came meanwhile shows that it did not.
        self._was_blocked = hub.log.newest != newest
        self._blocked_at, self._sent_at, self._wants_ping = _FREE, hub.ticks, False

    async def _say_farewell(self) -> None:
        """The last words: come back, but not all at once."""
        self._blocked_at = self._hub.ticks
        body = encoding.retry(self._hub.return_seconds())
        await self._send({"type": _BODY, "body": body, "more_body": False})

    async def _watch(self, receive: Receive) -> None:
        """Wait for the client to go."""
        message: Mapping[str, Any] = {}
        while message.get("type") != "http.disconnect":
            message = await receive()
        self._is_gone = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None:
            self._hub.wake_up.nudge(self._waiter, self._selection)
