"""An httpx2 transport that connects only where the guard allows, to the very address the guard has checked.

The name is resolved here, once per connection, and the connection goes to the checked address: a name that answers
differently a moment later (DNS rebinding) gains nothing. TLS still names and verifies the host, and the Host header
stays as it is, because only the TCP connection is redirected. Proxies of the environment are not used: behind one the
address could not be checked.
"""

import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import httpcore2
import httpx2

from daemon.core.errors import ConnectionFaultError, PermanentError
from sensors.own_thread import in_own_thread
from sensors.web.addresses import AddressGuard

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Answers the addresses of a host, best first. Raises `OSError`."""

MOST_ADDRESSES = 4
KEEP_ALIVE_SECONDS = 5.0
ADVICE = "name it in sensors.allow_hosts if it may be read"


async def resolve(host: str, port: int, *, look_up: Callable[..., Any] = socket.getaddrinfo) -> list[str]:
    """The addresses of `host` by the system's resolver, without repeats, best first. Raises `OSError`.

    Each look-up has a thread of its own: name servers may not answer at all.
    """
    look = partial(look_up, host, port, type=socket.SOCK_STREAM)
    found = await in_own_thread(look, name=f"resolve-{host}")
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Opens TCP connections to checked addresses only. Raises `PermanentError` when none is allowed."""

    def __init__(self, guard: AddressGuard, *, resolver: Resolver = resolve, advice: str = ADVICE) -> None:
        """`advice`: what would help where a host is refused."""
        self._guard = guard
        self._resolver = resolver
        self._advice = advice
        self._sockets = httpcore2.AnyIOBackend()

    async def connect_tcp(  # type: ignore[override]  # the pool names its arguments; ours beyond the third must be named
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        *,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first checked address that answers; each gets its share of `timeout` seconds."""
        addresses = (await self._checked(host, port))[:MOST_ADDRESSES]
        share = None if timeout is None else timeout / len(addresses)
        for address in addresses[:-1]:
            try:
                return await self._sockets.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._sockets.connect_tcp(addresses[-1], port, share, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002 - the interface's signature
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore2.AsyncNetworkStream:
        """No sensor reads from a local socket."""
        raise PermanentError(f"a feed cannot be read from the local socket {path}")

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        await self._sockets.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise ConnectionFaultError(f"the name {host} has no address ({_reason(error)})", endpoint=host) from error
        permitted = self._guard.permitted(host, port, addresses=addresses)
        if not permitted:
            where = f" at {', '.join(addresses[:3]) or 'no address'}, which is" if addresses != [host] else ""
            raise PermanentError(
                f"{host} is{where} not a public address; {self._advice}",
                endpoint=host,
            )
        return permitted


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Carries httpx2 requests over a connection pool with a `GuardedBackend`.

    Raises httpcore2's exceptions as they are; the fetcher, its one user, translates them.
    """

    def __init__(
        self,
        guard: AddressGuard,
        *,
        resolver: Resolver = resolve,
        ssl_context: ssl.SSLContext | None = None,
        advice: str = ADVICE,
    ) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context or httpx2.create_ssl_context(),
            max_connections=None,
            max_keepalive_connections=8,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            network_backend=GuardedBackend(guard, resolver=resolver, advice=advice),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; the body is streamed."""
        reply = await self._pool.handle_async_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            status_code=reply.status,
            headers=reply.headers,
            stream=_Stream(reply.stream),
            extensions=reply.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, parts: Any) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._parts:
            yield part

    async def aclose(self) -> None:
        await self._parts.aclose()


def _reason(error: OSError | UnicodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
