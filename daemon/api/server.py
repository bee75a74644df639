"""The HTTP listener inside the daemon's own event loop."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from daemon.api.app import create_app
from daemon.api.desk import Desk
from daemon.core.errors import ConfigError

GRACE_SECONDS = 5


class ApiServer:
    """Serves the API from `start()` to `stop()`. Port 0 takes a free one; `address` tells the real one."""

    def __init__(self, desk: Desk, *, host: str, port: int) -> None:
        self._desk = desk
        self._host = host
        self._port = port
        self._server: _QuietServer | None = None
        self._task: asyncio.Task[None] | None = None
        self.address: str | None = None

    async def start(self) -> str:
        """Listen; answers the address, such as `http://127.0.0.1:8787`. Raises `ConfigError` when it cannot."""
        listener = _listen(self._host, self._port)
        config = uvicorn.Config(
            create_app(self._desk),
            access_log=False,
            log_config=None,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = _QuietServer(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="api")
        await self._server.has_started.wait()
        self.address = _address_of(listener)
        return self.address

    async def stop(self) -> None:
        """Answer what runs, then close; a second call does nothing."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        await self._task
        self._server = self._task = None


class _QuietServer(uvicorn.Server):
    """uvicorn without hands on the process: signals belong to the daemon."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.has_started.set()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
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
