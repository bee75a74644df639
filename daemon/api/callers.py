"""Who calls: known by the token or not, from where, and through which program of ours."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from daemon.runtime.access import Access

CALLER = "davidagent.caller"
"""Where a request's scope keeps its `Caller`."""
CLIENT_HEADER = "davidagent-client"
NEEDS_TOKEN = "this needs the token (davidagent token show), as a bearer token in the Authorization header"  # noqa: S105 - says how, holds none
PASS_COOKIE = "davidagent_pass"  # noqa: S105 - the name of the cookie, not a secret
UNKNOWN = "unknown"
_CLIENT = re.compile(r"[a-z][a-z-]{0,19}")
_READING = frozenset({"GET", "HEAD"})
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+")
_NETWORK_BITS = 64
"""A client of IPv6 has a whole network, and would be somebody else with each of its addresses."""

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Caller:
    """One who calls."""

    is_known: bool
    """It bears the token."""
    address: str
    """Where it calls from, in its shortest form; behind a trusted proxy, what that says. `unknown` when nobody says."""
    via: str = "api"
    """The program, as it names itself (`cli`, `dashboard`); it stands as `by` in the events of its actions."""

    @property
    def identity(self) -> str:
        """As whom it is counted: all who bear the token are one, strangers are told apart by their address or /64."""
        return "token" if self.is_known else _counted_as(self.address)


def caller_in(scope: Scope) -> Caller:
    """The caller of a request that came through `CallerLayer`."""
    caller: Caller = scope[CALLER]
    return caller


class CallerLayer:
    """ASGI middleware: looks who calls, once, before everything else."""

    def __init__(self, app: ASGIApp, *, access: Access, trusted_proxies: Sequence[str] = ()) -> None:
        self._app = app
        self._access = access
        self._trusted = [ip_network(one) for one in trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the caller into the scope."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            via = headers.get(CLIENT_HEADER, "")
            scope[CALLER] = Caller(
                is_known=_is_known(headers, access=self._access, method=scope["method"]),
                address=_address(scope, headers, trusted=self._trusted),
                via=via if _CLIENT.fullmatch(via) else "api",
            )
        await self._app(scope, receive, send)


def _is_known(headers: Headers, *, access: Access, method: str) -> bool:
    """By bearer token, by the token as a password (feed readers know nothing else), or by a browser's pass.

    The pass opens only what is read: a page of another site can make a browser send it along.
    """
    scheme, _, offered = headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return access.admits(offered.strip())
        case "basic":
            return access.admits(_password(offered))
    cookie = headers.get("cookie")
    # `http.cookies` would drop all cookies for one of another program that it cannot read.
    return cookie is not None and method in _READING and access.admits_pass(cookie_parser(cookie).get(PASS_COOKIE, ""))


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _address(scope: Scope, headers: Headers, *, trusted: Sequence[Network]) -> str:
    """The peer; when that is a trusted proxy, the last address it was told that is not one itself.

    Read from the end, because everybody can write the beginning. What is no address ends the reading. The header
    `Forwarded` (RFC 7239) is not read: a proxy that does not know it would pass on what a client wrote there.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    address = _parsed(peer)
    if address is None:
        return UNKNOWN
    for told in _told(headers) if _is_in(address, trusted) else ():
        nearer = _parsed(told)
        if nearer is None:
            break
        address = nearer
        if not _is_in(address, trusted):
            break
    return str(address)


def _told(headers: Headers) -> Sequence[str]:
    return [one.strip() for one in ",".join(headers.getlist("x-forwarded-for")).split(",")][::-1]


def _parsed(text: str) -> Address | None:
    """An address, also one with a port; IPv4 that arrived through an IPv6 socket is IPv4. None for anything else."""
    if match := _WITH_PORT.fullmatch(text):
        text = match["six"] or match["four"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _counted_as(address: str) -> str:
    if ":" not in address:
        return address
    return str(ip_network((address, _NETWORK_BITS), strict=False))
