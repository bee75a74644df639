"""Conditional GET over guarded connections: redirects by hand, a time limit and a body cap for the whole."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from typing import TYPE_CHECKING

from daemon.core.errors import (
    CallTimeoutError,
    ConnectionFaultError,
    OutsideError,
    PermanentError,
    RateLimitedError,
    ServerFaultError,
    TransientError,
)
from daemon.core.settings.models import SensorSettings
from daemon.core.texts import first_line
from sensors.web.addresses import AddressGuard
from sensors.web.bodies import BodyTooLargeError, read_body
from sensors.web.headers import Validators, retry_after
from sensors.web.hosts import HostSlots
from sensors.web.sniffing import blocked_by

if TYPE_CHECKING:
    import httpx2

    from sensors.web.guarded_transport import Resolver

MOST_REDIRECTS = 5
PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ERROR_PAGE_BYTES = 64 * 1024
_LONGEST_REASON = 100
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.8, */*;q=0.1"
)
_HIGHEST_PORT = 65_535
_LONGEST_NAME, _LONGEST_LABEL = 253, 63
# A browser reads "\\" as "/", this client as part of a login: which host is meant is anybody's guess.
_TWO_MEANINGS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*\\")
_ONLY_OURS = "sensors.allow_hosts opens it to feeds whose own host it names, not to feeds of the public web"
_GONE, _TOO_MANY, _UNAVAILABLE, _TIMEOUT = 410, 429, 503, 408


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer: the body of a 200, or an empty one for 304."""

    status: int
    url: str
    """The address that answered, without login."""
    headers: Mapping[str, str]
    body: bytes = b""
    moved_to: str | None = None
    """Where an unbroken chain of 301 and 308 from the first address leads; None without one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How something is fetched that is no feed.

    `most_bytes` is the cap of the body (None: `sensors.max_body`), `setting` where it comes from. `before_hop` is
    called with every address before it is asked for, those of redirects too, and may refuse it with an `OutsideError`.
    """

    accept: str
    most_bytes: int | None = None
    setting: str = "sensors.max_body"
    before_hop: Callable[[str], Awaitable[None]] | None = None
    patience_seconds: float | None = None
    """A person waits: it goes before all else that waits for the host, and waits no longer than this for its turn."""
    is_public_only: bool = False
    """A stranger named the address: `sensors.allow_hosts` does not hold, neither for it nor for where it leads."""


@dataclass(slots=True)
class _Trail:
    """The hops so far."""

    url: "httpx2.URL"
    wish: Wish
    seen: set[str] = field(default_factory=set)
    moved_to: str | None = None
    is_permanent: bool = True


