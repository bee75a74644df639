"""Looking at an address once: what is there, or why it cannot be read; against real servers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.core.settings.models import SensorSettings
from sensors.discovery.trial import FeedTrial
from sensors.remedies import ALL, OTHER
from sensors.web.announced import Announced
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply, redirect
from tests.fakes.feeds import atom, item, rss

ENTRY = "<entry><id>urn:1</id><title>One &lt;b&gt;</title><updated>2026-09-01T00:00:00Z</updated></entry>"
FEED = rss(*(item(n, date=f"Tue, {n:02} Sep 2026 06:00:00 GMT") for n in range(1, 9)), title="Tides &amp; winds")
PAGE = b"""<!doctype html><html><head><title>My  blog</title>
<link rel="stylesheet" href="/s.css"><link rel="alternate" type="application/json" href="/wp-json/1">
<link rel="alternate" type="application/rss+xml" title="All &amp; more" href="/f.xml?a=1&amp;b=2">
<LINK REL='alternate home' TYPE='application/atom+xml' HREF='posts.atom'>
<link rel=alternate type=application/feed+json href=https://other.example/feed.json>
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
<link rel="alternate" type="application/rss+xml" title="Again" href="/f.xml?a=1&amp;b=2">
<link rel="alternate" type="application/rss+xml" href="http://[broken/"></head><body>"""
CHALLENGE = b"<html><head><title>Just a moment...</title><link rel=alternate type=application/rss+xml href=/f>"
RDF = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    b'<channel rdf:about="x"><title>t</title><link>https://x.org</link></channel>'
    b'<item rdf:about="y"><title>One</title><link>https://x.org/1</link></item></rdf:RDF>'
)
DAY = 86_400.0
FIRST_OF_SEPTEMBER = 1_788_242_400.0


@pytest.fixture
async def trial() -> AsyncIterator[FeedTrial]:
    settings = SensorSettings(allow_hosts=("127.0.0.1", "login.example"), timeout=3.0, max_body=1 << 20)

    async def resolver(host: str, port: int) -> list[str]:
        if host == "nowhere.example":
            raise socket.gaierror(-2, "Name or service not known")
        return ["10.0.0.1"] if host == "inside.example" else ["127.0.0.1"]

    async with FeedTrial(settings, now=ManualClock().now, resolver=resolver) as opened:
        yield opened


async def test_a_feed_is_told_with_its_first_entries(server: FeedServer, trial: FeedTrial) -> None:
    """Format, title, how many entries, and five of them with their dates; after a move, where it is."""
    server.on("/f", Reply(FEED))
    found = await trial.look(server.on("/old", redirect("/f", status=301)))
    assert (found.error, found.ailment, found.format, found.title) == (None, None, "RSS", "Tides & winds")
    assert (found.entries, found.size, found.feeds) == (8, len(FEED), ())
    assert [one.title for one in found.newest] == [f"Entry {n}" for n in range(1, 6)]
    assert [one.published_at for one in found.newest] == [FIRST_OF_SEPTEMBER + n * DAY for n in range(5)]
    assert (found.found_at, found.moved_to) == (server.url("/f"), server.url("/f"))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (FEED, "RSS"),
        (atom(ENTRY), "Atom"),
        (b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":"hi"}]}', "JSON Feed"),
        (RDF, "RDF"),
    ],
)
async def test_every_format_has_its_name(server: FeedServer, trial: FeedTrial, body: bytes, told: str) -> None:
    found = await trial.look(server.on("/f", Reply(body)))
    assert (found.format, found.error, found.entries > 0) == (told, None, True)


async def test_a_page_tells_which_feeds_it_announces(server: FeedServer, trial: FeedTrial) -> None:
    """Each once, as an absolute web address, and nothing that no reader could read."""
    found = await trial.look(server.on("/blog/", Reply(PAGE)))
    assert (found.format, found.title, found.entries) == ("web page", "My blog", 0)
    assert found.ailment is not None
    assert found.ailment.name == "page"
    assert found.feeds == (
        Announced(server.url("/f.xml?a=1&b=2"), "All & more", "RSS"),
        Announced(server.url("/blog/posts.atom"), "", "Atom"),
        Announced("https://other.example/feed.json", "", "JSON Feed"),
    )
    assert len(server.asked) == 1


async def test_a_page_may_say_where_its_links_start(server: FeedServer, trial: FeedTrial) -> None:
    """A base that is no address is passed over."""
    link = b'<link rel="alternate" type="application/rss+xml" href="f.xml">'
    moved = await trial.look(server.on("/a", Reply(b'<html><head><base href="https://cdn.example/b/">' + link)))
    stays = await trial.look(server.on("/c", Reply(b'<html><head><base href="http://[x/">' + link)))
    assert [one.address for one in moved.feeds] == ["https://cdn.example/b/f.xml"]
    assert [one.address for one in stays.feeds] == [server.url("/f.xml")]


@dataclass(frozen=True)
class Ill:
    """A server's behaviour, the name of what ails it, and words of the sentence."""

    reply: Reply
    ailment: str
    words: str


