"""Which addresses a sensor may connect to."""

import ipaddress

import pytest

from sensors.web.addresses import AddressGuard, is_public

CLOSED = """
    0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1
    255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::127.0.0.1
    64:ff9b:1::8.8.8.8 100::1 2001::1 2001:2::1 2001:10::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 5f00::1
    fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 ff0e::1
"""
OPEN = """
    8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.1 172.32.0.1 193.0.0.1 2606:4700::1111 2a00:1450:4001::1 64:ff9b::8.8.8.8
"""


@pytest.mark.parametrize("address", CLOSED.split())
def test_refused(address: str) -> None:
    """Private, loopback, link-local, shared, multicast, reserved, documentation, and tunnels to any of them."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OPEN.split())
def test_public(address: str) -> None:
    """Global unicast, also an IPv4 host behind NAT64."""
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("allowed", "host", "is_named"),
    [
        ("intranet.example", "Intranet.Example.", True),
        ("intranet.example:8080", "intranet.example", True),
        ("intranet.example", "other.example", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "localhost", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("10.0.0.0/8", "wiki.example", False),
        ("fd00::/8", "[fd00::7]", True),
        ("[::1]:80", "::1", True),
        ("", "", False),
    ],
)
def test_a_host_is_named_by_its_name_or_number(*, allowed: str, host: str, is_named: bool) -> None:
    """Where a name leads today says nothing."""
    assert AddressGuard([allowed] if allowed else []).names(host) is is_named


@pytest.mark.parametrize(
    ("allowed", "host", "port", "address", "is_permitted"),
    [
        ("intranet.example", "intranet.example", 80, "10.0.0.1", True),
        ("intranet.example", "Intranet.Example.", 80, "10.0.0.1", True),
        ("intranet.example", "other.example", 80, "10.0.0.1", False),
        ("intranet.example:8080", "intranet.example", 8080, "10.0.0.1", True),
        ("intranet.example:8080", "intranet.example", 80, "10.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", 80, "127.0.0.1", True),
        ("127.0.0.1", "any.example", 80, "127.0.0.1", True),
        ("127.0.0.1:8080", "any.example", 8080, "127.0.0.1", True),
        ("127.0.0.1:8080", "any.example", 81, "127.0.0.1", False),
        ("10.0.0.0/8", "any.example", 80, "10.255.0.1", True),
        ("10.0.0.0/8", "any.example", 80, "11.0.0.1", True),
        ("10.0.0.0/8", "any.example", 80, "192.168.0.1", False),
        ("10.0.0.0/8", "any.example", 80, "::ffff:10.0.0.1", True),
        ("[::1]:8080", "any.example", 8080, "::1", True),
        ("[::1]:8080", "any.example", 80, "::1", False),
        ("::1", "any.example", 80, "::1", True),
        ("fd00::/8", "any.example", 80, "fd00::7", True),
        ("", "any.example", 80, "10.0.0.1", False),
        ("any.example", "any.example", 80, "not an address", False),
        ("fe80::/10", "any.example", 80, "fe80::1%eth0", True),
    ],
)
def test_named_hosts(*, allowed: str, host: str, port: int, address: str, is_permitted: bool) -> None:
    """What `sensors.allow_hosts` lets through, besides what is public anyway."""
    assert AddressGuard([allowed]).permitted(host, port, addresses=[address]) == ([address] if is_permitted else [])
