"""XML that is made to hurt: entities, external parts, depth, width, odd names."""

from itertools import pairwise

from tests.fakes.feed_server import Reply
from tests.fakes.feeds import atom, item, rss
from tests.integration.sensors.behaviours.case import FEED, Case, Group, Seen

LARGE = {"max_body": 8 << 20}
SECRET = "root:x:0:0"
LAUGHS = "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in pairwise("abcdefghij"))


def _with(doctype: str, *, text: str = "words &x; here") -> Reply:
    """A feed with a DOCTYPE, and an entry that uses what is declared in it."""
    return Reply(rss(item(1, text=text)).replace(b"<rss ", doctype.encode() + b"<rss ", 1))


def _harmless(seen: Seen) -> bool:
    return len(seen.asked) == 1 and SECRET not in seen.texts() and len(seen.texts()) < 1000


def _hostile(name: str, doctype: str, *, text: str = "words &x; here") -> Case:
    return Case(name, _with(doctype, text=text), 1, does="reads the entry; nothing is expanded, nothing fetched",
                check=_harmless)  # fmt: skip


def _texted(text: str, *, title: str = "One") -> Reply:
    return Reply(rss(f"<item><title>{title}</title><guid>1</guid><description>{text}</description></item>"))


DOCTYPES = Group(
    "document types",
    (
        _hostile("billion laughs", f'<!DOCTYPE rss [<!ENTITY a "lol">{LAUGHS}]>', text="words &j; here"),
        _hostile("a quadratic blow-up", f'<!DOCTYPE rss [<!ENTITY x "{"A" * 50_000}">]>', text="&x;" * 100),
        _hostile("an entity of itself", '<!DOCTYPE rss [<!ENTITY x "&x;">]>'),
        _hostile("an external entity, a file", '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        _hostile("an external entity, an address", '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1/x">]>'),
        _hostile("an external entity by a public name", '<!DOCTYPE rss [<!ENTITY x PUBLIC "a" "file:///etc/passwd">]>'),
        _hostile("an external DTD", '<!DOCTYPE rss SYSTEM "http://127.0.0.1/evil.dtd">'),
        _hostile("a DTD by a public name", '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.1/d">'),
        _hostile("a parameter entity", '<!DOCTYPE rss [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>'),
        _hostile("a parameter entity that makes another",
                 "<!DOCTYPE rss [<!ENTITY % a '<!ENTITY x SYSTEM \"file:///etc/passwd\">'> %a;]>"),
        _hostile("a subset with brackets in quotes", '<!DOCTYPE rss [<!ENTITY x "]><rss>"> <!-- ]> -->]>'),
        _hostile("a DOCTYPE without an end", '<!DOCTYPE rss [<!ENTITY x "1">'),
        _hostile("attributes by default", '<!DOCTYPE rss [<!ATTLIST item evil CDATA "yes">]>'),
        Case("XInclude of a file", Reply(rss('<item><title>One</title><description><xi:include '
             'xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/></description>'
             "</item>")), 1, does="reads the entry; nothing is included", check=_harmless),
        Case("a style sheet to run", Reply(FEED.replace(b"<rss", b'<?xml-stylesheet href="http://127.0.0.1/x"?><rss')),
             2, does="reads it; nothing is fetched", check=_harmless),
    ),
)  # fmt: skip

SHAPES = Group(
    "XML out of shape",
    (
        Case("50,000 elements deep", Reply(rss(item(1, extra="<a>" * 50_000 + "</a>" * 50_000), item(2))), 2,
             settings=LARGE),
        Case("50,000 elements deep, never closed", Reply(rss(item(1, extra="<a>" * 50_000), item(2))), 2,
             settings=LARGE),
        Case("HTML 3,000 deep", _texted("&lt;div&gt;" * 3000 + "words"), 1,
             does="keeps the entry, without what stands so deep"),
        Case("HTML 1,000 deep", _texted("&lt;div&gt;" * 1000 + "words"), 1,
             check=lambda seen: "words" in seen.texts()),
        Case("an attribute of four megabytes", Reply(FEED.replace(b"<item>", b'<item a="%s">' % (b"x" * (4 << 20)), 1)),
             2, settings=LARGE),
        Case("20,000 attributes of one element", Reply(FEED.replace(b"<item>", b"<item %s>" % b" ".join(
             b'a%d="1"' % n for n in range(20_000)), 1)), 2, settings=LARGE),
        Case("the same attribute twice", Reply(FEED.replace(b"<item>", b'<item a="1" a="2">', 1)), 2),
        Case("a million empty elements", Reply(rss(item(1), "<a/>" * 1_000_000, item(2))), 2, settings=LARGE),
        Case("a title of a megabyte", _texted("words", title="long " * 200_000), 1, settings=LARGE,
             does="reads it with a title that is cut", check=lambda seen: len(seen.texts()) < 10_000),
        Case("a text of four megabytes", _texted("long words " * 400_000), 1, settings=LARGE,
             does="reads the first 200,000 characters, and says so",
             check=lambda seen: seen.sightings[0].observations[0].extra["text_cut_at"] == 200_000),
        Case("a tag that never ends", Reply(FEED.replace(b"</channel></rss>", b"<a " + b"x" * 100_000)), 2),
        Case("a comment that never ends", Reply(FEED.replace(b"</channel></rss>", b"<!-- " + b"-" * 100_000)), 2),
        Case("a CDATA section that never ends", Reply(rss(item(1), item(2, text="<![CDATA[ words"))), 2,
             does="reads both, the second without its text"),
        Case("a megabyte of ampersands", _texted("&" * 1_000_000), 1, settings=LARGE),
        Case("a character that XML forbids", _texted("words &#0; &#xFFFF; &#x110000; here"), 1),
        Case("an entity that nobody declared", _texted("words &nosuch; here"), 1),
        Case("HTML's entities", _texted("Z&uuml;rich"), 1, check=lambda seen: "Zürich" in seen.texts()),
        Case("tags that overlap", _texted("<b><i>words</b></i>"), 1, check=lambda seen: "words" in seen.texts()),
        Case("two feeds one after the other", Reply(FEED + rss(item(3))), 3, does="reads both"),
        Case("a prefix that nobody declared", Reply(FEED.replace(b"<item>", b"<item><foo:bar>1</foo:bar>", 1)), 2),
        Case("10,000 namespaces", Reply(FEED.replace(b"<item>", b"<item %s>" % b" ".join(
             b'xmlns:n%d="urn:%d"' % (n, n) for n in range(10_000)), 1)), 2, settings=LARGE),
        Case("RSS in a namespace that is none", Reply(FEED.replace(b"<rss ", b'<rss xmlns="urn:nonsense" ')), 2),
        Case("Atom under a prefix of its own", Reply(atom(
             "<x:entry><x:id>urn:1</x:id><x:title>One</x:title></x:entry>")
             .replace(b"<feed xmlns=", b"<x:feed xmlns:x=").replace(b"<title>", b"<x:title>")
             .replace(b"</title>", b"</x:title>").replace(b"<id>", b"<x:id>")
             .replace(b"</id>", b"</x:id>").replace(b"</feed>", b"</x:feed>")), 1),
        Case("a prefix bound to XML's own name", Reply(FEED.replace(
             b"<rss ", b'<rss xmlns:p="http://www.w3.org/XML/1998/namespace" ')), 2),
        Case("scripts and frames in a text", _texted(
             "&lt;script&gt;steal()&lt;/script&gt;&lt;iframe src='http://127.0.0.1/'&gt;&lt;/iframe&gt;words"), 1,
             does="reads the words without them",
             check=lambda seen: "steal" not in seen.texts() and "words" in seen.texts() and len(seen.asked) == 1),
    ),
)  # fmt: skip
