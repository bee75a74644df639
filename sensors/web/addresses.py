"""Which network addresses a sensor may connect to: public ones, and those a person has named."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IANA special-purpose registries; kept here because the standard library's tables differ between Python versions.
_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
# A network whose hosts have IPv6 alone reaches every IPv4 host through this prefix, so the inner address decides.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether the address belongs to the public internet, and to one host there."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in block for block in _CLOSED_V4)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(address.packed[-4:]))
    return address in _OPEN_V6 and not any(address in block for block in _CLOSED_V6)


@dataclass(frozen=True, slots=True)
class _Named:
    """One entry of `sensors.allow_hosts`: a host or a network, at one port or at all."""

    host: str | None
    network: Network | None
    port: int | None


class AddressGuard:
    """Says which of a host's resolved addresses may be connected to.

    `allow_hosts` holds hosts, `host:port`, addresses and networks (`intranet.example`, `127.0.0.1:8080`, `10.0.0.0/8`,
    `[::1]:80`) whose private addresses are allowed all the same.
    """

    def __init__(self, allow_hosts: Iterable[str] = ()) -> None:
        self._named = tuple(_parse(entry) for entry in allow_hosts)

    def permitted(self, host: str, port: int, *, addresses: Sequence[str]) -> list[str]:
        """Those of `addresses` (as resolved just now) that may be connected to for `host`; may be empty."""
        return [text for text in addresses if self._is_permitted(host, port, address=_address(text))]

    def names(self, host: str) -> bool:
        """Whether `allow_hosts` holds this host by its name or number, at any port."""
        number = _address(host.strip("[]"))
        return any(
            named.host == _bare(host)
            or (named.network is not None and number is not None and _unmapped(number) in named.network)
            for named in self._named
        )

    def _is_permitted(self, host: str, port: int, *, address: Address | None) -> bool:
        if address is None:
            return False
        return is_public(address) or any(
            _matches(named, host=host, port=port, address=address) for named in self._named
        )


def _matches(named: _Named, *, host: str, port: int, address: Address) -> bool:
    if named.port is not None and named.port != port:
        return False
    if named.network is not None:
        return _unmapped(address) in named.network or address in named.network
    return named.host == _bare(host)


def _parse(entry: str) -> _Named:
    text = entry.strip().lower()
    network = _network(text)
    if network is not None:
        return _Named(host=None, network=network, port=None)
    name, _, port = text.rpartition(":")
    if not name or not port.isdigit():
        return _Named(host=_bare(text), network=None, port=None)
    network = _network(name)
    return _Named(host=None if network else _bare(name), network=network, port=int(port))


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _unmapped(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _bare(host: str) -> str:
    return host.lower().strip("[]").rstrip(".")
