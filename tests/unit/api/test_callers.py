"""Who a caller is taken for: never for what it says itself."""

import base64
from typing import Any

import pytest

from daemon.api.callers import Caller, CallerLayer, caller_in
from daemon.runtime.access import Access

ACCESS = Access("the-token", path=None)
PROXY = "10.0.0.5"
PROXIES = ("10.0.0.0/8", "fd00::/8")


async def looked_at(
    headers: list[tuple[str, str]] | None = None,
    *,
    peer: str | None = "203.0.113.9",
    method: str = "GET",
    trusted: tuple[str, ...] = PROXIES,
) -> Caller:
    found: list[Caller] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        found.append(caller_in(scope))

    scope = {
        "type": "http",
        "method": method,
        "client": None if peer is None else (peer, 50_000),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers or []],
    }
    unused: Any = None
    await CallerLayer(app, access=ACCESS, trusted_proxies=trusted)(scope, unused, unused)
    return found[0]


def told(*values: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", value) for value in values]


# --- where from ---


@pytest.mark.parametrize("peer", ["203.0.113.9", "2001:db8::9"])
async def test_a_peer_that_is_no_proxy_is_not_believed(peer: str) -> None:
    assert (await looked_at(told("198.51.100.1"), peer=peer)).address == peer


async def test_without_configured_proxies_nobody_is_believed() -> None:
    assert (await looked_at(told("198.51.100.1"), peer="127.0.0.1", trusted=())).address == "127.0.0.1"


@pytest.mark.parametrize(
    ("values", "address"),
    [
        (("198.51.100.1",), "198.51.100.1"),
        (("1.1.1.1, 198.51.100.1",), "198.51.100.1"),
        (("1.1.1.1", "198.51.100.1"), "198.51.100.1"),
        (("198.51.100.1, 10.1.1.1, 10.2.2.2",), "198.51.100.1"),
        (("10.1.1.1",), "10.1.1.1"),
        (("198.51.100.1:51312",), "198.51.100.1"),
        (("[2001:db8::1]:443",), "2001:db8::1"),
        (("[2001:db8::1]",), "2001:db8::1"),
        (("2001:DB8:0:0::1",), "2001:db8::1"),
        (("::ffff:198.51.100.1",), "198.51.100.1"),
        (("fe80::1%eth0",), "fe80::1"),
    ],
)
async def test_a_proxy_is_believed_about_the_nearest_stranger(values: tuple[str, ...], address: str) -> None:
    assert (await looked_at(told(*values), peer=PROXY)).address == address


@pytest.mark.parametrize(
    "value",
    [
        "",
        ",",
        "unknown",
        "_hidden",
        "localhost",
        "token",
        "198.51.100.1, nonsense",
        "1.2.3",
        "1.2.3.4:x",
        "[::1",
        "1" * 60_000,
    ],
)
async def test_what_is_no_address_leaves_the_proxy_itself(value: str) -> None:
    """Nobody chooses as whom he is counted by writing nonsense."""
    assert (await looked_at(told(value), peer=PROXY)).address == PROXY


async def test_what_a_client_wrote_before_the_proxy_did_not_count() -> None:
    """A thousand invented addresses are still one client."""
    found = {(await looked_at(told(f"192.0.2.{n}, 198.51.100.1"), peer=PROXY)).identity for n in range(100)}
    assert found == {"198.51.100.1"}


async def test_other_headers_for_it_are_not_read() -> None:
    headers = [("Forwarded", "for=198.51.100.1"), ("X-Real-IP", "198.51.100.1"), ("X-User-ID", "somebody")]
    assert (await looked_at(headers, peer=PROXY)).address == PROXY


async def test_a_proxy_on_a_socket_of_both_families_is_known() -> None:
    assert (await looked_at(told("198.51.100.1"), peer=f"::ffff:{PROXY}")).address == "198.51.100.1"


@pytest.mark.parametrize("peer", [None, "", "/run/socket", "testclient"])
async def test_a_peer_without_an_address_is_unknown_and_not_believed(peer: str | None) -> None:
    assert (await looked_at(told("198.51.100.1"), peer=peer)).address == "unknown"


# --- as whom ---


async def test_a_network_of_ipv6_is_one_client() -> None:
    found = {(await looked_at(peer=f"2001:db8:1:2::{n:x}")).identity for n in range(1, 50)}
    assert found == {"2001:db8:1:2::/64"}
    assert (await looked_at(peer="2001:db8:1:3::1")).identity != found.pop()


async def test_an_ipv4_address_is_one_client_however_it_arrives() -> None:
    assert (await looked_at(peer="::ffff:203.0.113.9")).identity == (await looked_at()).identity == "203.0.113.9"


async def test_all_who_bear_the_token_are_one() -> None:
    bearing = [("Authorization", "Bearer the-token")]
    found = {(await looked_at(bearing, peer=peer)).identity for peer in ("203.0.113.9", "2001:db8::1", "127.0.0.1")}
    assert found == {"token"}


# --- whether it is known ---


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "value", ["Bearer the-token", "bearer the-token", "BEARER  the-token ", basic("me:the-token"), basic(":the-token")]
)
async def test_the_token_opens(value: str) -> None:
    assert (await looked_at([("Authorization", value)], method="POST")).is_known


@pytest.mark.parametrize(
    "value",
    [
        *("", "Bearer", "Bearer ", "Bearer the-toke", "Bearer the-tokenn", "Bearer THE-TOKEN", "Bearerthe-token"),
        *("the-token", "Token the-token", "Digest the-token", "Bearer t\xe4", basic("the-token"), basic("the-token:")),
        *("Basic !!!", "Basic \xe4", "Basic " + base64.b64encode(b"\xff:\xff").decode()),
        f"Bearer {ACCESS.browser_pass}",
    ],
)
async def test_anything_else_opens_nothing(value: str) -> None:
    assert not (await looked_at([("Authorization", value)])).is_known


PASS = f"davidagent_pass={ACCESS.browser_pass}"


@pytest.mark.parametrize(
    "cookie", [PASS, f"a=b; {PASS}", f'other={{"json": [1, 2]}}; {PASS}', f"bad name=x; {PASS}; c=d", f"alone; {PASS}"]
)
async def test_a_pass_opens_reading_beside_any_other_cookie(cookie: str) -> None:
    """Other programs on the same host name set cookies that are none by the book."""
    assert (await looked_at([("Cookie", cookie)])).is_known


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_a_pass_opens_nothing_that_changes(method: str) -> None:
    assert not (await looked_at([("Cookie", PASS)], method=method)).is_known


@pytest.mark.parametrize("cookie", ["davidagent_pass=", "davidagent_pass=the-token", f"x{PASS}", PASS[:-1], PASS + "0"])
async def test_another_cookie_is_no_pass(cookie: str) -> None:
    assert not (await looked_at([("Cookie", cookie)])).is_known


async def test_a_wrong_token_is_not_made_good_by_a_pass() -> None:
    """Who offers a token is judged by it."""
    assert not (await looked_at([("Authorization", "Bearer wrong"), ("Cookie", PASS)])).is_known


# --- through what ---


@pytest.mark.parametrize(
    ("value", "via"), [("cli", "cli"), ("dashboard", "dashboard"), ("", "api"), ("Cli", "api"), ("a\x00b", "api")]
)
async def test_a_program_may_name_itself_plainly(value: str, via: str) -> None:
    assert (await looked_at([("DavidAgent-Client", value)])).via == via
