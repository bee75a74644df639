"""Statuses, and what comes in place of a feed."""

from tests.fakes.feed_server import Reply
from tests.fakes.feeds import atom, rss
from tests.integration.sensors.behaviours.case import FEED, Case, Group

CHALLENGE = b"<html><head><title>Just a moment...</title></head><body><script>_cf_chl_opt</script></body></html>"
PAGE = (
    b'<!doctype html><html><head><title>My blog</title><link rel="alternate" type="application/rss+xml" href="/f.xml">'
)
CAPTCHA = b"<html><head><title>Robot?</title></head><body><div class='g-recaptcha'></div></body></html>"
ENTRY = "<entry><id>urn:1</id><title>One</title><updated>2026-09-01T00:00:00Z</updated></entry>"
JSON = b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":"hi"}]}'


def _typed(media_type: str) -> dict[str, str]:
    return {"Content-Type": media_type}


KINDS = Group(
    "documents and content types",
    (
        Case("a plain feed", Reply(FEED, headers=_typed("application/rss+xml")), 2),
        Case("Atom", Reply(atom(ENTRY)), 1),
        Case("JSON Feed", Reply(JSON), 1),
        Case("a feed sent as text/html", Reply(FEED, headers=_typed("text/html")), 2),
        Case("a feed sent as octets", Reply(FEED, headers=_typed("application/octet-stream")), 2),
        Case("a feed sent as an image", Reply(FEED, headers=_typed("image/png")), 2),
        Case(
            "a feed sent as a download", Reply(FEED, headers={"Content-Disposition": "attachment; filename=a.exe"}), 2
        ),
        Case("RSS sent as JSON", Reply(FEED, headers=_typed("application/json")), 2),
        Case("JSON Feed sent as RSS", Reply(JSON, headers=_typed("application/rss+xml")), 1),
        Case("a content type that is none", Reply(FEED, headers=_typed(";;charset=;x=\xff")), 2),
        Case("no content type", Reply(FEED), 2),
        Case("a feed without entries", Reply(rss()), 0),
        Case("a feed after warnings of PHP", Reply(b"<br />\n<b>Warning</b>: include() in x.php\n" + FEED), 2),
        Case("a feed after blank lines", Reply(b"\n\n  " + FEED), 2),
        Case("a feed with a page after it", Reply(FEED + b"<script>track()</script></html>"), 2),
        Case("JSON that is no feed", Reply(b'{"ok": true}'), "no list called items"),
        Case("JSON nested 100,000 deep", Reply(b"[" * 100_000), "cannot be read"),
        Case("an empty body", Reply(b""), "empty"),
        Case("only white space", Reply(b" \n\t \n"), "empty"),
        Case("a web page", Reply(PAGE), "it names this feed: http://127.0.0.1"),
        Case("a web page sent as a feed", Reply(PAGE, headers=_typed("application/rss+xml")), "got a web page"),
        Case("a challenge with 200", Reply(CHALLENGE), "challenge page (Cloudflare)"),
        Case("a captcha with 200", Reply(CAPTCHA), "a page that asks for a captcha"),
        Case("a consent page", Reply(b"<html><form action='https://consent.google.com/save'>"), "consent page"),
        Case("a PDF", Reply(b"%PDF-1.7 ..."), "PDF document"),
        Case("an image sent as a feed", Reply(b"\x89PNG\r\n\x1a\n", headers=_typed("text/xml")), "got an image"),
        Case("plain words", Reply(b"Hello, world"), "begins with 'Hello, world'"),
        Case("XML that is no feed", Reply(b"<?xml version='1.0'?><note><to>you</to></note>"), "its root is <note>"),
        Case("a sitemap", Reply(b"<?xml version='1.0'?><urlset><url/></urlset>"), "got a sitemap"),
        Case("an OPML list", Reply(b"<?xml version='1.0'?><opml version='2.0'><body/></opml>"), "got an OPML list"),
    ),
)

STATUSES = Group(
    "statuses",
    (
        Case("203", Reply(FEED, status=203), 2),
        Case("204", Reply(status=204), "204"),
        Case("206, a part that nobody asked for", Reply(FEED[:200], status=206), "206"),
        Case("300", Reply(status=300), "300"),
        Case("304 to a first request", Reply(status=304), "never read"),
        Case("305", Reply(status=305, headers={"Location": "http://127.0.0.1:{port}/proxy"}), "305"),
        Case("400", Reply(status=400), "400"),
        Case("401", Reply(status=401), "login"),
        Case("402", Reply(status=402), "402"),
        Case("403", Reply(status=403), "refuses this reader"),
        Case("404", Reply(status=404), "the address is wrong"),
        Case("404 with a feed in it", Reply(FEED, status=404), "the address is wrong"),
        Case("406", Reply(status=406), "406"),
        Case("408", Reply(status=408), "408"),
        Case("410", Reply(status=410), "gone for good", outcome="gone"),
        Case("418", Reply(status=418), "418"),
        Case("429", Reply(status=429), "fewer requests"),
        Case("451", Reply(status=451), "451"),
        Case("500", Reply(status=500), "500"),
        Case("500 with a feed in it", Reply(FEED, status=500), "500"),
        Case("503", Reply(status=503), "503"),
        Case("522, of a proxy's own making", Reply(status=522), "522"),
        Case("799, outside the standard", Reply(status=799), "799"),
        Case("a challenge with 403", Reply(CHALLENGE, status=403), "challenge page (Cloudflare)"),
        Case("cf-mitigated", Reply(status=403, headers={"cf-mitigated": "challenge"}), "challenge page (Cloudflare)"),
    ),
)  # fmt: skip
