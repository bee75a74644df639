"""From the address of a site to its feed, against real servers; every name leads to this machine."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from daemon.core.settings.models import SensorSettings
from sensors.discovery.finding import MOST_LOOKS, Discovery, Found, How, NoFeedError
from sensors.discovery.trial import FeedTrial
from sensors.web.announced import Announced
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply, redirect
from tests.fakes.feeds import atom, item, rss

FEED = rss(item(1), item(2), title="Tides")
EMPTY = rss(title="Releases")
ENTRY = "<entry><id>urn:1</id><title>One</title><updated>2026-09-01T00:00:00Z</updated></entry>"
CHANNEL = "UC" + "x" * 22
NAMES = (
    *("127.0.0.1", "www.youtube.com", "github.com", "social.example", "me.substack.com", "consent.youtube.com"),
    *("site.example", "www.reddit.com"),
)


def page(*links: str, title: str = "Tides", body: str = "") -> Reply:
    """A web page that announces feeds: `path`, or `path|title`, or `path|title|type`."""
    tags = []
    for link in links:
        path, _, rest = link.partition("|")
        told, _, kind = rest.partition("|")
        tags.append(f'<link rel="alternate" type="application/{kind or "rss+xml"}" title="{told}" href="{path}">')
    text = f"<!doctype html><html><head><title>{title}</title>{''.join(tags)}</head><body>{body}</body></html>"
    return Reply(text.encode(), headers={"Content-Type": "text/html"})


@pytest.fixture
async def trial() -> AsyncIterator[FeedTrial]:
    settings = SensorSettings(allow_hosts=NAMES, timeout=3, max_body=2 << 20)

    async def resolver(host: str, port: int) -> list[str]:
        return ["10.0.0.1"] if host == "inside.example" else ["127.0.0.1"]

    async with FeedTrial(settings, now=ManualClock().now, resolver=resolver) as opened:
        yield opened


@pytest.fixture
def discovery(trial: FeedTrial) -> Discovery:
    return Discovery(trial, seconds=20.0)


def asked(server: FeedServer) -> list[str]:
    return [one.path for one in server.asked]


async def test_a_feed_is_found_as_it_is(server: FeedServer, discovery: Discovery) -> None:
    """Its title is known then; nothing else is asked for."""
    address = server.on("/f", Reply(FEED))
    assert await discovery.find(address) == Found(address, How.FEED, "Tides", "RSS", 2)
    assert len(server.asked) == 1


async def test_a_feed_that_moved_for_good_is_found_where_it_is(server: FeedServer, discovery: Discovery) -> None:
    """And one that is elsewhere for the moment, where it was."""
    server.on("/f", Reply(FEED))
    moved, passing = server.on("/old", redirect("/f", status=301)), server.on("/now", redirect("/f", status=302))
    assert (await discovery.find(moved)).address == server.url("/f")
    assert (await discovery.find(passing)).address == passing


async def test_the_one_feed_of_a_page_is_found(server: FeedServer, discovery: Discovery) -> None:
    server.on("/feed.xml", Reply(FEED))
    found = await discovery.find(server.on("/", page("/feed.xml|All")))
    assert found == Found(server.url("/feed.xml"), How.ANNOUNCED, "Tides", "RSS", 2)


async def test_of_several_feeds_the_main_one_is_found_and_the_others_are_named(
    server: FeedServer, discovery: Discovery
) -> None:
    """Nobody looks at the others, and the same in another format is none of them."""
    server.on("/feed", Reply(FEED))
    links = ("/comments|Tides » Comments", "/feed.json|Tides|feed+json", "/feed|Tides", "/tag/cats/feed|Tides » cats")
    found = await discovery.find(server.on("/", page(*links)))
    assert (found.address, found.how) == (server.url("/feed"), How.ANNOUNCED)
    assert found.others == (
        Announced(server.url("/tag/cats/feed"), "Tides » cats", "RSS"),
        Announced(server.url("/comments"), "Tides » Comments", "RSS"),
    )
    assert asked(server) == ["/", "/feed"]


async def test_an_announced_feed_that_is_none_is_passed_over(server: FeedServer, discovery: Discovery) -> None:
    server.on("/b", Reply(atom(ENTRY)))
    found = await discovery.find(server.on("/", page("/gone", "/b||atom+xml")))
    assert (found.address, found.format, found.title) == (server.url("/b"), "Atom", "Example feed")


async def test_an_announced_feed_that_is_down_for_the_moment_is_found_with_a_warning(
    server: FeedServer, discovery: Discovery
) -> None:
    server.on("/feed", Reply(status=503))
    found = await discovery.find(server.on("/", page("/feed|Tides")))
    assert (found.address, found.how, found.title, found.entries) == (server.url("/feed"), How.ANNOUNCED, "Tides", None)
    assert "answered 503" in str(found.warning)


async def test_what_a_page_links_to_is_tried_before_the_usual_places(server: FeedServer, discovery: Discovery) -> None:
    server.on("/blog/tides.rss", Reply(FEED))
    found = await discovery.find(server.on("/blog/", page(body='<a href="tides.rss">RSS</a>')))
    assert (found.address, found.how) == (server.url("/blog/tides.rss"), How.TRIED)
    assert asked(server) == ["/blog/", "/blog/tides.rss"]


async def test_the_usual_places_are_tried_one_after_the_other(server: FeedServer, discovery: Discovery) -> None:
    """Until one has a feed with entries: an empty one is no answer."""
    server.on("/feed", Reply(EMPTY))
    server.on("/rss.xml", Reply(FEED))
    found = await discovery.find(server.on("/", page()))
    assert (found.address, found.how) == (server.url("/rss.xml"), How.TRIED)
    assert asked(server) == ["/", "/feed", "/feed.xml", "/rss.xml"]
    assert server.most_at_once == 1


async def test_nothing_found_is_said_after_few_requests(server: FeedServer, discovery: Discovery) -> None:
    with pytest.raises(NoFeedError, match=r"is a web page \('Tides'\) that announces none .*--as-is"):
        await discovery.find(server.on("/a/section/", page()))
    assert len(server.asked) <= MOST_LOOKS
    assert server.most_at_once == 1


async def test_a_server_that_has_enough_is_not_asked_further(server: FeedServer, discovery: Discovery) -> None:
    server.on("/feed.xml", Reply(status=429, headers={"Retry-After": "60"}))
    with pytest.raises(NoFeedError):
        await discovery.find(server.on("/", page()))
    assert asked(server) == ["/", "/feed", "/feed.xml"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=503), "answered 503"),
        (Reply(status=500), "answered 500"),
        (Reply(status=429), "answered 429"),
        (Reply(FEED, drip_seconds=60), "did not answer in full"),
    ],
)
async def test_a_passing_fault_leaves_the_address_as_it_was_given(
    server: FeedServer, discovery: Discovery, reply: Reply, words: str
) -> None:
    """Its owner knows it; nobody could look, and that is said."""
    address = server.on("/f", reply)
    found = await discovery.find(address)
    assert (found.address, found.how, found.entries) == (address, How.GIVEN, None)
    assert words in str(found.warning)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=404), "answered 404"),
        (Reply(status=403), "refuses this reader"),
        (Reply(status=401), "wants a login"),
        (Reply(status=410), "gone for good"),
        (Reply(b"<html><title>Just a moment...</title>"), "challenge page"),
        (Reply(b"<html><title>Just a moment...</title>", status=503), "challenge page"),
        (Reply(b"%PDF-1.7"), "PDF document"),
        (Reply(b"{}"), "no feed was found"),
        (redirect("http://inside.example/"), "not a public address"),
        (redirect("ftp://site.example/"), "only http and https"),
    ],
)
async def test_what_leads_to_no_feed_says_why(
    server: FeedServer, discovery: Discovery, reply: Reply, words: str
) -> None:
    """In words, after one request; nothing else is tried."""
    with pytest.raises(NoFeedError, match=words) as raised:
        await discovery.find(server.on("/x", reply))
    assert str(raised.value).startswith("no feed was found")
    assert asked(server) == ["/x"]


async def test_a_private_address_is_refused_wherever_it_comes_from(server: FeedServer, discovery: Discovery) -> None:
    """As given, announced by a page, and as the place of a redirect of a feed."""
    with pytest.raises(NoFeedError, match="not a public address"):
        await discovery.find("http://inside.example/feed")
    server.on("/feed", redirect("http://inside.example/feed"))
    with pytest.raises(NoFeedError, match="announces none that can be read"):
        await discovery.find(server.on("/", page("http://inside.example/feed")))


async def test_nobody_there_is_said(discovery: Discovery) -> None:
    with pytest.raises(NoFeedError, match="no connection to"):
        await discovery.find("http://127.0.0.1:9/")


async def test_a_consent_page_is_said(server: FeedServer, discovery: Discovery) -> None:
    """It is not taken for the site."""
    server.on("/m?continue=x", page("/feed|Consent"))
    consent = server.url("/m?continue=x", host="consent.youtube.com")
    server.on("/@handle", redirect(consent))
    with pytest.raises(NoFeedError, match="is a consent page"):
        await discovery.find(server.url("/@handle", host="www.youtube.com"))


async def test_the_feed_of_a_known_site_is_found_without_its_page(server: FeedServer, discovery: Discovery) -> None:
    server.on(f"/feeds/videos.xml?channel_id={CHANNEL}", Reply(FEED))
    found = await discovery.find(server.url(f"/channel/{CHANNEL}/videos", host="www.youtube.com"))
    feed = server.url(f"/feeds/videos.xml?channel_id={CHANNEL}", host="www.youtube.com")
    assert (found.address, found.how, found.title) == (feed, How.RULE, "Tides")
    assert len(server.asked) == 1


async def test_a_rule_with_several_feeds_takes_the_first_with_entries(server: FeedServer, discovery: Discovery) -> None:
    """A repository without releases has tags; without both, the first is taken all the same."""
    server.on("/a/b/releases.atom", Reply(EMPTY))
    server.on("/a/b/tags.atom", Reply(FEED))
    address = server.url("/a/b", host="github.com")
    found = await discovery.find(address)
    assert (found.address, found.entries) == (f"{address}/tags.atom", 2)
    assert [one.address for one in found.others] == [f"{address}/releases.atom", f"{address}/commits.atom"]
    server.on("/a/b/tags.atom", Reply(EMPTY))
    assert (await discovery.find(address)).address == f"{address}/releases.atom"


async def test_a_known_site_with_a_passing_fault_gives_its_feed_with_a_warning(
    server: FeedServer, discovery: Discovery
) -> None:
    server.on("/r/python/.rss", Reply(status=429))
    found = await discovery.find(server.url("/r/python", host="www.reddit.com"))
    assert (found.address, found.how) == (server.url("/r/python/.rss", host="www.reddit.com"), How.RULE)
    assert "answered 429" in str(found.warning)


async def test_a_rule_that_fails_leaves_the_page(server: FeedServer, discovery: Discovery) -> None:
    server.on("/p/post", page("/own|Tides"))
    server.on("/own", Reply(FEED))
    found = await discovery.find(server.url("/p/post", host="me.substack.com"))
    assert (found.address, found.how) == (server.url("/own", host="me.substack.com"), How.ANNOUNCED)


async def test_a_handle_leads_to_its_channel(server: FeedServer, discovery: Discovery) -> None:
    """The page names it, after half a megabyte of scripts."""
    script = f'<script>{"x" * 500_000}</script><script>var d = {{"externalId":"{CHANNEL}"}}</script>'
    server.on("/@handle", page(title="A channel", body=script))
    server.on(f"/feeds/videos.xml?channel_id={CHANNEL}", Reply(FEED))
    found = await discovery.find(server.url("/@handle", host="www.youtube.com"))
    assert found.address.endswith(f"videos.xml?channel_id={CHANNEL}")


async def test_an_account_of_the_fediverse_leads_to_its_posts(server: FeedServer, discovery: Discovery) -> None:
    server.on("/@me/114", page(title="Me"))
    server.on("/@me.rss", Reply(FEED))
    found = await discovery.find(server.url("/@me/114", host="social.example"))
    assert found.address == server.url("/@me.rss", host="social.example")


async def test_a_login_goes_along_to_the_same_server_and_to_no_other(server: FeedServer, discovery: Discovery) -> None:
    """The feed is kept with it."""
    server.on("/feed", Reply(FEED))
    other = server.url("/feed", host="site.example")
    server.on("/", page("/feed|Tides"), page(f"{other}|Tides"))
    given = server.url("/").replace("127.0.0.1", "me:moonstone@127.0.0.1")
    own, foreign = await discovery.find(given), await discovery.find(given)
    assert own.address == server.url("/feed").replace("127.0.0.1", "me:moonstone@127.0.0.1")
    assert foreign.address == other
    assert "authorization" in server.asked[1].headers
    assert "authorization" not in server.asked[3].headers


async def test_a_search_has_an_end(server: FeedServer, trial: FeedTrial) -> None:
    """However slowly each of the places answers."""
    server.on("/feed", Reply(page().body, hold=asyncio.Event()))
    started = time.monotonic()
    with pytest.raises(NoFeedError, match=r"within 0\.3 s"):
        await Discovery(trial, seconds=0.3).find(server.on("/", page()))
    assert time.monotonic() - started < 5


async def test_a_trial_names_what_an_address_leads_to(server: FeedServer, discovery: Discovery) -> None:
    """Announced, else by rule or where feeds usually stand; what is secret in an address is hidden."""
    server.on("/rss.xml", Reply(FEED))
    plain = await discovery.look(server.on("/", page()))
    assert plain.feeds == (Announced(server.url("/rss.xml"), "Tides", "RSS"),)
    assert plain.error is not None
    named = await discovery.look(server.on("/p", page("/a|A", "/b?token=opensesame|B")))
    assert [one.title for one in named.feeds] == ["A", "B"]
    assert "opensesame" not in str(named)
    server.on("/a/b/releases.atom", Reply(FEED))
    server.on("/a/b", page("/a/b/commits/main.atom|Recent Commits"))
    known = await discovery.look(server.url("/a/b", host="github.com"))
    assert known.feeds[0] == Announced(server.url("/a/b/releases.atom", host="github.com"), "Tides", "RSS")
    assert known.feeds[-1].title == "Recent Commits"
    assert (await discovery.look(server.on("/404", Reply(status=404)))).feeds == ()


async def test_a_page_of_nothing_but_links_holds_nobody_up(server: FeedServer, discovery: Discovery) -> None:
    """Looking through a megabyte of them takes most of a second, in a thread."""
    announced = '<link rel="alternate" type="application/rss+xml" href="#">' * 9_000
    linked = "".join(f'<a href="//other.example/feed.xml?{number}">' for number in range(12_000))
    server.on("/", page(body=announced + linked))
    spans: list[float] = []

    async def watch() -> None:
        # The loop's own processor time between two turns: what other programs take of the machine does not count.
        last = time.thread_time()
        while True:
            await asyncio.sleep(0.002)
            spans.append(time.thread_time() - last)
            last = time.thread_time()

    watching = asyncio.create_task(watch())
    with pytest.raises(NoFeedError):
        await discovery.find(server.url("/"))
    watching.cancel()
    assert max(spans) < 0.1
