"""What the feed sensor does with servers as they are: one row per behaviour, against a real server on loopback."""

import gzip
import random
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from daemon.core.settings.models import SensorSettings
from sensors.base import Sighting
from sensors.rss import RssSensor
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply, redirect
from tests.fakes.feeds import atom, item, rss, source
from tests.fakes.sensing import rss_sensor

FEED = rss(item(1), item(2))
XML = {"Content-Type": "application/rss+xml"}
CHALLENGE = b"<html><head><title>Just a moment...</title></head><body><script>_cf_chl_opt</script></body></html>"
PAGE = (
    b'<!doctype html><html><head><title>My blog</title><link rel="alternate" type="application/rss+xml" href="/f.xml">'
)


def zeros_gzipped(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(megabytes)), packer.flush()])


@dataclass(frozen=True)
class Case:
    """A server's behaviour and what becomes of the poll: how many observations, or words of the error."""

    name: str
    reply: Reply
    found: int | str
    outcome: str = ""


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


ENTRY = "<entry><id>urn:1</id><title>One</title><updated>2026-09-01T00:00:00Z</updated></entry>"
JSON = b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":"hi"}]}'
GZIP = {"Content-Encoding": "gzip"}
TWO_MEMBERS = gzip.compress(FEED[:90]) + gzip.compress(FEED[90:])

CASES = (
    Case("a plain feed", Reply(FEED, headers=XML), 2),
    Case("Atom", Reply(atom(ENTRY)), 1),
    Case("JSON Feed", Reply(JSON), 1),
    Case("JSON that is no feed", Reply(b'{"ok": true}'), "no list called items"),
    Case("a feed sent as text/html", Reply(FEED, headers={"Content-Type": "text/html"}), 2),
    Case("a feed sent as octets", Reply(FEED, headers={"Content-Type": "application/octet-stream"}), 2),
    Case("no content type", Reply(FEED), 2),
    Case("chunked", Reply(FEED, is_chunked=True), 2),
    Case("gzip", Reply(gzip.compress(FEED), headers=GZIP), 2),
    Case("gzip in two members", Reply(TWO_MEMBERS, headers=GZIP), 2),
    Case("x-gzip", Reply(gzip.compress(FEED), headers={"Content-Encoding": "x-gzip"}), 2),
    Case("deflate", Reply(zlib.compress(FEED), headers={"Content-Encoding": "deflate"}), 2),
    Case("deflate without its header", Reply(raw_deflate(FEED), headers={"Content-Encoding": "deflate"}), 2),
    Case("gzip announced, plain sent", Reply(FEED, headers=GZIP), 2),
    Case("gzip sent, nothing announced", Reply(gzip.compress(FEED)), 2),
    Case("gzip twice", Reply(gzip.compress(gzip.compress(FEED)), headers={"Content-Encoding": "gzip, gzip"}), 2),
    Case("packed four times", Reply(FEED, headers={"Content-Encoding": "gzip, gzip, gzip, gzip"}), "packed 4 times"),
    Case("brotli unasked", Reply(b"\x0b\x02\x80rss\x03", headers={"Content-Encoding": "br"}), "packed as 'br'"),
    Case("damaged gzip", Reply(gzip.compress(FEED)[:-8] + b"\xff" * 8, headers=GZIP), "damaged"),
    Case("gzip that ends early", Reply(gzip.compress(FEED)[:-30], headers=GZIP), "breaks off"),
    Case("a gzip bomb", Reply(zeros_gzipped(64), headers=GZIP), "larger than 1,048,576"),
    Case("a body larger than the cap", Reply(FEED + b" " * (1 << 20)), "more than 1,048,576"),
    Case("an endless body", Reply(b" " * 65536, is_endless=True), "larger than 1,048,576"),
    Case("a body that breaks off", Reply(FEED, cut_after=200), "broke off"),
    Case("a connection that closes at once", Reply(raw=b""), "broke off"),
    Case("no HTTP at all", Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "broke off"),
    Case("a slow drip", Reply(FEED, drip_seconds=0.1), "within 2 s"),
    Case("an empty body", Reply(b""), "empty"),
    Case("only white space", Reply(b" \n\t \n"), "empty"),
    Case("204", Reply(status=204), "204"),
    Case("304 to a first request", Reply(status=304), "never read"),
    Case("400", Reply(status=400), "400"),
    Case("401", Reply(status=401), "login"),
    Case("403", Reply(status=403), "refuses this reader"),
    Case("404", Reply(status=404), "the address is wrong"),
    Case("410", Reply(status=410), "gone for good", outcome="gone"),
    Case("418", Reply(status=418), "418"),
    Case("429", Reply(status=429), "fewer requests"),
    Case("500", Reply(status=500), "500"),
    Case("503", Reply(status=503), "503"),
    Case("a challenge with 403", Reply(CHALLENGE, status=403), "challenge page (Cloudflare)"),
    Case("a challenge with 200", Reply(CHALLENGE), "challenge page (Cloudflare)"),
    Case("cf-mitigated", Reply(status=403, headers={"cf-mitigated": "challenge"}), "challenge page (Cloudflare)"),
    Case("a consent page", Reply(b"<html><form action='https://consent.google.com/save'>"), "consent page"),
    Case("a web page", Reply(PAGE), "it names this feed: http://127.0.0.1"),
    Case("a PDF", Reply(b"%PDF-1.7 ..."), "PDF document"),
    Case("plain words", Reply(b"Hello, world"), "begins with 'Hello, world'"),
    Case("XML that is no feed", Reply(b"<?xml version='1.0'?><note><to>you</to></note>"), "its root is <note>"),
    Case("an OPML list", Reply(b"<opml version='2.0'><body/></opml>"), "got no feed"),
    Case("a feed after warnings of PHP", Reply(b"<br />\n<b>Warning</b>: include() in x.php\n" + FEED), 2),
    Case("a feed after blank lines", Reply(b"\n\n  " + FEED), 2),
    Case("a feed with a byte order mark", Reply(b"\xef\xbb\xbf" + FEED), 2),
    Case("a feed without entries", Reply(rss()), 0),
    Case("a feed cut in an entry", Reply(FEED[: FEED.rindex(b"</item>")]), 1),
    Case("a feed cut before any entry ends", Reply(FEED[: FEED.index(b"</item>")]), "before its first entry ends"),
    Case("a feed without its last tags", Reply(FEED.removesuffix(b"</channel></rss>")), 2),
    Case("302 to a feed", redirect("/feed"), 2),
    Case("307 to a feed", redirect("/feed", status=307), 2),
    Case("303 to a feed", redirect("/feed", status=303), 2),
    Case("301 to a feed", redirect("/feed", status=301), 2),
    Case("a redirect to itself", redirect("/case"), "in a circle"),
    Case("a redirect without a target", Reply(status=302), "does not say where"),
    Case("a redirect to a file", redirect("file:///etc/passwd"), "only http and https"),
    Case("a redirect to FTP", redirect("ftp://127.0.0.1/feed"), "only http and https"),
    Case("a redirect to nonsense", redirect("http://a:99999999/"), "is not a URL"),
    Case("a redirect that ends in 410", redirect("/gone", status=301), "gone for good", outcome="gone"),
    Case("a passing redirect that ends in 410", redirect("/gone", status=302), "gone for good"),
    Case("six redirects", redirect("/hop1"), "more than 5 redirects"),
    Case("five redirects", redirect("/hop2"), 2),
)  # fmt: skip


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as running:
        running.on("/feed", Reply(FEED))
        running.on("/gone", Reply(status=410))
        for hop in range(1, 6):
            running.on(f"/hop{hop}", redirect(f"/hop{hop + 1}" if hop < 5 else "/feed"))
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sensor() -> AsyncIterator[RssSensor]:
    settings = SensorSettings(allow_hosts=("127.0.0.1",), max_body=1 << 20, timeout=2)
    made = rss_sensor(settings, clock=ManualClock(), rng=random.Random(1))
    yield made
    await made.close()


