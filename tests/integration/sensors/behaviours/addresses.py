"""Addresses: private ones in every spelling, names that lead to them, and URLs made to mislead."""

from tests.fakes.feed_server import Reply, redirect
from tests.integration.sensors.behaviours.case import FEED, HOST, Case, Group, Seen

CLOSED = {"allow_hosts": ()}
BY_NAME = "http://feeds.example:{port}/case"
NOT_PUBLIC = "not a public address"


def _not_asked(seen: Seen) -> bool:
    return not seen.asked


def _asked_once(seen: Seen) -> bool:
    return len(seen.asked) == 1


def _spelled(name: str, host: str, *, words: str = NOT_PUBLIC) -> Case:
    return Case(f"{name}: `{host}`", Reply(FEED), words, address=f"http://{host}:{{port}}/case", settings=CLOSED,
                check=_not_asked)  # fmt: skip


def _answered(name: str, *addresses: str) -> Case:
    return Case(f"a name for {name}: `{', '.join(addresses)}`", Reply(FEED), NOT_PUBLIC, address=BY_NAME,
                names={HOST: [addresses]}, settings=CLOSED, check=_not_asked)  # fmt: skip


def _led(name: str, location: str) -> Case:
    return Case(f"a redirect to {name}: `{location.replace(':{port}', '')}`", redirect(location), NOT_PUBLIC,
                address=BY_NAME, settings={"allow_hosts": (HOST,)}, check=_asked_once,
                names={HOST: [["127.0.0.1"]], "inside.example": [["127.0.0.1"]]})  # fmt: skip


