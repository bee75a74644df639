"""How a body comes: packed, in pieces, too slow, too large, or not whole."""

import gzip
import zlib

from tests.fakes.feed_server import Reply
from tests.integration.sensors.behaviours.case import FEED, Case, Group


def zeros_gzipped(megabytes: int) -> bytes:
    """A bomb: so many megabytes of zeros, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(megabytes)), packer.flush()])


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _packed(encoding: str) -> dict[str, str]:
    return {"Content-Encoding": encoding}


GZIP = _packed("gzip")
TWO_MEMBERS = gzip.compress(FEED[:90]) + gzip.compress(FEED[90:])
TWICE = gzip.compress(gzip.compress(FEED))
BOMB_IN_BOMB = gzip.compress(zeros_gzipped(64))

PACKINGS = Group(
    "packings",
    (
        Case("gzip", Reply(gzip.compress(FEED), headers=GZIP), 2),
        Case("gzip in two members", Reply(TWO_MEMBERS, headers=GZIP), 2),
        Case("gzip with rubbish after it", Reply(gzip.compress(FEED) + b"\0\0rubbish", headers=GZIP), 2),
        Case("x-gzip", Reply(gzip.compress(FEED), headers=_packed("x-gzip")), 2),
        Case("GZIP in capitals", Reply(gzip.compress(FEED), headers=_packed("GZIP")), 2),
        Case("deflate", Reply(zlib.compress(FEED), headers=_packed("deflate")), 2),
        Case("deflate without its header", Reply(_raw_deflate(FEED), headers=_packed("deflate")), 2),
        Case("gzip announced, plain sent", Reply(FEED, headers=GZIP), 2),
        Case("gzip sent, nothing announced", Reply(gzip.compress(FEED)), 2),
        Case("gzip as one byte after the other", Reply(gzip.compress(FEED), headers=GZIP, drip_seconds=0.0), 2),
        Case("gzip twice", Reply(TWICE, headers=_packed("gzip, gzip")), 2),
        Case("an empty body announced as gzip", Reply(b"", headers=GZIP), "empty"),
        Case("a Content-Encoding that is a character set", Reply(FEED, headers=_packed("utf-8")), 2),
        Case("packed four times", Reply(FEED, headers=_packed("gzip, gzip, gzip, gzip")), "packed 4 times"),
        Case("brotli unasked", Reply(b"\x0b\x02\x80rss\x03", headers=_packed("br")), "packed as 'br'"),
        Case("zstd unasked", Reply(b"\x28\xb5\x2f\xfd", headers=_packed("zstd")), "packed as 'zstd'"),
        Case("zstd unannounced", Reply(b"\x28\xb5\x2f\xfd rest"), "packed as zstd"),
        Case("damaged gzip", Reply(gzip.compress(FEED)[:-8] + b"\xff" * 8, headers=GZIP), "damaged"),
        Case("gzip that ends early", Reply(gzip.compress(FEED)[:-30], headers=GZIP), "breaks off"),
        Case("a gzip bomb", Reply(zeros_gzipped(64), headers=GZIP), "larger than 1,048,576"),
        Case("a gzip bomb, unannounced", Reply(zeros_gzipped(64)), "larger than 1,048,576"),
        Case("a bomb in a bomb", Reply(BOMB_IN_BOMB, headers=_packed("gzip, gzip")), "larger than 1,048,576"),
    ),
)

SIZES = Group(
    "size, speed and truncation",
    (
        Case("chunked", Reply(FEED, is_chunked=True), 2),
        Case("a body larger than the cap", Reply(FEED + b" " * (1 << 20)), "more than 1,048,576"),
        Case("one larger than the cap, unannounced", Reply(b" " * (1 << 21), is_chunked=True), "larger than 1,048,576"),
        Case("an endless body", Reply(b" " * 65536, is_endless=True), "larger than 1,048,576"),
        Case("a body that breaks off", Reply(FEED, cut_after=200), "broke off"),
        Case("a body that breaks off after one byte", Reply(FEED, cut_after=1), "broke off"),
        Case("a connection that closes at once", Reply(raw=b""), "broke off"),
        Case("no HTTP at all", Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "broke off"),
        Case("a slow drip", Reply(FEED, drip_seconds=0.05), "within 0.5 s", settings={"timeout": 0.5}),
        Case("headers as a slow drip", Reply(raw=b"HTTP/1.1 200 OK\r\n" * 9, drip_seconds=0.05), "within 0.5 s",
             settings={"timeout": 0.5}),
        Case("never an answer", Reply(raw=b"H", drip_seconds=60), "within 0.3 s", settings={"timeout": 0.3}),
        Case("headers, and then nothing", Reply(FEED, drip_seconds=60), "within 0.3 s", settings={"timeout": 0.3}),
        Case("a feed cut in an entry", Reply(FEED[: FEED.rindex(b"</item>")]), 1, polls=2,
             does="the whole entries are used; the next look reads it again",
             check=lambda seen: seen.outcomes == ["read", "read"]),
        Case("a feed cut before any entry ends", Reply(FEED[: FEED.index(b"</item>")]), "before its first entry ends"),
        Case("a feed without its last tags", Reply(FEED.removesuffix(b"</channel></rss>")), 2),
    ),
)  # fmt: skip