def expected_outcome(case: Case) -> str:
    return case.outcome or ("failed" if isinstance(case.found, str) else "read")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_behaviour(case: Case, server: FeedServer, sensor: RssSensor) -> None:
    """Each behaviour ends in the right outcome, with as many observations, or with words that say what is wrong."""
    sighting = await sensor.poll(source(server.on("/case", case.reply)))
    assert sighting.outcome == expected_outcome(case), sighting.error
    if isinstance(case.found, str):
        assert sighting.error is not None
        assert case.found in sighting.error
        assert "\n" not in sighting.error
        assert "Error" not in sighting.error
        assert len(sighting.error) <= 500
        assert not sighting.observations
        assert sighting.fetch.errors_in_row == 1
        assert sighting.fetch.next_fetch_reason
    else:
        assert len(sighting.observations) == case.found
        assert sighting.fetch.errors_in_row == 0
        assert sighting.fetch.next_fetch_at > sighting.fetch.last_success_at


async def test_a_bomb_costs_little(server: FeedServer, sensor: RssSensor) -> None:
    """Of a bomb that unpacks to 64 MB, only the cap is unpacked before the connection is dropped."""
    sighting: Sighting = await sensor.poll(source(server.on("/bomb", Reply(zeros_gzipped(64), headers=GZIP))))
    assert sighting.outcome == "failed"
    again = await sensor.poll(source(server.on("/after", Reply(FEED))))
    assert again.outcome == "read"


async def test_nothing_listens(sensor: RssSensor) -> None:
    """A closed port is a failed poll that says so."""
    async with FeedServer() as gone:
        address = gone.url("/feed")
    sighting = await sensor.poll(source(address))
    assert "no connection to" in (sighting.error or "")


async def test_an_unknown_name(sensor: RssSensor) -> None:
    """A name without an address is a failed poll that names it."""
    sighting = await sensor.poll(source("http://no-such-host.invalid/feed"))
    assert "no-such-host.invalid has no address" in (sighting.error or "")


@pytest.mark.parametrize("address", ["ftp://example.org/f", "gopher://x/", "http://", "http://[::/", "https:///x"])
async def test_an_address_that_is_none(address: str, sensor: RssSensor) -> None:
    """An address that cannot be fetched fails in words."""
    sighting = await sensor.poll(source(address))
    assert sighting.outcome == "failed"
    assert "is not a URL" in (sighting.error or "") or "only http and https" in (sighting.error or "")


async def test_a_login_stays_secret(server: FeedServer, sensor: RssSensor) -> None:
    """A login in the address is sent to its own server, and shown in no error."""
    server.on("/closed", Reply(status=500))
    address = server.url("/closed").replace("http://", "http://me:hush@")
    sighting = await sensor.poll(source(address))
    assert server.asked[-1].headers["authorization"].startswith("Basic ")
    assert "hush" not in (sighting.error or "")


async def test_no_cookie_is_kept(server: FeedServer, sensor: RssSensor) -> None:
    """What one answer sets as a cookie is never sent again."""
    address = server.on("/cookie", Reply(FEED, headers={"Set-Cookie": "session=1; Path=/"}))
    for _ in range(2):
        await sensor.poll(source(address))
    assert all("cookie" not in asked.headers for asked in server.asked)