ILL = (
    Ill(Reply(CHALLENGE), "blocked", "challenge page"),
    Ill(Reply(CHALLENGE, status=403), "blocked", "challenge page"),
    Ill(Reply(FEED, drip_seconds=0.1), "slow", "did not answer in full within 3 s"),
    Ill(Reply(status=401), "login", "wants a login"),
    Ill(Reply(status=403), "refused", "refuses this reader"),
    Ill(Reply(status=404), "missing", "answered 404"),
    Ill(Reply(status=410), "gone", "gone for good"),
    Ill(Reply(status=429), "too_many", "fewer requests"),
    Ill(Reply(status=503), "server", "answered 503"),
    Ill(Reply(status=418), "other", "answered 418"),
    Ill(redirect("/case"), "redirects", "in a circle"),
    Ill(redirect("ftp://127.0.0.1/feed"), "address", "only http and https"),
    Ill(redirect("http://inside.example/feed"), "private", "not a public address"),
    Ill(Reply(b" " * 65536, is_endless=True), "too_large", "larger than 1,048,576"),
    Ill(Reply(FEED, headers={"Content-Length": "2000000"}), "too_large", "2,000,000 bytes"),
    Ill(Reply(FEED, cut_after=200), "broken", "broke off"),
    Ill(Reply(status=304), "broken", "never read"),
    Ill(Reply(b""), "faulty", "empty"),
    Ill(Reply(FEED, headers={"Content-Encoding": "br"}), "broken", "packed as 'br'"),
    Ill(Reply(FEED[: FEED.index(b"</item>")]), "broken", "breaks off"),
    Ill(Reply(b'{"items'), "faulty", "the JSON cannot be read"),
    Ill(Reply(b'{"ok": true}'), "no_feed", "no list called items"),
    Ill(Reply(b"%PDF-1.7"), "no_feed", "PDF document"),
    Ill(Reply(b"Hello, world"), "no_feed", "begins with 'Hello, world'"),
    Ill(Reply(b"<?xml version='1.0'?><note><to>you</to></note>"), "no_feed", "its root is <note>"),
)


@pytest.mark.parametrize("ill", ILL, ids=lambda one: f"{one.ailment}: {one.words}")
async def test_why_it_cannot_be_read_is_told_and_what_would_help(
    server: FeedServer, trial: FeedTrial, ill: Ill
) -> None:
    found = await trial.look(server.on("/case", ill.reply))
    assert ill.words in str(found.error)
    assert found.ailment is not None
    assert found.ailment.name == ill.ailment
    assert (found.entries, found.newest, found.feeds) == (0, (), ())


async def test_nobody_there_and_no_such_name_are_told_apart(trial: FeedTrial, tmp_path: Path) -> None:
    """As are a private address, a file that is not there, and what is no URL."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        addresses = (dead, "http://nowhere.example/f", "http://inside.example/f", str(tmp_path / "no.xml"), "ftp://a/f")
        found = [await trial.look(one) for one in addresses]
    names = [one.ailment.name for one in found if one.ailment is not None]
    assert names == ["unreachable", "name", "private", "file", "address"]


async def test_a_file_is_read_like_a_feed(trial: FeedTrial, tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(FEED)
    assert (await trial.look(str(file))).entries == 8


async def test_what_is_secret_in_an_address_is_sent_and_told_nowhere(server: FeedServer, trial: FeedTrial) -> None:
    """Neither the login nor the token, in success and in failure."""
    server.on("/f?token=opensesame", Reply(FEED), Reply(status=404))
    address = f"http://reader:moonstone@login.example:{server.port}/f?token=opensesame"
    well, ill = await trial.look(address), await trial.look(address)
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    assert (well.error, ill.ailment and ill.ailment.name) == (None, "missing")
    for word in ("opensesame", "moonstone"):
        assert word not in f"{well}{ill}"
    assert well.address.startswith("http://***@login.example")


async def test_what_a_page_behind_a_login_announces_is_told_without_the_login(
    server: FeedServer, trial: FeedTrial
) -> None:
    """A relative address does not take the login along, and a token of the page's own is hidden."""
    link = '<link rel="alternate" type="application/rss+xml" href="{}">'
    page = "<html><head>" + "".join(map(link.format, ("/f.xml", "/g?token=opensesame")))
    server.on("/page", Reply(page.encode(), headers={"Content-Type": "text/html"}))
    found = await trial.look(f"http://reader:moonstone@login.example:{server.port}/page")
    assert [one.address.partition("#")[0] for one in found.feeds] == [
        f"http://login.example:{server.port}/f.xml",
        f"http://login.example:{server.port}/g?token=***",
    ]
    assert "moonstone" not in str(found)
    assert "opensesame" not in str(found)


async def test_a_fault_of_our_own_is_the_address_failure(server: FeedServer) -> None:
    """And a cancelled look ends at once."""

    async def resolver(host: str, _port: int) -> list[str]:
        raise RuntimeError(host)

    hold = asyncio.Event()
    async with FeedTrial(SensorSettings(allow_hosts=("127.0.0.1",)), now=ManualClock().now, resolver=resolver) as bad:
        assert "RuntimeError" in str((await bad.look("http://odd.example/f")).error)
    async with FeedTrial(SensorSettings(allow_hosts=("127.0.0.1",)), now=ManualClock().now) as trial:
        looking = asyncio.create_task(trial.look(server.on("/held", Reply(FEED, hold=hold))))
        await asyncio.wait_for(server.arrived.wait(), 5)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking


def test_each_ailment_has_a_name_of_its_own() -> None:
    names = [one.name for one in ALL]
    assert len(set(names)) == len(names)
    assert OTHER.name in names
