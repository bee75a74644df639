"""The HTTP listener inside the daemon's own event loop."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from daemon.api.app import create_app
from daemon.api.connections import bounded_http
from daemon.api.desk import Desk
from daemon.api.events import EventHub
from daemon.api.open_files import allow_open_files, open_files_wanted
from daemon.core.clock import SystemClock
from daemon.core.errors import ConfigError
from daemon.core.events import Event

GRACE_SECONDS = 5
BACKLOG = 4096
"""Connections that may wait to be taken up: a hall full of people comes back in the same second."""
KEEP_ALIVE_SECONDS = 65
"""Longer than a page's polling (3 s), and than a proxy keeps a connection (nginx: 60 s): else it asks a closed one."""


class ApiServer:
    """Serves the API from `start()` to `stop()`. Port 0 takes a free one; `address` tells the real one."""

    def __init__(self, desk: Desk, *, host: str, port: int) -> None:
        self._desk = desk
        self._host = host
        self._port = port
        self._server: _QuietServer | None = None
        self.events: EventHub
        self._task: asyncio.Task[None] | None = None
        self.address: str | None = None

    async def start(self) -> str:
        """Listen; answers the address, such as `http://127.0.0.1:8787`. Raises `ConfigError` when it cannot."""
        app = create_app(self._desk)
        self.events = app.state.events
        await self.events.start()
        listener = _listen(self._host, self._port)
        self._make_room()
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            lifespan="off",
            http=bounded_http(),
            ws="none",
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = _QuietServer(config)
        self.events.abort = self._server.abort
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="api")
        await self._server.has_started.wait()
        self.address = _address_of(listener)
        return self.address

    async def stop(self) -> None:
        """Answer what runs, then close; a second call does nothing."""
        if self._server is None or self._task is None:
            return
        # Streams have no end of their own: the server would wait for them in vain.
        await self.events.close()
        self._server.should_exit = True
        await self._task
        self._server = self._task = None

    def _make_room(self) -> None:
        """Let the process have as many connections as it may; say when they are too few for the streams allowed."""
        allowed, wanted = allow_open_files(), open_files_wanted(self._desk.settings.api)
        if allowed is not None and allowed < wanted:
            facts = {"allowed": allowed, "wanted": wanted, "setting": "api.events.max_clients"}
            self._desk.emitter.emit(Event(type="open_files_limited", at=SystemClock().now(), data=facts))


class _QuietServer(uvicorn.Server):
    """uvicorn without hands on the process: signals belong to the daemon."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def abort(self, peer: tuple[str, int]) -> None:
        """Cut the connection of a peer, with what was written for it and it did not take."""
        for connection in list(self.server_state.connections):
            if connection.transport.get_extra_info("peername")[:2] == peer:
                connection.transport.abort()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.has_started.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # Who took nothing in all that time keeps what was written for it in the transport, and the connection with it.
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise ConfigError(_why_not(host, port, error=error)) from error
    return listener


def _why_not(host: str, port: int, *, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"api.port: {host}:{port} is in use by another program; set another port, or 0 for a free one"
    return f"api.host: cannot listen on {host}:{port}: {error.strerror or error}"


def _address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
