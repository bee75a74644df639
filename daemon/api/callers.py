"""Who calls: known by the token or not, from where, and through which program of ours."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from daemon.runtime.access import Access

CALLER = "davidagent.caller"
"""Where a request's scope keeps its `Caller`."""
CLIENT_HEADER = "davidagent-client"
PASS_COOKIE = "davidagent_pass"  # noqa: S105 - the name of the cookie, not a secret
_CLIENT = re.compile(r"[a-z][a-z-]{0,19}")
_READING = frozenset({"GET", "HEAD"})

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Caller:
    """One who calls."""

    is_known: bool
    """It bears the token."""
    address: str
    """Where it calls from; behind a trusted proxy, what that says."""
    via: str = "api"
    """The program, as it names itself (`cli`, `dashboard`); it stands as `by` in the events of its actions."""

    @property
    def identity(self) -> str:
        """As whom it is counted: all who bear the token are one, strangers are told apart by their address."""
        return "token" if self.is_known else self.address


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
    return cookie is not None and method in _READING and access.admits_pass(_pass_in(cookie))


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _pass_in(cookie: str) -> str:
    try:
        found = SimpleCookie(cookie).get(PASS_COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _address(scope: Scope, headers: Headers, *, trusted: Sequence[Network]) -> str:
    """The peer; when that is a trusted proxy, the last address it was told that is not one itself."""
    address = scope["client"][0] if scope.get("client") else "unknown"
    if not trusted or not _is_in(address, trusted):
        return address
    for told in reversed([one.strip() for one in ",".join(headers.getlist("x-forwarded-for")).split(",")]):
        if not _is_address(told):
            break
        address = told
        if not _is_in(told, trusted):
            break
    return address


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