class Fetcher:
    """Fetches documents; one for all sources, so that a host's limit holds over all of them.

    `now` gives epoch seconds. `resolver` and `ssl_context` replace the system's resolver and certificates.
    """

    def __init__(
        self,
        settings: SensorSettings,
        *,
        now: Callable[[], float],
        resolver: "Resolver | None" = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._now = now
        self._resolver = resolver
        self._ssl_context = ssl_context
        self._hosts = HostSlots(settings.per_host)
        self._clients: dict[bool, httpx2.AsyncClient] = {}
        self._opening = asyncio.Lock()

    async def fetch(
        self, address: str, *, validators: Validators, validated_url: str | None = None, wish: Wish | None = None
    ) -> Fetched:
        """GET `address`, following up to five redirects; a feed, without another `wish`.

        `validators` are sent to `validated_url` alone (the address that gave them; None: `address`). Raises
        `OutsideError`: with `status` 410 the feed is gone for good, and `retry_after` is what the server asks for.
        """
        wish = wish or FEED
        # First of all, because it loads the library beside the event loop; what follows would load it on it.
        client = await self._opened(is_public_only=wish.is_public_only)
        trail = _Trail(url=_checked_url(address, base=None), wish=wish)
        validated = _shown(_checked_url(validated_url or address, base=None))
        left = self._settings.timeout
        while True:
            if trail.wish.before_hop is not None:
                await trail.wish.before_hop(_shown(trail.url))
            # The wait for the host's slot is not the server's fault and does not count.
            async with self._hosts.slot(trail.url.host, patience_seconds=wish.patience_seconds):
                started = asyncio.get_running_loop().time()
                condition = validators if _shown(trail.url) == validated else Validators()
                reply = await self._one(client, trail, condition=condition, seconds=left)
                left -= asyncio.get_running_loop().time() - started
            if isinstance(reply, Fetched):
                return reply

    async def close(self) -> None:
        """Close every connection. A second call does nothing."""
        async with self._opening:
            while self._clients:
                await self._clients.popitem()[1].aclose()

    async def _opened(self, *, is_public_only: bool = False) -> "httpx2.AsyncClient":
        """The client for what strangers name has connections of its own: none of them leads into our network."""
        async with self._opening:
            if is_public_only not in self._clients:
                # Loading the library and the certificates takes a quarter of a second, which nobody shall wait for.
                self._clients[is_public_only] = await asyncio.to_thread(
                    _client, self._settings, self._resolver, self._ssl_context, is_public_only=is_public_only
                )
            return self._clients[is_public_only]

    async def _one(
        self, client: "httpx2.AsyncClient", trail: _Trail, *, condition: Validators, seconds: float
    ) -> Fetched | None:
        """One request; None when it was a redirect, which is then noted in the trail."""
        import httpcore2
        import httpx2

        url, shown = trail.url, _shown(trail.url)
        headers = {"Accept": trail.wish.accept, **condition.as_headers()}
        try:
            async with (
                asyncio.timeout(max(0.0, seconds)),
                client.stream("GET", url, headers=headers) as response,
            ):
                return await self._read(response, trail)
        except (TimeoutError, httpcore2.TimeoutException) as error:
            limit = f"{self._settings.timeout:g} s (sensors.timeout)"
            raise CallTimeoutError(f"{shown} did not answer in full within {limit}", endpoint=url.host) from error
        except httpcore2.ConnectError as error:
            raise ConnectionFaultError(f"no connection to {shown}: {first_line(error)}", endpoint=url.host) from error
        except (httpx2.HTTPError, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise ConnectionFaultError(
                f"{shown} broke off its answer: {first_line(error)}", endpoint=url.host
            ) from error

    async def _read(self, response: "httpx2.Response", trail: _Trail) -> Fetched | None:
        status = response.status_code
        if status in REDIRECTS:
            _follow(trail, response)
            return None
        if status not in {200, 203, 304}:
            raise await self._refusal(response, trail)
        return Fetched(
            status=status,
            url=_shown(trail.url),
            headers=response.headers,
            body=b"" if status == 304 else await self._body(response, trail.wish),  # noqa: PLR2004 - Not Modified has no body
            moved_to=trail.moved_to,
        )

    async def _body(self, response: "httpx2.Response", wish: Wish) -> bytes:
        limit = wish.most_bytes or self._settings.max_body
        announced = response.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            raise BodyTooLargeError(
                f"the body is {int(announced):,} bytes, more than {limit:,} ({wish.setting})",
                endpoint=response.url.host,
            )
        encoding = response.headers.get("content-encoding", "")
        return await read_body(response.aiter_raw(), encoding=encoding, limit=limit, setting=wish.setting)

    async def _refusal(self, response: "httpx2.Response", trail: _Trail) -> OutsideError:
        status = response.status_code
        blocker = blocked_by(response.headers, await _error_page(response))
        words = f"{_shown(trail.url)} answered {status} {response.reason_phrase[:_LONGEST_REASON]}".rstrip()
        words += f": {blocker}" if blocker else _advice(status)
        if status == _GONE and not trail.is_permanent:
            # Only the feed's own address can say that it is gone, not where it points to for the moment.
            return TransientError(words, endpoint=trail.url.host)
        return _error_class(status)(
            words,
            endpoint=trail.url.host,
            status=status,
            retry_after=retry_after(response.headers, now=self._now()) if status in {_TOO_MANY, _UNAVAILABLE} else None,
        )


def _client(
    settings: SensorSettings,
    resolver: "Resolver | None",
    ssl_context: ssl.SSLContext | None,
    *,
    is_public_only: bool,
) -> "httpx2.AsyncClient":
    import httpx2

    from sensors.web.guarded_transport import ADVICE, GuardedTransport, resolve

    guard = AddressGuard(() if is_public_only else settings.allow_hosts)
    advice = _ONLY_OURS if is_public_only and settings.allow_hosts else ADVICE
    client = httpx2.AsyncClient(
        transport=GuardedTransport(guard, resolver=resolver or resolve, ssl_context=ssl_context, advice=advice),
        timeout=settings.timeout,
        follow_redirects=False,
        trust_env=False,
        headers={
            "User-Agent": f"DavidAgent/{version('davidagent')} (feed reader)",
            "Accept-Encoding": "gzip, deflate",
        },
    )
    # A feed reader has no session: no cookie is kept, so none can be sent to another source.
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return client


FEED = Wish(accept=_ACCEPT)
"""How a feed is asked for."""


def _follow(trail: _Trail, response: "httpx2.Response") -> None:
    location = response.headers.get("location", "").strip()
    if not location:
        raise PermanentError(f"{_shown(trail.url)} redirects, but does not say where to")
    target = _checked_url(location, base=trail.url)
    trail.seen.add(str(trail.url))
    if str(target) in trail.seen:
        raise PermanentError(f"{_shown(trail.url)} redirects in a circle, back to {_shown(target)}")
    if len(trail.seen) > MOST_REDIRECTS:
        raise PermanentError(f"more than {MOST_REDIRECTS} redirects, the last to {_shown(target)}")
    trail.is_permanent = trail.is_permanent and response.status_code in PERMANENT
    if trail.is_permanent:
        trail.moved_to = str(target)
    trail.url = target


def _checked_url(address: str, *, base: "httpx2.URL | None") -> "httpx2.URL":
    import httpx2

    try:
        url = httpx2.URL(address) if base is None else base.join(address)
    except httpx2.InvalidURL as error:
        raise PermanentError(f"{address[:200]!r} is not a URL: {error}") from error
    if url.scheme not in {"http", "https"} or not url.host:
        origin = f"{_shown(base)} redirects to " if base is not None else ""
        raise PermanentError(f"{origin}{_shown(url)}: only http and https addresses are read")
    if _TWO_MEANINGS.match(address) or not _is_possible(url):
        raise PermanentError(f"{_shown(url)[:200]} is not a URL: its host or port is impossible")
    return url.copy_with(fragment=None)


def _is_possible(url: "httpx2.URL") -> bool:
    """Whether there can be such a host and port."""
    host = url.raw_host.decode("ascii").rstrip(".")
    is_name = len(host) <= _LONGEST_NAME and all(0 < len(label) <= _LONGEST_LABEL for label in host.split("."))
    return is_name and "%" not in host and (url.port is None or 0 < url.port <= _HIGHEST_PORT)


def _shown(url: "httpx2.URL") -> str:
    """The address for messages and for keeping: without name and password."""
    return str(url.copy_with(userinfo=b"")) if url.userinfo else str(url)


async def _error_page(response: "httpx2.Response") -> bytes:
    import httpx2

    page = bytearray()
    try:
        async for piece in response.aiter_bytes():
            page += piece
            if len(page) >= _ERROR_PAGE_BYTES:
                break
    except httpx2.DecodingError:
        return b""
    return bytes(page)


def _error_class(status: int) -> type[OutsideError]:
    if status == _TOO_MANY:
        return RateLimitedError
    if status >= 500:  # noqa: PLR2004 - the class of server errors
        return ServerFaultError
    return TransientError if status == _TIMEOUT else PermanentError


def _advice(status: int) -> str:
    return {
        401: "; it wants a login: write name, colon, password and @ before the host in the address",
        403: "; it refuses this reader",
        404: "; the address is wrong, or what was there was taken down",
        410: "; the feed is gone for good, so polling has ended",
        429: "; it asks for fewer requests",
    }.get(status, "")
