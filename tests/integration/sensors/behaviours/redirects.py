"""Redirects, and cookies on the way."""

from tests.fakes.feed_server import Reply, redirect
from tests.integration.sensors.behaviours.case import FEED, Case, Group, Seen

FEED_REPLY = {"/feed": Reply(FEED)}
GONE = {"/gone": Reply(status=410)}
PARKED = {"/parked": Reply(b"<html><title>For sale</title></html>")}
HOPS = {f"/hop{hop}": redirect(f"/hop{hop + 1}" if hop < 5 else "/feed") for hop in range(1, 6)} | FEED_REPLY


def _moved(seen: Seen) -> bool:
    return [bool(one.moved_to) for one in seen.sightings] == [False, False, True]


def _stays(seen: Seen) -> bool:
    return not any(one.moved_to for one in seen.sightings)


def _asks_no_cookie(seen: Seen) -> bool:
    return not any(seen.sent("cookie"))


def _passing(status: int) -> Case:
    return Case(f"{status} to a feed, every time", redirect("/feed", status=status), 0, polls=3, others=FEED_REPLY,
                outcome="unchanged", does="followed, not remembered", check=_stays)  # fmt: skip


def _lasting(status: int) -> Case:
    return Case(f"{status} to a feed, three times in a row", redirect("/feed", status=status), 0, polls=3,
                others=FEED_REPLY, outcome="unchanged", does="followed; then that is the source's address",
                check=_moved)  # fmt: skip


REDIRECTS = Group(
    "redirects",
    (
        *(_passing(status) for status in (302, 303, 307)),
        *(_lasting(status) for status in (301, 308)),
        Case("301 that turns to 302", (redirect("/feed", status=301), redirect("/feed", status=301),
             redirect("/feed")), 0, polls=3, others=FEED_REPLY, outcome="unchanged",
             does="followed, and stays at its address", check=_stays),
        Case("301 to a parking page, every time", redirect("/parked", status=301), "got a web page", polls=4,
             others=PARKED, does="a failure, and stays at its address", check=_stays),
        Case("five redirects", redirect("/hop2"), 2, others=HOPS),
        Case("six redirects", redirect("/hop1"), "more than 5 redirects", others=HOPS),
        Case("a redirect to itself", redirect("/case"), "in a circle"),
        Case("a circle of two", redirect("/b"), "in a circle", others={"/b": redirect("/case")}),
        Case("a redirect without a target", Reply(status=302), "does not say where"),
        Case("a redirect to a path without a slash", redirect("feed"), 2, others=FEED_REPLY),
        Case("a redirect to a query", redirect("?page=2"), 2, others={"/case?page=2": Reply(FEED)}),
        Case("a redirect to an address without its scheme", redirect("//127.0.0.1:{port}/feed"), 2, others=FEED_REPLY),
        Case("a redirect with spaces around its target", redirect("  /feed  "), 2, others=FEED_REPLY),
        Case("a redirect with a fragment", redirect("/feed#top"), 2, others=FEED_REPLY),
        Case("a redirect to characters beyond ASCII", redirect("/f\xfc.xml"), 2,
             others={"/f%C3%BC.xml": Reply(FEED), "/f%FC.xml": Reply(FEED)}),
        Case("line breaks packed into a target", redirect("/feed%0d%0aX-Injected:%201"), "404",
             check=lambda seen: seen.sent("x-injected") == [None, None]),
        Case("a redirect to a file", redirect("file:///etc/passwd"), "only http and https"),
        Case("a redirect to FTP", redirect("ftp://127.0.0.1/feed"), "only http and https"),
        Case("a redirect to data", redirect("data:application/rss+xml,<rss/>"), "only http and https"),
        Case("a redirect to a script", redirect("javascript:alert(1)"), "only http and https"),
        Case("a redirect to nonsense", redirect("http://a:99999999/"), "is not a URL"),
        Case("a redirect that ends in 410", redirect("/gone", status=301), "gone for good", outcome="gone",
             others=GONE),
        Case("a passing redirect that ends in 410", redirect("/gone", status=302), "gone for good", others=GONE,
             does="a failure only: polling goes on"),
    ),
)  # fmt: skip

COOKIES = Group(
    "cookies",
    (
        Case("sets a cookie", Reply(FEED, headers={"Set-Cookie": "session=1; Path=/"}), 0, polls=2,
             outcome="unchanged", does="reads it; no cookie is ever sent back", check=_asks_no_cookie),
        Case("redirects to itself until a cookie comes back",
             Reply(status=302, headers={"Location": "/case", "Set-Cookie": "seen=1; Path=/"}), "in a circle",
             check=_asks_no_cookie),
        Case("redirects through a page that sets a cookie",
             Reply(status=302, headers={"Location": "/feed", "Set-Cookie": "seen=1; Path=/"}), 2, others=FEED_REPLY,
             check=_asks_no_cookie),
        Case("counts its cookie test in the address",
             Reply(status=302, headers={"Location": "/case?try=1", "Set-Cookie": "a=1"}), "in a circle",
             others={"/case?try=1": redirect("/case?try=2"), "/case?try=2": redirect("/case?try=1")},
             check=_asks_no_cookie),
        Case("403 until a cookie comes", Reply(status=403, headers={"Set-Cookie": "a=1"}), "refuses this reader",
             polls=2, check=_asks_no_cookie),
    ),
)  # fmt: skip