PRIVATE = Group(
    "private addresses",
    (
        _spelled("loopback", "127.0.0.1"),
        _spelled("loopback by another number", "127.8.9.10"),
        _spelled("loopback, short", "127.1"),
        _spelled("loopback as one number", "2130706433"),
        _spelled("loopback in hex", "0x7f000001"),
        _spelled("loopback in octal", "0177.0.0.1", words="is not a URL"),
        _spelled("loopback in other digits", "①②⑦.0.0.1", words="is not a URL"),
        _spelled("this host", "0"),
        _spelled("IPv6 loopback", "[::1]"),
        _spelled("IPv4 mapped into IPv6", "[::ffff:127.0.0.1]"),
        _spelled("the same in hex", "[::ffff:7f00:1]"),
        _spelled("IPv4 in the old IPv6 form", "[::127.0.0.1]"),
        _answered("loopback", "127.0.0.1"),
        _answered("a private network", "10.0.0.7"),
        _answered("the cloud's own address", "169.254.169.254"),
        _answered("shared space", "100.64.0.1"),
        _answered("multicast", "224.0.0.1"),
        _answered("several private addresses", "10.0.0.7", "192.168.1.1", "172.16.0.1"),
        _answered("IPv6 loopback", "::1"),
        _answered("a mapped address", "::ffff:10.0.0.7"),
        _answered("loopback through NAT64", "64:ff9b::7f00:1"),
        _answered("loopback through 6to4", "2002:7f00:1::"),
        _answered("Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
        _answered("link-local with a zone", "fe80::1%eth0"),
        _answered("a private IPv6 network", "fd00::7"),
        _answered("nonsense from the resolver", "999.1.1.1"),
        _answered("no address at all"),
        Case("a name with private addresses among others", Reply(FEED), 2, address=BY_NAME,
             names={HOST: [["10.0.0.7", "127.0.0.1", "192.168.1.1"]]}, settings={"allow_hosts": ("127.0.0.1",)},
             does="reads it from the one that is permitted"),
        Case("a host with IPv6 alone, named in `allow_hosts`", Reply(FEED), "no connection to", address=BY_NAME,
             names={HOST: [["::1"]]}, settings={"allow_hosts": (HOST,)}, check=_not_asked,
             does="asks it there: here nothing listens, a failure"),
        Case("a first address that does not answer", Reply(FEED), 2, address=BY_NAME,
             names={HOST: [["127.0.0.9", "127.0.0.1"]]}, settings={"allow_hosts": ("127.0.0.0/8",)},
             does="reads it from the next"),
        Case("a name that turns private between two looks", Reply(FEED, headers={"Connection": "close"}), "10.0.0.7",
             address=BY_NAME, names={HOST: [["127.0.0.1"], ["10.0.0.7"]]}, settings={"allow_hosts": ("127.0.0.0/8",)},
             polls=2, does="the first is read, the second refused", check=_asked_once),
        Case("a name that turns private after it was checked", Reply(FEED), 2, address=BY_NAME,
             names={HOST: [["127.0.0.1"], ["169.254.169.254"]]}, settings={"allow_hosts": ("127.0.0.0/8",)},
             does="reads it from the address that was checked: it asks once",
             check=lambda seen: seen.looked_up == [HOST]),
        Case("a name that turns private between two hops", Reply(status=302, headers={"Location": "/feed",
             "Connection": "close"}), "10.0.0.7", address=BY_NAME, names={HOST: [["127.0.0.1"], ["10.0.0.7"]]},
             settings={"allow_hosts": ("127.0.0.0/8",)}, others={"/feed": Reply(FEED)}, check=_asked_once),
        _led("another name", "http://inside.example:{port}/case"),
        _led("loopback", "http://127.0.0.1:{port}/secret"),
        _led("loopback as one number", "http://2130706433:{port}/secret"),
        _led("IPv6 loopback", "http://[::1]:{port}/secret"),
        _led("the cloud's own address", "http://169.254.169.254/latest/meta-data/"),
        _led("a private address after a login", "http://feeds.example@127.0.0.1:{port}/secret"),
    ),
)  # fmt: skip

URLS = Group(
    "misleading addresses",
    (
        Case("a host before the `@`", Reply(FEED), NOT_PUBLIC, address="http://feeds.example@127.0.0.1:{port}/case",
             settings=CLOSED, check=_not_asked, does="the host is what stands after it: refused"),
        Case("a backslash before the `@`", Reply(FEED), "is not a URL",
             address="http://127.0.0.1:{port}\\@feeds.example/case", names={HOST: [["127.0.0.1"]]}, check=_not_asked),
        Case("an `@` in the fragment", Reply(FEED), 2, address="http://127.0.0.1:{port}/case#@feeds.example",
             does="reads it from the host before",
             check=lambda seen: not seen.looked_up or seen.looked_up == ["127.0.0.1"]),
        Case("a login in the address", Reply(FEED), 2, address="http://me:hush@127.0.0.1:{port}/case",
             does="sends it to that host, and keeps it nowhere",
             check=lambda seen: bool(seen.sent("authorization")[0]) and "hush" not in str(seen.sightings)),
        Case("a login, and a redirect to another host", redirect("http://other.example:{port}/feed"), 2,
             address="http://me:hush@feeds.example:{port}/case", others={"/feed": Reply(FEED)},
             names={HOST: [["127.0.0.1"]], "other.example": [["127.0.0.1"]]},
             does="the login stays where it was sent to",
             check=lambda seen: [bool(one) for one in seen.sent("authorization")] == [True, False]),
        Case("a name beyond ASCII", Reply(FEED), 2, address="http://bücher.example:{port}/case",
             names={"xn--bcher-kva.example": [["127.0.0.1"]]}, does="asks for it as IDNA writes it",
             check=lambda seen: seen.sent("host")[0].startswith("xn--bcher-kva.example")),  # type: ignore[union-attr]
        Case("a name that ends in a dot", Reply(FEED), 2, address="http://feeds.example.:{port}/case",
             names={"feeds.example.": [["127.0.0.1"]]}),
        Case("a name in capitals", Reply(FEED), 2, address="http://FEEDS.Example:{port}/case",
             names={HOST: [["127.0.0.1"]]}),
        Case("a name of 300 characters", Reply(FEED), "is not a URL",
             address=f"http://{'a' * 300}.example:{{port}}/case"),
        Case("a name with an underscore", Reply(FEED), 2, address="http://my_feeds.example:{port}/case",
             names={"my_feeds.example": [["127.0.0.1"]]}),
        Case("port 0", Reply(FEED), "is not a URL", address="http://127.0.0.1:0/case", check=_not_asked),
        Case("a port beyond 65,535", Reply(FEED), "is not a URL", address="http://127.0.0.1:65536/case"),
        Case("a zone in the address", Reply(FEED), "is not a URL", address="http://[fe80::1%25eth0]:{port}/case"),
        Case("spaces and characters beyond ASCII in the path", Reply(status=404), 2,
             address="http://127.0.0.1:{port}/my feed/ü", others={"/my%20feed/%C3%BC": Reply(FEED)}),
        Case("dots that climb out of the path", Reply(FEED), 2, address="http://127.0.0.1:{port}/a/../../case"),
        Case("a line break in the address", Reply(FEED), "is not a URL",
             address="http://127.0.0.1:{port}/case\r\nX-Injected: 1", check=_not_asked),
        Case("a path of 20,000 characters", Reply(FEED), 2, address=f"http://127.0.0.1:{{port}}/{'x' * 20_000}",
             others={f"/{'x' * 20_000}": Reply(FEED)}),
    ),
)  # fmt: skip
