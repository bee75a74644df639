"""HTTP as servers write it: odd heads, lengths that lie, connections that end."""

from tests.fakes.feed_server import Reply
from tests.integration.sensors.behaviours.case import FEED, Case, Group, Seen

LENGTH = len(FEED)


def _raw(head: str, body: bytes = FEED) -> Reply:
    return Reply(raw=head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)


def _chunked(body: bytes, *, trailers: bytes = b"") -> bytes:
    return b"%x;name=value\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, trailers)


CHUNKED = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked"
WHOLE = f"HTTP/1.1 200 OK\nContent-Length: {LENGTH}"


def _two_connections(seen: Seen) -> bool:
    return seen.outcomes == ["read", "unchanged"] and len(seen.asked) == 2


WIRE = Group(
    "HTTP on the wire",
    (
        Case("HTTP/1.0, the end of the connection ends the body", _raw("HTTP/1.0 200 OK"), 2),
        Case("HTTP/1.1 without length, ended by the connection", _raw("HTTP/1.1 200 OK"), 2),
        Case("no reason phrase", _raw(f"HTTP/1.1 200\nContent-Length: {LENGTH}"), 2),
        Case("a reason phrase of its own", _raw(f"HTTP/1.1 200 Everything is fine\nContent-Length: {LENGTH}"), 2),
        Case("lines that end in LF alone",
             Reply(raw=f"HTTP/1.1 200 OK\nContent-Length: {LENGTH}\n\n".encode() + FEED), 2),
        Case("a header name in strange capitals", _raw(f"HTTP/1.1 200 OK\ncOnTeNt-LeNgTh: {LENGTH}"), 2),
        Case("bytes beyond ASCII in a header", _raw(f"{WHOLE}\nX-Café: crème"), "broke off"),
        Case("bytes beyond ASCII in a header's value", _raw(f"{WHOLE}\nX-Name: crème"), 2),
        Case("a space before the colon", _raw(f"HTTP/1.1 200 OK\nContent-Length : {LENGTH}"), "broke off"),
        Case("a header folded over two lines", _raw(f"{WHOLE}\nX-Long: one\n two"), 2),
        Case("a header line without a colon", _raw(f"{WHOLE}\nnonsense"), "broke off"),
        Case("100 Continue before the answer", _raw(f"HTTP/1.1 100 Continue\n\n{WHOLE}"), 2),
        Case("103 Early Hints before the answer", _raw(f"HTTP/1.1 103 Early Hints\nLink: </x>\n\n{WHOLE}"), 2),
        Case("101, another protocol", _raw("HTTP/1.1 101 Switching Protocols\nUpgrade: h2c"), "broke off"),
        Case("an endless row of 1xx", Reply(raw=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20_000), "broke off"),
        Case("HTTP/2 to a client that asked for 1.1", _raw("HTTP/2 200"), "broke off"),
        Case("a header of 64 kB", _raw(f"{WHOLE}\nX-Long: {'x' * 65_536}"), 2),
        Case("a header of a megabyte", _raw(f"{WHOLE}\nX-Long: {'x' * (1 << 20)}"), "broke off"),
        Case("1,000 headers", _raw(WHOLE + "".join(f"\nX-{n}: {n}" for n in range(1000))), 2),
        Case("100,000 headers", _raw(WHOLE + "".join(f"\nX-{n}: {n}" for n in range(100_000))), "broke off"),
        Case("a length that is too small", _raw(f"HTTP/1.1 200 OK\nContent-Length: {LENGTH - 10}"), 2,
             does="reads as much as was announced"),
        Case("a length that is too large", _raw(f"HTTP/1.1 200 OK\nContent-Length: {LENGTH + 10}"), "broke off"),
        Case("a length of zero before a body", _raw("HTTP/1.1 200 OK\nContent-Length: 0"), "empty"),
        Case("a length below zero", _raw("HTTP/1.1 200 OK\nContent-Length: -1"), "broke off"),
        Case("a length that is no number", _raw("HTTP/1.1 200 OK\nContent-Length: many"), "broke off"),
        Case("a length of a hundred digits", _raw(f"HTTP/1.1 200 OK\nContent-Length: {'9' * 100}"), "broke off"),
        Case("two lengths that differ", _raw(f"{WHOLE}\nContent-Length: 10"), "broke off"),
        Case("two lengths that are equal", _raw(f"{WHOLE}\nContent-Length: {LENGTH}"), 2),
        Case("chunks and a length", _raw(f"{CHUNKED}\nContent-Length: 10", _chunked(FEED)), 2,
             does="reads it: the chunks count"),
        Case("chunks with extensions", _raw(CHUNKED, _chunked(FEED)), 2),
        Case("trailers after the chunks", _raw(CHUNKED, _chunked(FEED, trailers=b"ETag: late\r\n")), 2,
             does="reads it; what stands in them is not used", check=lambda seen: seen.sightings[0].fetch.etag is None),
        Case("chunks without their end", _raw(CHUNKED, _chunked(FEED)[:-5]), "broke off"),
        Case("a chunk size that is no number", _raw(CHUNKED, b"zz\r\n" + FEED), "broke off"),
        Case("an unknown Transfer-Encoding", _raw("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked"), "broke off"),
        Case("two answers in a row", _raw(WHOLE, FEED + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 2,
             does="reads the first; the connection is not used again"),
        Case("keeps the connection, then closes it unsaid", _raw(f"{WHOLE}\nConnection: keep-alive"), 0, polls=2,
             outcome="unchanged", does="opens a new one for the next poll", check=_two_connections),
        Case("a header smuggled into Location", _raw(
             "HTTP/1.1 302 Found\nLocation: /feed\nSet-Cookie: a=1\nContent-Length: 0", b""), 2,
             others={"/feed": Reply(FEED)}, check=lambda seen: not any(seen.sent("cookie"))),
        Case("two Locations", _raw("HTTP/1.1 302 Found\nLocation: /feed\nLocation: /other\nContent-Length: 0", b""),
             "404", others={"/feed": Reply(FEED)}, does="a failure: the two make one address that is not there"),
    ),
)  # fmt: skip
